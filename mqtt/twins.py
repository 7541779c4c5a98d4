"""Recognises the second copy of a message while two subscriptions overlap for the moment of a handover.

When the set of subscribed filters changes, the new filters are subscribed before the old ones are given up, so that
nothing is missed. In between many brokers send a message that an old and a new filter match once for each, one right
after the other (Mosquitto always with MQTT 5, with 3.1.1 if it is told to). The second copy is its *twin*.

With subscription identifiers (MQTT 5) a twin bears another identifier than the copy before it. So what remains is: of
two byte-identical messages on one topic, right after one another, one can be taken for the twin of the other if they
lie on both sides of the whole overlap, or queue at the broker.

Without identifiers (MQTT 3.1.1) only the equality of the bytes tells, and a message twice is better than a message
lost. A broker that sends one copy is found out: while both filters are surely subscribed, it sends a message that both
match, and no twin. From then on nothing is dropped on this connection. That a broker sends copies cannot be proven, for
a publisher may repeat himself. So even before that nothing is dropped where messages repeat one another: on topics on
which equal messages followed one another before on this connection, and of a message that repeats the one before it.
What remains is:
- a message can be lost that repeats the one before it on a topic that never showed this on this connection, within the
  moment of a handover, and, if the broker sends one copy, before that is proven;
- where messages do repeat one another, a broker that sends copies can get them recorded twice for that moment.

The moment is short: it begins with SUBACK, for a broker answers in its turn; for QoS 0 it ends with UNSUBACK; for QoS 1
and 2 with the last message that the broker had queued by then.

That last message is found by asking: a question (an UNSUBSCRIBE for nothing) is answered in its turn, too. While
messages queue, the broker has its whole window of unacknowledged messages on the way: they came before the question
and are not acknowledged, or they come before the answer. So if these are fewer than a window, nothing queues any more.
QoS 2 needs two round trips for one message: two answers. How large the window is shows when many are not acknowledged.
In the same way a question after SUBACK tells from when on both filters are surely subscribed for all that arrives.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final
from typing import Protocol as Port

from core.message import Message
from core.topics import matches
from mqtt.batching import PublishBatch
from mqtt.repeats import Repeats

WITH_IDS_S: Final = 2.0
"""How long after its first copy a twin with another identifier is believed: generous, as it can hardly be wrong."""
WITHOUT_IDS_S: Final = 0.1
"""The same without identifiers: a broker sends both copies in one go, or one round trip apart when its window is full.
Not shorter, because a busy machine stops a process for tens of milliseconds."""
ROUND_TRIPS: Final = 3
SMALLEST_WINDOW: Final = 10
"""Brokers have at least so many unconfirmed messages on the way: Mosquitto 20, HiveMQ 10, EMQX 32 unless configured."""
MANY: Final = 1_000_000
"""More than any window: the answer to a first question does not count."""
LONGEST_S: Final = 5.0
"""After UNSUBACK; a broker whose queue is not empty then is hopelessly behind."""


@dataclass(slots=True)
class _Copy:
    message: Message
    ids: tuple[int, ...]
    at: float
    confirmed: tuple[int, ...]
    """The new filters that were subscribed by then, by their identifiers."""
    telling: bool
    """Whether an equal message after it is believed to be its twin."""
    sure: bool
    """Whether it has a twin if the broker sends copies at all."""


class Window(Port):
    """What is known of the broker's window."""

    unacknowledged: int
    """How many messages of QoS 1 have come and are not acknowledged."""
    most: int
    """The largest number of them so far."""


