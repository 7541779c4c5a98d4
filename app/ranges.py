"""A range of a session as somebody types it: from one place to another."""

from __future__ import annotations

import math

from core.errors import UsageError
from replay.marks import position_of
from store.reading import Reader


def range_of(reader: Reader, start: str | None, end: str | None) -> tuple[float | None, float | None]:
    """Seconds since the session's start, the end exclusive; each is a place as `position_of` takes it, None is open.

    Raises UsageError for what is no place, lies before the session, or holds nothing.
    """
    begin, finish = (None if place is None else position_of(reader, place) for place in (start, end))
    for option, position in (("--start", begin), ("--end", finish)):
        if position is not None and (not math.isfinite(position) or position < 0):
            raise UsageError(f"{option} takes 0 or more seconds, not {position:g}.")
    if finish is not None and finish <= (begin or 0.0):
        raise UsageError(f"--end {finish:g} is not after --start {begin or 0.0:g}, so there is nothing between them.")
    return begin, finish
