"""Recognises the second copy of a message while two subscriptions overlap for the moment of a handover.

When the set of subscribed filters changes, the new filters are subscribed before the old ones are given up, so that
nothing is missed. In between many brokers send a message that an old and a new filter match once for each, one right
after the other (Mosquitto always with MQTT 5, with 3.1.1 if it is told to). The second copy is its *twin*.

With subscription identifiers (MQTT 5) a twin bears another identifier than the copy before it. Without them only the
equality of the bytes tells. So what remains is: of two byte-identical messages on one topic, right after one another
within the moment of a handover, one can be taken for the twin of the other. With identifiers they must moreover lie
on both sides of the whole overlap, or queue at the broker. The moment is short: it begins with SUBACK, for a broker
answers in its turn; for QoS 0 it ends with UNSUBACK; for QoS 1 and 2 with the last message that the broker had queued
by then.

That last message is found by asking: a question (an UNSUBSCRIBE for nothing) is answered in its turn, too. While
messages queue, the broker has its whole window of unconfirmed messages on the way, and each of them either arrives
here, or its confirmation makes the broker send the next one, before the answer. So an answer before which fewer than a
window's messages came means that nothing queues any more. QoS 2 needs two round trips for one message: two answers.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from core.message import Message
from core.topics import matches

WITH_IDS_S: Final = 2.0
"""How long after its first copy a twin with another identifier is believed: generous, as it can hardly be wrong."""
WITHOUT_IDS_S: Final = 0.1
"""The same without identifiers: a broker sends both copies in one go, or one round trip apart when its window is full.
Not shorter, because a busy machine stops a process for tens of milliseconds."""
ROUND_TRIPS: Final = 3
SMALLEST_WINDOW: Final = 10
"""Brokers have at least so many unconfirmed messages on the way: Mosquitto 20, HiveMQ 10, EMQX 32 unless configured."""
LONGEST_S: Final = 5.0
"""After UNSUBACK; a broker whose queue is not empty then is hopelessly behind."""


@dataclass(slots=True)
class _Copy:
    message: Message
    ids: tuple[int, ...]
    at: float


class Twins:
    """The copies that may still get a twin. Told of each handover, and asked by the network thread for each message."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._filters: frozenset[str] = frozenset()
        """Old and new ones; empty while there is no handover: then nothing is looked at."""
        self._identifier = 0
        self._confirmed = False
        self._left_at: float | None = None
        self._within = WITHOUT_IDS_S
        self._single: dict[tuple[str, int], _Copy] = {}
        """By topic and QoS: the copy handed on last, if its twin has not come."""
        self._arrived: tuple[int, int] = (0, 0)
        """Messages of QoS 1 and 2 in the round trip before this one, and in this one."""

    def begin(self, filters: Iterable[str], identifier: int) -> None:
        """The new filters are about to be subscribed, under this identifier (0: the broker uses none)."""
        with self._lock:
            self._confirmed = self._confirmed and bool(self._filters)  # of a handover before, copies may still queue
            self._filters = self._filters.union(filters)
            self._identifier = identifier
            self._left_at = None

    def confirm(self, round_trip_s: float) -> None:
        """SUBACK: from now on the broker sends copies for the new filters."""
        with self._lock:
            self._confirmed = True
            self._within = min(WITH_IDS_S, max(WITHOUT_IDS_S, ROUND_TRIPS * round_trip_s))

    def leave(self) -> None:
        """UNSUBACK: the old filters are given up, only queued copies can still come. The first question is asked."""
        with self._lock:
            self._left_at = self._now()
            self._arrived = (SMALLEST_WINDOW, 0)

    def is_over(self) -> bool:
        """To be called at the answer to a question: whether nothing queues any more. If not, the next one is asked."""
        with self._lock:
            before, now = self._arrived
            self._arrived = (now, 0)
            late = self._left_at is not None and self._now() - self._left_at > LONGEST_S
            if late or before + now < SMALLEST_WINDOW:
                self._forget()
            return not self._filters

    def forget(self) -> None:
        """The connection is gone, and the copies with it."""
        with self._lock:
            self._forget()

    def is_twin(self, message: Message, ids: tuple[int, ...]) -> bool:
        """Whether this is the second copy of a message that was handed on already."""
        if not self._filters:  # nearly always, and then without the lock
            return False
        with self._lock:
            if message.qos > 0:
                self._arrived = (self._arrived[0], self._arrived[1] + 1)
            elif self._left_at is not None:
                return False
            return self._is_twin(message, ids)

    def _is_twin(self, message: Message, ids: tuple[int, ...]) -> bool:
        key, now = (message.topic, message.qos), self._now()
        first = self._single.pop(key, None)
        if first is not None and self._are_twins(first, message, ids, now):
            return True
        expected = self._confirmed or self._identifier in ids  # a broker may be ahead of its SUBACK, too
        if expected and len(ids) < 2 and self._may_come_twice(message.topic):
            self._single[key] = _Copy(message, ids, now)
        return False

    def _are_twins(self, first: _Copy, message: Message, ids: tuple[int, ...], now: float) -> bool:
        if now - first.at > (WITH_IDS_S if ids else self._within) or (ids and first.ids == ids):
            return False
        return _content(first.message) == _content(message)

    def _may_come_twice(self, topic: str) -> bool:
        return sum(matches(topic_filter, topic) for topic_filter in self._filters) > 1

    def _forget(self) -> None:
        self._filters = frozenset()
        self._single.clear()
        self._left_at = None


def _content(message: Message) -> tuple[object, ...]:
    """What is equal in all copies: the broker counts the expiry interval down while a copy waits."""
    properties = message.properties
    if properties is not None and properties.message_expiry_interval is not None:
        properties = replace(properties, message_expiry_interval=None)
    return message.payload, message.retain, properties
