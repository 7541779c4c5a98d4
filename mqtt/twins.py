"""Recognises the second copy of a message while two subscriptions overlap for the moment of a handover.

A broker such as Mosquitto sends one copy of a message for each matching subscription, one right after the other. When
the set of subscribed filters changes, the new filters are subscribed before the old ones are given up, so that nothing
is missed; in between, a message that an old and a new filter match arrives twice. The second copy is its *twin*.

With subscription identifiers (MQTT 5) a twin bears another identifier than the copy before it. Without (MQTT 3.1.1)
only the equality of the bytes tells, so two byte-identical messages that are really two can be taken for one. This
cannot
be excluded, only made rare: it takes two identical messages on one topic, right after one another, at most
`SHORTEST_S` (or three round trips) apart, between SUBACK and the end of the handover. That end is UNSUBACK; for QoS 1
and 2 it is the end of what the broker had queued by then, which comes later: seen by a pause, or by a message
without a twin after pairs, and after `DRAIN_S` at the latest. With identifiers the two must moreover lie
on both sides of the whole handover.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from core.message import Message
from core.topics import matches

WITH_IDS_S: Final = 2.0
"""How long after its first copy a twin with another identifier is believed: generous, as it can hardly be wrong."""
SHORTEST_S: Final = 0.1
"""The same without identifiers: the broker sends both copies in one go, or one round trip apart when its window of
unconfirmed messages is full. Not shorter, because a busy machine stops a process for tens of milliseconds."""
ROUND_TRIPS: Final = 3
DRAIN_S: Final = 5.0


@dataclass(slots=True)
class _Copy:
    message: Message
    ids: tuple[int, ...]
    at: float


@dataclass(slots=True)
class _Stream:
    """The messages of one QoS: a broker keeps their order, but not that between different QoS."""

    singles: dict[str, _Copy] = field(default_factory=dict)
    """By topic: the copy handed on last, if its twin has not come."""
    last_at: float = 0.0
    unpaired: bool = False
    """Whether the last arrival could have a twin to come."""
    paired: bool = False
    """Whether a twin came since UNSUBACK."""
    drained: bool = False


class Twins:
    """The copies that may still get a twin. Opened and closed by the handover, asked by the network thread."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._active = False
        self._closed_at: float | None = None
        self._within = SHORTEST_S
        self._filters: frozenset[str] = frozenset()
        self._streams = (_Stream(), _Stream(), _Stream())

    def open(self, filters: Iterable[str], round_trip_s: float = 0.0) -> None:
        """From now on messages that two of `filters`, old and new, match may come twice."""
        with self._lock:
            draining = self._active and self._closed_at is not None
            self._filters = self._filters.union(filters) if draining else frozenset(filters)
            self._within = min(WITH_IDS_S, max(SHORTEST_S, ROUND_TRIPS * round_trip_s))
            self._closed_at = None
            self._active = True
            for stream in self._streams:
                stream.drained = stream.paired = False

    def close(self) -> None:
        """The broker has given up the old filters: only queued copies can still come."""
        with self._lock:
            self._closed_at = self._now()

    def clear(self) -> None:
        """The connection is gone, and the copies with it."""
        with self._lock:
            self._end()

    def is_twin(self, message: Message, ids: tuple[int, ...]) -> bool:
        """Whether this is the second copy of a message that was handed on already."""
        if not self._active:  # nearly always: without the lock
            return False
        with self._lock:
            now = self._now()
            stream = self._streams[message.qos]
            twin = self._active and not stream.drained and self._is_twin(stream, message, ids, now)
            stream.last_at = now
            return twin

    def _is_twin(self, stream: _Stream, message: Message, ids: tuple[int, ...], now: float) -> bool:
        first = stream.singles.pop(message.topic, None)
        twin = first is not None and self._are_twins(first, message, ids, now)
        if self._closed_at is not None:
            if now - self._closed_at > DRAIN_S:
                self._end()
                return twin
            if not twin and not ids and self._is_drained(stream, message.qos, now):
                stream.drained = True
                stream.singles.clear()
                return False
            stream.paired = stream.paired or twin
        stream.unpaired = not twin and len(ids) < 2 and self._may_come_twice(message.topic)
        if stream.unpaired:
            stream.singles[message.topic] = _Copy(message, ids, now)
        return twin

    def _is_drained(self, stream: _Stream, qos: int, now: float) -> bool:
        """Whether, after UNSUBACK, no queued pairs are left, seen at a message that is not a twin.

        What the broker queued comes without a pause: first messages from before SUBSCRIBE, then pairs, then single
        messages. QoS 0 is not queued.
        """
        return qos == 0 or now - stream.last_at > self._within or (stream.paired and stream.unpaired)

    def _are_twins(self, first: _Copy, message: Message, ids: tuple[int, ...], now: float) -> bool:
        if now - first.at > (WITH_IDS_S if ids else self._within) or (ids and first.ids == ids):
            return False
        return _content(first.message) == _content(message)

    def _may_come_twice(self, topic: str) -> bool:
        return sum(matches(topic_filter, topic) for topic_filter in self._filters) > 1

    def _end(self) -> None:
        self._active = False
        self._closed_at = None
        self._filters = frozenset()
        self._streams = (_Stream(), _Stream(), _Stream())


def _content(message: Message) -> tuple[object, ...]:
    """What is equal in all copies: the broker counts the expiry interval down while a copy waits."""
    properties = message.properties
    if properties is not None and properties.message_expiry_interval is not None:
        properties = replace(properties, message_expiry_interval=None)
    return message.payload, message.retain, properties
