"""Positions by name: the marks of a session."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from core.errors import UsageError
from core.message import NS_PER_SECOND
from store.events import EventKind
from store.reading import Reader

_CLOCK: Final = re.compile(r"(?:(?P<hours>\d+):)?(?P<minutes>\d+):(?P<seconds>[0-5]?\d(?:\.\d*)?)")
"""`1:30`, `1:02:03.5`."""


class Mark(NamedTuple):
    """A remark that somebody made while recording."""

    position_s: float
    """Seconds since the session's start."""
    text: str


def marks_of(reader: Reader) -> list[Mark]:
    """The session's marks, in the order of time."""
    started_ns = reader.metadata.started_ns
    found = [
        Mark((event.at_ns - started_ns) / NS_PER_SECOND, event.text)
        for event in reader.events()
        if event.kind is EventKind.MARK
    ]
    return sorted(found)


def position_of(reader: Reader, text: str) -> float:
    """Seconds since the session's start, see `position_among`."""
    return position_among(lambda: marks_of(reader), text)


def position_among(read_marks: Callable[[], Sequence[Mark]], text: str) -> float:
    """Seconds: a number, a time as on a stopwatch (`1:30`, `1:02:03.5`), or one of the marks, which are read for that.

    A mark is meant by its text or by a unique part of it. Raises UsageError if there is none, or more than one.
    """
    try:
        return float(text)
    except ValueError:
        pass
    if clock := _CLOCK.fullmatch(text.strip()):
        return int(clock["hours"] or 0) * 3600 + int(clock["minutes"]) * 60 + float(clock["seconds"])
    marks = read_marks()
    folded = text.casefold()
    found = [mark for mark in marks if mark.text.casefold() == folded]
    found = found or [mark for mark in marks if folded in mark.text.casefold()]
    if len(found) == 1:
        return found[0].position_s
    if found:
        places = ", ".join(f"{mark.position_s:g}" for mark in found)
        raise UsageError(f"'{text}' stands for {len(found)} marks, at {places} s: give the seconds instead.")
    known = ", ".join(f"'{mark.text}'" for mark in marks if mark.text) or "none"
    raise UsageError(f"'{text}' is neither a time (seconds or m:ss) nor a mark of the session. Its marks: {known}.")
