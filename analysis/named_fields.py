"""What fields of certain names hold in text that is no JSON: torn, several documents in one, nested too deep."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator
from typing import Final

MAX_ESCAPES: Final = 63
"""Backslashes before a quote, as in JSON six times inside of JSON. Without a limit a hostile text takes for ever."""


class NamedFields:
    """Finds `"name": "text"` and `"name": 12` in any text, also where the quotes are escaped, as in JSON in JSON."""

    def __init__(self, names: Collection[str]) -> None:
        forms = sorted({form for name in names for form in (name, json.dumps(name)[1:-1])}, key=len, reverse=True)
        self._pattern = re.compile(
            rf'(?P<quote>\\{{0,{MAX_ESCAPES}}}")(?P<name>{"|".join(map(re.escape, forms))})(?P=quote)\s*:\s*'
            r"(?:(?P=quote)(?P<text>(?:\\.|[^\\])*?)(?:(?P=quote)|\\?\Z)|(?P<number>-?\d[\d.eE+-]*))",
            re.DOTALL,
        )
        self._some = bool(forms)

    def texts(self, text: str) -> Iterator[tuple[str, str]]:
        """Name and what it holds, as far as it is text."""
        if self._some and '"' in text:
            for match in self._pattern.finditer(text):
                if match["text"]:
                    yield match["name"], _read(match["text"])

    def replaced(self, text: str, of_text: Callable[[str], str], of_number: Callable[[str, str], str]) -> str:
        """The same text with what the fields hold replaced. `of_number` gets the number and the name."""
        if not self._some or '"' not in text:
            return text

        def one(match: re.Match[str]) -> str:
            if match["number"]:
                return _in_place(match, "number", of_number(match["number"], match["name"]))
            return _in_place(match, "text", of_text(_read(match["text"]))) if match["text"] else match.group()

        return self._pattern.sub(one, text)


def _in_place(match: re.Match[str], group: str, instead: str) -> str:
    start, end = (place - match.start() for place in match.span(group))
    return f"{match.group()[:start]}{instead}{match.group()[end:]}"


def _read(text: str) -> str:
    """What stands between the quotes of JSON; itself if that is not valid."""
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text
