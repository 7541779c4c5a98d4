"""What was published and has not arrived: by content, in the order of publishing, in bounded memory."""

from __future__ import annotations

from collections import Counter
from typing import Final, NamedTuple

from core.message import Properties

MAX_WAITING: Final = 100_000
"""Messages that have not arrived: far more than are ever under way. Some 30 MB."""

Key = tuple[str, int, int, bool]
"""Topic, hash of the payload (64 bits, keyed), QoS and retain flag: messages with the same key are equal."""


class Sent(NamedTuple):
    """A published message."""

    place: int
    """Among those of its topic and QoS, from 1."""
    place_in_qos: int
    """Among those of its QoS, from 1."""
    number: int
    """Among all, from 1."""
    due_ns: int | None
    properties: Properties | None


class Taken(NamedTuple):
    """A published message that has arrived."""

    sent: Sent
    in_order: bool
    """Whether none came before that was published later with the same topic and QoS."""
    overtaken: bool
    """Whether one came before that was published later with the same topic and another QoS."""
    latest_due_ns: int | None
    """When the newest of the equal ones that wait was due."""


class Expected:
    """Messages that are to arrive. MQTT guarantees that those of one topic and QoS come in the order of publishing."""

    def __init__(self) -> None:
        self.total = 0
        """How many were published so far."""
        self.open = 0
        """How many of them have not arrived."""
        self.given_up = 0
        """How many of them were forgotten, because too many have not arrived."""
        self._by_qos = [0, 0, 0]
        self._reached = [0, 0, 0]
        """By QoS: the highest place that has arrived."""
        self._waiting: dict[Key, list[Sent]] = {}
        """In the order of publishing."""
        self._passed: dict[Key, list[Sent]] = {}
        """The same of those that later ones have leapt over."""
        self._places: Counter[tuple[str, int]] = Counter()
        """How many were published, by topic and QoS."""
        self._newest: dict[tuple[str, int], int] = {}
        """The highest place that has arrived, by topic and QoS."""
        self._newest_number: dict[str, int] = {}
        """The highest number that has arrived, by topic."""

    def add(self, key: Key, due_ns: int | None, properties: Properties | None) -> None:
        """This message is about to be published."""
        topic, _, qos, _ = key
        stream = topic, qos
        self._places[stream] += 1
        self._by_qos[qos] += 1
        self.total += 1
        self.open += 1
        sent = Sent(self._places[stream], self._by_qos[qos], self.total, due_ns, properties)
        self._waiting.setdefault(key, []).append(sent)
        if self.open > MAX_WAITING:
            self._give_up_half()

    def take(self, key: Key, *, next_only: bool = False) -> Taken | None:
        """One with this content has arrived: which one is it? None if none is expected.

        The first of those that do not come too late; `next_only`: if none is leapt over for it.
        """
        topic, _, qos, _ = key
        newest = self._newest.get((topic, qos), 0)
        waiting = self._without_passed(key, newest)
        if not waiting:
            passed = self._passed.get(key)
            return self._taken(self._passed, key, passed, in_order=False) if passed and not next_only else None
        if next_only and waiting[0].place > newest + 1:
            return None
        self._newest[topic, qos] = waiting[0].place
        return self._taken(self._waiting, key, waiting, in_order=True)

    def lag(self) -> int:
        """How many were published after the newest ones that have arrived."""
        return sum(self._by_qos) - sum(self._reached)

    def left(self) -> Counter[Key]:
        """What has not arrived, by content; without what was given up."""
        left: Counter[Key] = Counter()
        for kept in (self._waiting, self._passed):
            for key, sent in kept.items():
                left[key] += len(sent)
        return left

    def _without_passed(self, key: Key, newest: int) -> list[Sent]:
        waiting = self._waiting.get(key, [])
        while waiting and waiting[0].place < newest:
            self._passed.setdefault(key, []).append(waiting.pop(0))
        if not waiting:
            self._waiting.pop(key, None)
        return waiting

    def _taken(self, kept: dict[Key, list[Sent]], key: Key, equal: list[Sent], *, in_order: bool) -> Taken:
        topic, _, qos, _ = key
        latest_due_ns = equal[-1].due_ns
        sent = equal.pop(0)
        if not equal:
            del kept[key]
        self.open -= 1
        self._reached[qos] = max(self._reached[qos], sent.place_in_qos)
        newest_number = self._newest_number.get(topic, 0)
        self._newest_number[topic] = max(newest_number, sent.number)
        return Taken(sent, in_order, in_order and sent.number < newest_number, latest_due_ns)

    def _give_up_half(self) -> None:
        """Forgets what is older than the newest half: so it need not be done again soon."""
        for kept in (self._waiting, self._passed):
            for key, equal in tuple(kept.items()):
                newer = [sent for sent in equal if sent.number > self.total - MAX_WAITING // 2]
                self.given_up += len(equal) - len(newer)
                self.open -= len(equal) - len(newer)
                kept[key] = newer
                if not newer:
                    del kept[key]
