"""Words of the short texts in which faults and barriers are written: seconds, shares, topics."""

from __future__ import annotations

import re
import shlex
from decimal import Decimal
from math import isfinite
from typing import Final

_UNITS: Final = {"": Decimal(1), "s": Decimal(1), "ms": Decimal("0.001"), "min": Decimal(60), "h": Decimal(3600)}
_NUMBER: Final = r"\d{1,12}(?:\.\d{0,40})?|\.\d{1,40}"
_SECONDS: Final = re.compile(rf"({_NUMBER})(s|ms|min|h)?")
_CLOCK: Final = re.compile(rf"(?:(\d{{1,6}}):)?(\d{{1,6}}):({_NUMBER})")
_SHARE: Final = re.compile(rf"({_NUMBER})%")


class Words:
    """The words of a text, taken one after the other. A topic with blanks is written in quotation marks."""

    def __init__(self, text: str) -> None:
        """Raises ValueError for a quotation mark that is missing."""
        found = shlex.split(text)
        self._words: list[str] = []
        for word in found:  # '5 s' and '1 %' are one word
            if word in (*_UNITS, "%") and self._words and re.fullmatch(_NUMBER, self._words[-1]):
                self._words[-1] += word
            else:
                self._words.append(word)
        self._words.reverse()

    def __bool__(self) -> bool:
        return bool(self._words)

    def take(self, what: str) -> str:
        """The next word. Raises ValueError, saying that `what` is missing, if there is none."""
        if not self._words:
            raise ValueError(f"{what} is missing")
        return self._words.pop()

    def peek(self) -> str:
        """The next word, which stays; empty if there is none."""
        return self._words[-1] if self._words else ""

    def take_seconds(self, what: str) -> float:
        """The next word as seconds: `5`, `0.5s`, `500ms`, `2min`, `1h`, `1:30`, `1:00:00`. Raises ValueError."""
        word = self.take(what)
        found = seconds(word)
        if found is None:
            raise ValueError(f"'{word}' is not {what}, as 2, 0.5s, 500ms, 2min or 1:30 are")
        return found


def seconds(word: str) -> float | None:
    """Seconds, 0 or more; None if the word is something else."""
    if found := _SECONDS.fullmatch(word):
        return float(Decimal(found[1]) * _UNITS[found[2] or ""])
    if found := _CLOCK.fullmatch(word):
        return float(int(found[1] or 0) * 3600 + int(found[2]) * 60 + Decimal(found[3]))
    return None


def share(word: str) -> float | None:
    """`1%` as 0.01; None if the word is something else."""
    found = _SHARE.fullmatch(word)
    return float(Decimal(found[1]) / 100) if found else None


def number_text(value: float) -> str:
    """Without an exponent, as short as it goes."""
    if not isfinite(value):
        return str(value)
    text = f"{Decimal(repr(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def share_text(value: float) -> str:
    """0.01 as `1%`."""
    text = f"{Decimal(repr(float(value))) * 100:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "%"


def topic_text(topic_filter: str) -> str:
    """A topic filter as one word."""
    return topic_filter if re.fullmatch(r"[^\s'\"\\]+", topic_filter) else shlex.quote(topic_filter)
