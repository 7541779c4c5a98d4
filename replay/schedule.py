"""Which messages are replayed, and when: from recorded times to offsets that never decrease."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from core.errors import UsageError
from core.message import NS_PER_SECOND, Message
from core.topics import why_invalid_filter
from replay.status import ReplayRequest
from store.query import MessageQuery


class Due(NamedTuple):
    """A message and its place in the replay."""

    offset_ns: int
    """Since the replay's first message, at speed 1; counts on through all loops."""
    position_ns: int
    """Since the session's start."""
    message: Message
    pass_number: int = 0
    """Which loop, from 0."""


def schedule(read: Callable[[], Iterable[Message]], loop: int, session_started_ns: int) -> Iterator[Due]:
    """The messages of `read()`, `loop` times, each due `at - at of the first` after the first one.

    The first message is due at once. Where recorded times go back the message is due together with the one before
    it: order comes before timing. A loop begins at the moment of the last message of the loop before it.
    """
    begin_ns = 0
    for _ in range(loop):
        first_ns: int | None = None
        offset_ns = 0
        for message in read():
            if first_ns is None:
                first_ns = message.at_ns
            offset_ns = max(offset_ns, message.at_ns - first_ns)
            yield Due(begin_ns + offset_ns, first_ns + offset_ns - session_started_ns, message)
        begin_ns += offset_ns


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
    return None if offset_s is None else session_started_ns + round(offset_s * NS_PER_SECOND)


def why_invalid_speed(speed: float | None) -> str | None:
    """The reason why nothing can be replayed at this speed, or None if it can."""
    if speed is None or 0 < speed < float("inf"):
        return None
    return f"The speed must be a number above 0, or 'max', not {speed}."


def why_invalid(request: ReplayRequest) -> str | None:
    """The reason why this cannot be replayed, or None if it can."""
    for topic_filter in (*request.include, *request.exclude):
        if reason := why_invalid_filter(topic_filter):
            return f"This cannot be replayed: {reason}."
    if not 0 <= request.start_s < float("inf"):
        return f"The start must be 0 or more seconds after the session's start, not {request.start_s}."
    if request.end_s is not None and not request.start_s < request.end_s < float("inf"):
        return f"The end ({request.end_s} s) must be later than the start ({request.start_s} s)."
    if request.loop is not None and request.loop < 1:
        return f"The number of loops must be at least 1, not {request.loop}."
    if request.qos not in (None, 0, 1, 2):
        return f"The QoS of a replay must be 0, 1 or 2, not {request.qos}."
    return why_invalid_speed(request.speed)


def check(request: ReplayRequest) -> None:
    """Raises UsageError if this cannot be replayed."""
    if reason := why_invalid(request):
        raise UsageError(reason)
