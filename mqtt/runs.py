"""Neighbouring messages of one batch: in line, and on their way. What is said of many at once is noted once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import groupby
from typing import Protocol as Port

from core.message import Message, payload_bytes
from mqtt.batch_delivery import BatchDelivery


class Handed(Port):
    """What a connection says of messages that it was given together."""

    packet_id: int

    def is_written(self) -> bool: ...

    def whole(self) -> int: ...


class Run:
    """Messages in line: of QoS 0 and 1, or a single one of QoS 2."""

    __slots__ = ("_batch", "delivery", "packet_id", "places", "received")

    def __init__(self, delivery: BatchDelivery, batch: Sequence[Message], places: Sequence[int]) -> None:
        """`places` in the batch, ascending; at least one."""
        self.delivery = delivery
        self.places = places
        self.packet_id = 0
        """QoS 2: under which it was sent to a connection that ended, for a broker that has kept its session state."""
        self.received = False
        """QoS 2: whether that broker has said that it has it."""
        self._batch = batch

    def messages(self, most: int | None = None) -> Sequence[Message]:
        """In order; only so many if given."""
        places = self.places[:most]
        if isinstance(places, range):
            return self._batch[places.start : places.stop]
        return [self._batch[place] for place in places]

    def message(self, position: int) -> Message:
        """One of them, counted from 0."""
        return self._batch[self.places[position]]

    def split(self, count: int) -> Run:
        """Takes the first messages off and returns them as a run; some must be left."""
        taken, self.places = self.part(self.places[:count]), self.places[count:]
        return taken

    def part(self, places: Sequence[int]) -> Run:
        """A run of some of these messages."""
        return Run(self.delivery, self._batch, places)


class Flight:
    """A run on its way to the broker."""

    __slots__ = ("_early", "acknowledged", "handed", "number", "positions", "run", "size", "stamped")

    def __init__(self, run: Run, messages: Sequence[Message], handed: Handed, number: int) -> None:
        self.run = run
        self.handed = handed
        self.number = number
        """Of its first message, in the order of sending."""
        self.size = payload_bytes(messages)
        """Bytes of payload."""
        self.positions: Sequence[int] = range(len(messages))
        """Which messages of the run the broker acknowledges, in order: not those of QoS 0."""
        if 0 in [message.qos for message in messages]:
            self.positions = [position for position, message in enumerate(messages) if message.qos]
        self.stamped = 0
        """So many messages, from the first one on, are known to be written."""
        self.acknowledged = 0
        """So many of `positions`, from the first one on."""
        self._early: set[int] = set()
        """Places in `positions` of what was acknowledged before its turn."""

    def message(self, packet_id: int) -> Message:
        """The one with this identifier."""
        return self.run.message(self.positions[packet_id - self.handed.packet_id])

    def is_done(self) -> bool:
        """Whether nothing can come for it any more."""
        return self.acknowledged == len(self.positions) and self.stamped == len(self.run.places)

    def holds(self, packet_id: int) -> bool:
        """Whether one of its messages has this identifier."""
        return 0 <= packet_id - self.handed.packet_id < len(self.positions)

    def acknowledge(self, packet_ids: Sequence[int], at: int) -> int:
        """Takes what is confirmed from place `at`, as far as it is in order: how many it is. 0: known already."""
        wanted = self.handed.packet_id + self.acknowledged
        most = min(len(self.positions) - self.acknowledged, len(packet_ids) - at)
        # Nearly always they are all in order: then they are compared in one go.
        in_order = packet_ids[at : at + most] == list(range(wanted, wanted + most))
        count = most if in_order else 0
        while count < most and packet_ids[at + count] == wanted + count:
            count += 1
        self.acknowledged += count
        if not count:
            early = packet_ids[at] - self.handed.packet_id
            if early < self.acknowledged or early in self._early:
                return 0
            self._early.add(early)
            count = 1
        while self.acknowledged in self._early:
            self._early.remove(self.acknowledged)
            self.acknowledged += 1
        return count

    def written_at_least(self) -> int:
        """How many messages the broker must have got, for it has acknowledged the last of them."""
        last = max(self._early, default=self.acknowledged - 1)
        return self.positions[last] + 1 if last >= 0 else 0

    def stamp(self, up_to: int) -> tuple[Sequence[int], int]:
        """The first `up_to` messages are written: the places of those that were not known to be, and how many of them
        are of QoS 0.
        """
        begin, self.stamped = self.stamped, up_to
        unacknowledged = up_to - begin - bisect_left(self.positions, up_to) + bisect_left(self.positions, begin)
        return self.run.places[begin:up_to], unacknowledged

    def rest(self) -> Sequence[int]:
        """The places in the batch of what is not confirmed."""
        if isinstance(self.positions, range) and not self._early:
            return self.run.places[self.acknowledged :]
        settled = {self.positions[number] for number in (*range(self.acknowledged), *self._early)}
        settled |= set(range(self.stamped)) - set(self.positions)
        return [place for position, place in enumerate(self.run.places) if position not in settled]


def runs_of(delivery: BatchDelivery, batch: Sequence[Message]) -> list[Run]:
    """The batch in runs."""
    if 2 not in [message.qos for message in batch]:
        return [Run(delivery, batch, range(len(batch)))] if batch else []
    found: list[Run] = []
    for alone, group in groupby(range(len(batch)), key=lambda place: batch[place].qos == 2):
        places = list(group)
        parts = [range(place, place + 1) for place in places] if alone else [range(places[0], places[-1] + 1)]
        found += [Run(delivery, batch, part) for part in parts]
    return found
