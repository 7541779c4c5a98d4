"""Stable placeholders: a secret has the same one wherever it occurs in a copy, and nobody can compute it back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Final

from core.errors import UsageError

WHOLE_BELOW: Final = 4
"""Characters. Shorter secrets are replaced only where they are the whole value: else every `1` would go."""
MAX_SECRETS: Final = 200_000
MAX_DEPTH: Final = 60
"""Of the tree of secrets: a log that grows with each message is a secret that begins with the one before."""
UNNAMED: Final = "hidden"
"""Stands for a form of a secret that differs in more than case."""
IPV4: Final = r"(?<!\d)(?<!\d\.)(?:\d{1,3}\.){3}\d{1,3}(?!\.?\d)"
MAC: Final = r"(?<![0-9A-Fa-f])(?<![0-9A-Fa-f]{2}[:-])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![:-]?[0-9A-Fa-f])"
IPV6: Final = r"(?<![0-9A-Fa-f:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{1,4}(?!:?[0-9A-Fa-f])"
MAIL: Final = r"(?<![\w.+-])[\w.+-]++@[\w-]+(?:\.[\w-]+)+"
"""Begins where a word begins: else each letter of a long text would be tried."""
_ADDRESS: Final = re.compile(f"(?P<mac>{MAC})|(?P<ipv4>{IPV4})|(?P<ipv6>{IPV6})|(?P<mail>{MAIL})")
_CLOCK: Final = re.compile(r"\d{1,2}:\d{2}:\d{2}")
"""The time of a day has the form of an IPv6 address."""


class Placeholders:
    """Collects secrets, then replaces them. The number in a placeholder says which secret of its kind came first."""

    def __init__(self, texts: Iterable[str] = (), *, addresses: bool = True) -> None:
        self._addresses = addresses
        self._counts: dict[str, int] = {}
        self._of: dict[str, str] = {}
        """Folded secret -> placeholder."""
        self._forms: set[str] = set()
        """The long ones, as they may be written."""
        self._numbers: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None
        for text in texts:
            self.add(text, "text")

    def add(self, secret: str, kind: str) -> None:
        """A text that must not occur any more. Raises UsageError for too many."""
        folded = secret.casefold()
        if not folded or folded in self._of:
            return
        if len(self._of) >= MAX_SECRETS:
            raise UsageError(
                f"The rules name fields with more than {MAX_SECRETS:,} different texts. Name fewer fields, or cut a "
                "shorter session first."
            )
        self._of[folded] = self._next(kind)
        if len(secret) >= WHOLE_BELOW:
            self._forms |= {secret, folded, secret.lower(), secret.upper()}
            self._pattern = None

    def number(self, literal: str, kind: str) -> str:
        """What stands for a number in a field that is hidden."""
        if literal not in self._numbers:
            self._numbers[literal] = str(self._count(f"{kind} number"))
        return self._numbers[literal]

    def hides(self, literal: str) -> bool:
        """Whether a number is, or holds, one of the secrets."""
        return literal in self._of or self._secrets.search(literal) is not None

    def whole(self, text: str) -> str | None:
        """What stands for a text that is a secret as a whole; None if it is none."""
        return self._of.get(text.casefold())

    def value(self, text: str) -> str:
        """The same for a text that is a value of its own."""
        return self.whole(text) or self.text(text)

    def text(self, text: str) -> str:
        """The same text without addresses, and without secrets but for the short ones."""
        clean = self._secrets.sub(self._replacement, text)
        return _ADDRESS.sub(self._address, clean) if self._addresses else clean

    def data(self, data: bytes) -> bytes:
        """The same for bytes that are no text: what is readable in them is replaced."""
        text = data.decode("utf-8", "surrogateescape")
        clean = self.text(text)
        return data if clean == text else clean.encode("utf-8", "surrogateescape")

    @property
    def _secrets(self) -> re.Pattern[str]:
        if self._pattern is None:
            self._pattern = _pattern(self._forms)
        return self._pattern

    def _replacement(self, match: re.Match[str]) -> str:
        found = match.group()
        return self._of.get(found.casefold()) or self._of.get(_unescaped(found).casefold(), UNNAMED)

    def _address(self, match: re.Match[str]) -> str:
        found, kind = match.group(), str(match.lastgroup)
        if kind == "ipv6" and _CLOCK.fullmatch(found):
            return found
        folded = found.casefold()
        if folded not in self._of:
            self._of[folded] = _ADDRESSES[kind](self._count(kind))
        return self._of[folded]

    def _next(self, kind: str) -> str:
        safe = re.sub(r"[^A-Za-z0-9_]+", "_", kind)[:40] or "text"
        while True:
            found = f"{safe}-{self._count(safe)}"
            if found.casefold() not in self._of:
                return found

    def _count(self, kind: str) -> int:
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return self._counts[kind]


def _ipv4(number: int) -> str:
    """From the blocks that are reserved for documentation (RFC 5737)."""
    block, place = divmod(number - 1, 254)
    blocks = ("192.0.2", "198.51.100", "203.0.113")
    return f"{blocks[block]}.{place + 1}" if block < len(blocks) else f"address-{number}"


_ADDRESSES: Final[dict[str, Callable[[int], str]]] = {
    "ipv4": _ipv4,
    "ipv6": lambda number: f"2001:db8::{number:x}",  # RFC 3849
    "mac": lambda number: f"00-00-5E-00-53-{number % 256:02X}" if number < 256 else f"address-{number}",  # RFC 9542
    "mail": lambda number: f"person-{number}@example.org",  # RFC 2606
}


def _unescaped(found: str) -> str:
    try:
        return str(json.loads(f'"{found}"'))
    except ValueError:
        return found


def _pattern(secrets: Iterable[str]) -> re.Pattern[str]:
    """Finds them, as they are or as JSON escapes them, the longest first.

    Written as a tree: with an alternative for each of ten thousand secrets a search would try all of them everywhere.
    """
    words = {form for one in secrets for form in (one, json.dumps(one)[1:-1])}
    return re.compile(_tree(sorted(words)) if words else r"(?!)", re.IGNORECASE)


def _tree(words: list[str], depth: int = 0) -> str:
    """A pattern for sorted words, what they begin with in common first."""
    if depth == MAX_DEPTH:
        return f"(?:{'|'.join(re.escape(word) for word in sorted(words, key=len, reverse=True))})"
    pairs = enumerate(zip(words[0], words[-1], strict=False))
    end = next((place for place, (one, other) in pairs if one != other), min(len(words[0]), len(words[-1])))
    common = words[0][:end]
    if len(words) == 1:
        return re.escape(common)
    rests = [word[len(common) :] for word in words]
    branches = [_tree(list(group), depth + 1) for first, group in groupby(rests, key=lambda rest: rest[:1]) if first]
    return f"{re.escape(common)}(?:{'|'.join(branches)}){'?' if not rests[0] else ''}"
