"""How far a running replay is: the same words and the same share on the pages and on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app import format as fmt
from replay.status import ReplayStatus

MOST_SPEEDS: Final = 6
"""Told one by one; of more those in the middle are counted."""


def loop_of(status: ReplayStatus) -> str:
    """`2 of 3`; of loops without an end the number alone."""
    number = fmt.number(status.pass_number + 1)
    return number if status.passes is None else f"{number} of {fmt.number(status.passes)}"


def published_of(status: ReplayStatus) -> str:
    """`12 of 30`; in loops without an end nothing is planned for all of them."""
    number = fmt.number(status.published)
    return number if status.passes is None else f"{number} of {fmt.number(status.planned)}"


def where(status: ReplayStatus) -> str:
    """`0:12 of 4:05`, with `loop 2 of 3` if there are several."""
    place = f"{fmt.position(status.position_s)} of {fmt.position(status.duration_s)}"
    return place if status.passes == 1 else f"{place}, loop {loop_of(status)}"


def share_of(status: ReplayStatus) -> float:
    """The position within the range that is played, of the present loop, from 0 to 1: what `where` says."""
    span_s = status.duration_s - status.start_s
    return min(1.0, max(0.0, (status.position_s - status.start_s) / span_s)) if span_s > 0 else 0.0


def speeds_of(speeds: Sequence[float | None]) -> str:
    """`1x, then 10x, then max`."""
    names = [fmt.speed(one) for one in speeds]
    if len(names) > MOST_SPEEDS:
        names[2:-2] = [f"{fmt.number(len(names) - 4)} others"]
    return ", then ".join(names)


def moved_into_range(typed: str, wanted_s: float, status: ReplayStatus) -> str:
    """Where a replay is instead of at the place that was typed; empty if that place lies within what is replayed."""
    for is_outside, side, end, end_s in (
        (wanted_s < status.start_s, "before", "start", status.start_s),
        (wanted_s > status.duration_s, "after", "end", status.duration_s),
    ):
        if is_outside:
            return f"{typed} lies {side} the {end} ({fmt.position(end_s, digits=1)}): it is at the {end} instead."
    return ""
