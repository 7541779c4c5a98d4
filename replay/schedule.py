"""Which messages are replayed, and when: from recorded times to offsets that never decrease."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Final, NamedTuple

from core.errors import UsageError
from core.message import NS_PER_SECOND, Message
from core.topics import why_invalid_filter
from replay.status import ReplayRequest
from store.query import MessageQuery

SLOWEST: Final = 1e-6
FASTEST: Final = 1e9
LONGEST_S: Final = 1e9
"""Thirty years. Beyond these limits nobody waits, and nanoseconds would no longer fit into 64 bits."""


class Due(NamedTuple):
    """A message and its place in the replay."""

    offset_ns: int
    """Since the replay's first message, at speed 1; counts on through all passes and seeks, and never decreases."""
    position_ns: int
    """Since the session's start."""
    message: Message
    pass_number: int = 0
    """Which loop, from 0."""
    dropped: bool = False
    """Left out by a fault on purpose: its time passes, and nothing is published."""


Placed = tuple[int, Message]
"""A message and, before it, its place: nanoseconds since the session's start."""


def schedule(
    placed: Iterable[Placed],
    offset_ns: int = 0,
    from_position_ns: int | None = None,
    max_gap_ns: int | None = None,
    pass_number: int = 0,
) -> Generator[Due, None, int | None]:
    """Each message as long after the one before it as recorded, but after `max_gap_ns` at the latest.

    The first one is due at `offset_ns`; with `from_position_ns` as much later as it lies behind that. Where recorded
    times go back the message is due together with the one before it: order comes before timing. Returns when the last
    one is due; None if there is none.
    """
    reached_ns, last_ns = from_position_ns, None
    for position_ns, message in placed:
        if reached_ns is None:
            reached_ns = position_ns
        if position_ns > reached_ns:
            gap_ns = position_ns - reached_ns
            reached_ns = position_ns
            offset_ns += gap_ns if max_gap_ns is None or gap_ns < max_gap_ns else max_gap_ns
        last_ns = offset_ns
        yield Due(offset_ns, reached_ns, message, pass_number)
    return last_ns


def scaled_ns(offset_ns: int, speed: float) -> int:
    """How long `offset_ns` of the session take at `speed`."""
    return round(offset_ns / speed)


def query_of(request: ReplayRequest, session_started_ns: int) -> MessageQuery:
    """The messages that are chosen. Without a start also those that are older than the session's start."""
    return MessageQuery(
        include=request.include,
        exclude=request.exclude,
        start_ns=_moment(session_started_ns, request.start_s or None),
        end_ns=_moment(session_started_ns, request.end_s),
    )


def _moment(session_started_ns: int, offset_s: float | None) -> int | None:
    return None if offset_s is None else session_started_ns + round(min(offset_s, LONGEST_S) * NS_PER_SECOND)


def why_invalid_speed(speed: float | None) -> str | None:
    """The reason why nothing can be replayed at this speed, or None if it can."""
    if speed is None or SLOWEST <= speed <= FASTEST:
        return None
    if 0 < speed < float("inf"):
        return f"The speed must be between {SLOWEST:f} and {FASTEST:,.0f}, or 'max', not {speed:g}."
    return f"The speed must be a number above 0, or 'max', not {speed}."


def why_invalid(request: ReplayRequest) -> str | None:
    """The reason why this cannot be replayed, or None if it can."""
    for topic_filter in (*request.include, *request.exclude):
        if reason := why_invalid_filter(topic_filter):
            return f"This cannot be replayed: {reason}."
    if request.qos not in (None, 0, 1, 2):
        return f"The QoS of a replay must be 0, 1 or 2, not {request.qos}."
    return _why_invalid_range(request) or _why_invalid_loop(request) or why_invalid_speed(request.speed)


def _why_invalid_range(request: ReplayRequest) -> str | None:
    if not 0 <= request.start_s <= LONGEST_S:
        return f"The start must be 0 to {LONGEST_S:,.0f} seconds after the session's start, not {request.start_s:g}."
    if request.end_s is not None and not request.start_s < request.end_s < float("inf"):
        return f"The end ({request.end_s} s) must be later than the start ({request.start_s} s)."
    if request.max_gap_s is not None and not 0 <= request.max_gap_s <= LONGEST_S:
        return f"The longest silence must be 0 to {LONGEST_S:,.0f} seconds, not {request.max_gap_s:g}."
    return None


def _why_invalid_loop(request: ReplayRequest) -> str | None:
    if request.loop is not None and request.loop < 1:
        return f"The number of loops must be at least 1, not {request.loop}."
    if not 0 <= request.loop_pause_s <= LONGEST_S:
        return f"The pause between two loops must be 0 to {LONGEST_S:,.0f} seconds, not {request.loop_pause_s:g}."
    return None


def check(request: ReplayRequest) -> None:
    """Raises UsageError if this cannot be replayed."""
    if reason := why_invalid(request):
        raise UsageError(reason)
