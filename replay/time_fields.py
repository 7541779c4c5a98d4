"""Which fields of JSON payloads are times: by their names, and by what a session shows."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from core.errors import UsageError
from core.message import NS_PER_SECOND, Message
from core.time_values import moment_ns
from replay.status import ReplayRequest, TimeShift
from store.query import EVERYTHING
from store.reading import Reader

USUAL_NAMES: Final = ("timestamp", "ts", "*At")

_SAMPLES: Final = 20
_PER_SAMPLE: Final = 100
_MAX_BYTES: Final = 65_536
"""Payloads larger than that, pictures mostly, are not looked at for names."""
_NEARLY_ALL: Final = 0.95
_DAY_NS: Final = 86_400 * NS_PER_SECOND
_YEAR_NS: Final = 366 * _DAY_NS
_SAYS_TIME: Final = re.compile("time|stamp|date|since|seen|until", re.IGNORECASE)
_SAYS_ID: Final = re.compile(r"(^|[a-z_-])I[dD]s?$|(^|_)ids?$", re.IGNORECASE)
"""Many an identifier is made of the time: moved, it would no longer be the same everywhere."""


@dataclass(frozen=True, slots=True)
class FieldRule:
    """The names of fields that are times, at any depth."""

    names: tuple[str, ...] = USUAL_NAMES
    """`*` stands for any part. Upper and lower case differ: `heat` is no `*At`."""

    def __post_init__(self) -> None:
        if "" in self.names:
            raise UsageError("The name of a payload field must not be empty. Write for example 'timestamp' or '*At'.")

    def pattern(self) -> re.Pattern[str]:
        """What a whole name has to match."""
        parts = (".*".join(map(re.escape, name.split("*"))) for name in self.names)
        return re.compile("|".join(f"(?:{part})" for part in parts) or "(?!)", re.DOTALL)

    def needles(self) -> tuple[bytes, ...]:
        """A payload without any of these has no such field."""
        return tuple(dict.fromkeys(_needle(name) for name in self.names))


USUAL: Final = FieldRule()


def fields_of(request: ReplayRequest, readers: Sequence[Reader]) -> FieldRule:
    """The fields that move: those that were asked for, else the usual ones and what the sessions show."""
    if request.shift is TimeShift.NONE:
        return USUAL
    if request.shift_fields:
        return FieldRule(request.shift_fields)
    return FieldRule((*USUAL_NAMES, *learn(message for reader in readers for message in sample(reader))))


def learn(messages: Iterable[Message]) -> list[str]:
    """Names of fields, besides the usual ones, nearly all of whose values are times near the arrival, sorted.

    Near is a day; for ISO 8601, and for a name that speaks of time, a year: clocks may be set wrong, and things may lie
    in a store for months. Nothing, zero and false are no values: that is how an empty place looks.
    """
    usual = USUAL.pattern()
    seen: Counter[str] = Counter()
    times: Counter[str] = Counter()
    for message in messages:
        for name, value in _fields(message.payload):
            seen[name] += 1
            times[name] += _is_near(name, value, message.at_ns)
    return sorted(
        name
        for name, count in seen.items()
        if times[name] >= _NEARLY_ALL * count and not usual.fullmatch(name) and not _SAYS_ID.search(name)
    )


def sample(reader: Reader) -> Iterator[Message]:
    """Messages from all parts of a session; of a short one all."""
    total = reader.summary().messages
    step = max(_PER_SAMPLE, total // _SAMPLES)
    for offset in range(0, total, step):
        for stored in reader.page(EVERYTHING, offset, _PER_SAMPLE):
            yield stored.message


def _fields(payload: bytes) -> Iterator[tuple[str, object]]:
    """Names and values of all fields that are no objects; the values of an array are values of its field."""
    if len(payload) > _MAX_BYTES or payload[:1] not in (b"{", b"["):
        return
    try:
        waiting: list[tuple[str, object]] = [("", json.loads(payload.decode("utf-8"), parse_float=str, parse_int=str))]
    except (ValueError, RecursionError):
        return
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.items())
        elif isinstance(value, list):
            waiting.extend((name, one) for one in value)
        elif name and value not in ("", "0", None, False):
            yield name, value


def _is_near(name: str, value: object, at_ns: int) -> bool:
    found = moment_ns(value) if isinstance(value, str) else None
    if found is None:
        return False
    moment, is_iso = found
    return abs(moment - at_ns) <= (_YEAR_NS if is_iso or _SAYS_TIME.search(name) else _DAY_NS)


def _needle(name: str) -> bytes:
    parts = f'"{name}"'.split("*")
    longest = max(parts, key=len)
    return longest.encode() if longest.isascii() else b'"'