class Twins:
    """The copies that may still get a twin. Told of each handover, and asked by the network thread for each message."""

    def __init__(self, now: Callable[[], float], window: Window) -> None:
        self._now = now
        self._window = window
        self._lock = threading.Lock()
        self._filters: frozenset[str] = frozenset()
        """Old and new ones; empty while there is no handover: then nothing is looked at."""
        self._present: frozenset[str] = frozenset()
        """Those of this handover only, not of one before it, of which copies still queue."""
        self._begun: tuple[int, ...] = ()
        """The identifiers of the new filters, 0 without: of the handovers whose copies may still come, in order."""
        self._confirmed: tuple[int, ...] = ()
        """Those for which SUBACK has come."""
        self._left_at: float | None = None
        self._within = WITHOUT_IDS_S
        self._single: dict[tuple[str, int], _Copy] = {}
        """By topic and QoS: the copy handed on last, if its twin has not come."""
        self._arrived: tuple[int, int] = (0, 0)
        """Messages of QoS 1 and 2 in the round trip before this one, and in this one."""
        self._waiting = 0
        """How many were not acknowledged when the question was asked."""
        self._repeats = Repeats()
        self._one_copy = False
        """Whether this connection's broker, without identifiers, has been found to send one copy only."""
        self._sure_qos: tuple[int, ...] = ()
        """At which QoS a message that arrives now was sent while old and new filters were subscribed."""

    def begin(self, filters: Iterable[str], identifier: int) -> None:
        """The new filters are about to be subscribed, under this identifier (0: the broker uses none)."""
        with self._lock:
            if self._one_copy:
                return
            self._present = frozenset(filters)
            self._filters |= self._present  # of a handover before, copies may still queue
            self._begun = (*self._begun, identifier)
            self._left_at = None
            self._arrived, self._sure_qos = (0, 0), ()
            self._waiting = self._window.unacknowledged

    def confirm(self, round_trip_s: float) -> bool:
        """SUBACK: from now on the broker sends copies for the new filters. Returns whether it is to be asked a question
        before the old filters are given up: then it may show that it sends none.
        """
        with self._lock:
            self._confirmed = self._begun
            self._within = min(WITH_IDS_S, max(WITHOUT_IDS_S, ROUND_TRIPS * round_trip_s))
            self._arrived = (self._arrived[1], 0)
            return self._begun[-1:] == (0,)

    def suspect(self) -> None:
        """The connection broke before SUBACK: the broker may have subscribed the new filters, and queued copies."""
        with self._lock:
            self._confirmed = self._begun

    def ask_anew(self) -> None:
        """The connection broke before the answer to a question: on the next one it is asked again."""
        with self._lock:
            self._arrived = (MANY, 0)

    def may_ask(self) -> bool:
        """Whether an answer could tell that nothing queues. If so, the question is asked now."""
        with self._lock:
            self._waiting = self._window.unacknowledged
            return self._waiting < self._size() or self._is_late()

    def watch(self) -> None:
        """The answer to that question: what arrives from now on was not sent before the new filters were there, unless
        it queued.
        """
        with self._lock:
            self._sure_qos = (0, 1, 2) if self._waiting + sum(self._arrived) < self._size() else (0,)

    def leave(self) -> None:
        """UNSUBACK: the old filters are given up, only queued copies can still come. The first question is asked."""
        with self._lock:
            self._left_at = self._now()
            self._arrived, self._sure_qos = (MANY, 0), ()

    def is_over(self) -> bool:
        """To be called at the answer to a question: whether nothing queues any more. If not, the next one is asked."""
        with self._lock:
            before, now = self._arrived
            self._arrived = (now, 0)
            if self._waiting + before + now < self._size():
                self._one_copy = self._one_copy or any(copy.sure for copy in self._single.values())
                self._forget()
            elif self._is_late():
                self._forget()
            return not self._filters

    def forget(self) -> None:
        """The connection is gone, and the copies with it; the next one may lead to a broker of another kind."""
        with self._lock:
            self._forget()
            self._one_copy = False
            self._repeats.forget()

    def second_copies(self, batch: PublishBatch, decided: Collection[int], *, numbered: bool) -> list[int]:
        """The places in a batch of second copies of messages that were handed on already.

        What is `decided` is not looked at: it is handed on, or left out, for another reason. `numbered`: the broker
        numbers copies by subscription.
        """
        if self._filters:
            return self._looked_at(batch, decided)
        if not numbered and not self._one_copy:
            messages: Iterable[Message] = batch.messages
            if decided:
                messages = [message for place, message in enumerate(batch.messages) if place not in decided]
            self._repeats.note_all(messages)
        return []

    def _looked_at(self, batch: PublishBatch, decided: Collection[int]) -> list[int]:
        again, found = set(batch.duplicates), []
        for place, (message, ids) in enumerate(zip(batch.messages, batch.subscription_ids, strict=True)):
            if place in decided:
                with self._lock:
                    self._count(message)
            elif self.is_twin(message, ids, again=place in again):
                found.append(place)
        return found

    def is_twin(self, message: Message, ids: tuple[int, ...], *, again: bool = False) -> bool:
        """Whether this is the second copy of a message that was handed on already.

        `again`: the broker has sent it to the connection before this one, too, where it did not arrive.
        """
        if self._one_copy:
            return False
        telling = bool(ids) or self._repeats.note(message, alone=not self._filters)
        if not self._filters:  # nearly always, and then without the lock
            return False
        with self._lock:
            self._count(message)
            if message.qos == 0 and self._left_at is not None:
                self._single.pop((message.topic, 0), None)
                return False
            return self._is_twin(message, ids, telling, again)

    def _size(self) -> int:
        """So large the broker's window is at least."""
        return max(SMALLEST_WINDOW, self._window.most)

    def _is_late(self) -> bool:
        return self._left_at is not None and self._now() - self._left_at > LONGEST_S

    def _count(self, message: Message) -> None:
        self._arrived = (self._arrived[0], self._arrived[1] + (message.qos > 0))

    def _is_twin(self, message: Message, ids: tuple[int, ...], telling: bool, again: bool) -> bool:
        key, now = (message.topic, message.qos), self._now()
        first = self._single.pop(key, None)
        if first is not None and _content(first.message) == _content(message):
            if self._are_twins(first, ids, now):
                return first.telling
        elif first is not None and first.sure:
            self._one_copy = True
            self._forget()
            return False
        expected = self._confirmed or any(one in self._begun for one in ids)  # a broker may be ahead of its SUBACK, too
        if expected and len(ids) < 2 and _overlap_on(message.topic, self._filters):
            sure = telling and not again and message.qos in self._sure_qos and _overlap_on(message.topic, self._present)
            self._single[key] = _Copy(message, ids, now, self._confirmed, telling, sure)
        return False

    def _are_twins(self, first: _Copy, ids: tuple[int, ...], now: float) -> bool:
        if not ids:
            return now - first.at <= self._within
        return now - first.at <= WITH_IDS_S and first.ids != ids and self._is_pair(first, ids)

    def _is_pair(self, first: _Copy, ids: tuple[int, ...]) -> bool:
        """Whether one handover led from one of these identifiers to the other, and the first copy came late enough."""
        if any(one in first.confirmed for one in ids):
            return True
        newer = [self._begun[self._begun.index(one) + 1 :] for one in first.ids if one in self._begun]
        return any(one not in later for later in newer for one in ids)

    def _forget(self) -> None:
        self._filters = frozenset()
        self._single.clear()
        self._begun, self._confirmed = (), ()
        self._left_at, self._sure_qos = None, ()


def _overlap_on(topic: str, filters: Iterable[str]) -> bool:
    return sum(matches(topic_filter, topic) for topic_filter in filters) > 1


def _content(message: Message) -> tuple[object, ...]:
    """What is equal in all copies: the broker counts the expiry interval down while a copy waits."""
    properties = message.properties
    if properties is not None and properties.message_expiry_interval is not None:
        properties = replace(properties, message_expiry_interval=None)
    return message.payload, message.retain, properties
