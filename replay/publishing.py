"""The way out: what is due goes to the publisher, no faster than the broker confirms, and is accounted for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final, Protocol

from core.clock import Clock
from core.errors import BrokerError
from core.message import LIVE, NS_PER_MILLISECOND, Message
from core.ports import ConnectionState, Delivery, Publisher
from core.timing import TimingHistogram
from replay.crossing import Crossing
from replay.pacing import ReplayClock
from replay.patience import Patience
from replay.pipeline import Pipeline
from replay.schedule import Due
from replay.status import TimeShift
from replay.window import Window

MAX_BATCH: Final = 500
"""Messages in one call of the publisher: enough to make its cost per message small, a few milliseconds of work."""
MAX_BATCH_BYTES: Final = 4 * 1024 * 1024
"""Ends a batch: a large payload does not have to wait for others."""
LOOK_AGAIN_S: Final = 0.02
"""How soon a connection that is missing, or a full window, is looked at again."""
LAST_CONFIRMATIONS_S: Final = 1.0
"""How long a stopped replay waits for what is under way."""
LAST_PROCESSED_S: Final = 5.0
"""How long the end of a replay waits for a sign that the broker has read everything."""


class Observer(Protocol):
    """Somebody who has to know what is published before it can come back from the broker."""

    def about_to_publish(self, messages: Sequence[Message], due_ns: Sequence[int | None]) -> None: ...


class Publishing:
    """Publishes what it is given. One thread uses it; its attributes may be read by others."""

    def __init__(
        self,
        publisher: Publisher,
        clock: Clock,
        pace: ReplayClock,
        pipeline: Pipeline,
        give_up_s: float,
        shift: TimeShift = TimeShift.NONE,
    ) -> None:
        self._publisher = publisher
        self._clock = clock
        self._pace = pace
        self._pipeline = pipeline
        self._give_up_s = give_up_s
        self._shift = shift
        self._shifted_at: tuple[int, int] | None = None
        self.observers: tuple[Observer, ...] = ()
        """Who is told; set before the first message."""
        self.timing = TimingHistogram()
        """Complete when the window is closed."""
        self.window = Window(self.timing)
        self.refused = 0
        """Messages that cannot be published to their topic."""
        self.stripped = 0
        """Messages published without the properties they were recorded with."""
        self.unstored = 0
        """Messages published without the retain flag, because the broker stores none."""
        self._crossing = Crossing()
        self.unproven = 0
        """Messages of QoS 0 of which it is not known that the broker has read them."""
        self._given_up = 0
        self._silence_s = 0.0
        """How long the outage lasts that is on."""
        self._connection = publisher.connection()
        """As it was looked at last."""
        self._clearing = False
        self.stored: set[str] = set()
        """Topics on which it has left a retained message."""
        self.waits_for = ""
        """What is missing at the moment, as a sentence; empty if nothing is."""

    def ready(self) -> bool:
        """Whether there is a connection, and room for a full batch of unconfirmed messages."""
        return self.connected() and self.window.has_room(MAX_BATCH)

    def connected(self) -> bool:
        """Whether there is a connection."""
        self._connection = self._publisher.connection()
        return self._connection.state is ConnectionState.CONNECTED

    def await_ready(self) -> None:
        """Blocks until it is ready, or steered. Raises BrokerError when nothing moves for too long."""
        patience = self._patience()
        while not self.ready():
            patience.check()
            if self.connected():
                self.waits_for = ""
                self.window.wait(LOOK_AGAIN_S)
                steered = self._pace.wait_steered(0)
            else:
                reason = self._publisher.connection().reason or "It is not connected yet."
                self.waits_for = f"Waiting for {self._publisher.label}. {reason}"
                steered = self._pace.wait_steered(LOOK_AGAIN_S)
            if steered:
                break
        self.waits_for = ""
        if self.connected():
            self._silence_s = 0.0

    def expect_silence(self, seconds: float) -> None:
        """The connection was cut on purpose: until it is back, nothing moves for so much longer."""
        self._silence_s = seconds

    def publish(self, batch: Sequence[Due]) -> None:
        """Publishes what is due now; it is `ready`."""
        self._shift_with_the_clock(batch[0])
        due_ns = self._pace.dues_ns([due.offset_ns for due in batch])
        changed = self._changed(batch)
        messages = [message for message in changed if message is not None]
        if len(messages) < len(batch):
            due_ns = [moment for moment, message in zip(due_ns, changed, strict=True) if message is not None]
            self.refused += len(batch) - len(messages)
        if not self._connection.carries_properties:
            self.stripped += sum(due.message.properties is not None for due in batch)
        if not self._connection.stores_retained:
            messages = self._unretained(messages)
        self._publish_in_order(messages, due_ns)

    def send_confirmed(self, messages: Sequence[Message]) -> None:
        """Publishes messages that have been through the pipeline, outside the plan, and waits for the confirmations.

        Raises BrokerError if one of them is not confirmed. A stopped replay gives up what is not sent yet.
        """
        if not self._publisher.connection().stores_retained:
            messages = self._unretained(messages)
        for begin in range(0, len(messages), MAX_BATCH):
            batch = messages[begin : begin + MAX_BATCH]
            self._announce(batch, [None] * len(batch))
            delivery = self._publisher.publish_batch(batch)
            patience = Patience(self._clock, self._give_up_s, partial(_settled, delivery), self._publisher.label)
            while not delivery.wait(LOOK_AGAIN_S):
                patience.check()
                if self._pace.stopped and not self._clearing:
                    self._given_up += delivery.cancel()
                    return
            if delivery.failed():
                raise BrokerError(
                    f"{self._publisher.label} did not take {delivery.failed()} of {len(messages)} messages that it has "
                    "to store. Check the broker's rights and limits, then replay again."
                )
        self.await_processed()

    def clears_up(self) -> bool:
        """Whether the broker still takes messages; then what is sent from now on outlasts a stop."""
        self._clearing = self.connected() and (self._pace.stopped or self.window.wait(LAST_CONFIRMATIONS_S))
        return self._clearing

    def await_confirmations(self) -> None:
        """Blocks until nothing is open; a stopped replay waits only for a moment, and for what has left already."""
        patience = self._patience()
        waited_s = 0.0
        while self.window.open() and waited_s < LAST_CONFIRMATIONS_S:
            patience.check()
            if self._pace.stopped:
                self.window.cancel()
                waited_s += LOOK_AGAIN_S
            self.window.wait(LOOK_AGAIN_S)

    def take_back(self) -> None:
        """What waits in line is not sent any more; blocks until what has left already is confirmed."""
        self.window.cancel()
        self._await_settled()
        self._crossing.settled()
        self.await_processed()  # else what the broker stores is looked at too early

    def close(self) -> None:
        """Nothing leaves any more, and nothing is measured."""
        self.window.cancel()
        self.window.close()

    def withdrawn(self) -> int:
        """How many of the messages that observers were told of have never been sent; complete after `close`."""
        return self._given_up + self.window.withdrawn()

    def await_processed(self) -> None:
        """Messages of QoS 0 are not confirmed one by one: blocks until the broker has read them."""
        patience_s = LAST_CONFIRMATIONS_S if self._pace.stopped else LAST_PROCESSED_S
        if self.unproven and self.connected() and self._publisher.await_processed(patience_s):
            self.unproven = 0

    def _changed(self, batch: Sequence[Due]) -> list[Message | None]:
        """As they are published; None for those that cannot be."""
        if self._shift is not TimeShift.MESSAGE:
            return self._pipeline.many([due.message for due in batch])
        found = []
        for due in batch:
            self.shift_to(due)
            found.append(self._pipeline(due.message))
        return found

    def _publish_in_order(self, messages: Sequence[Message], due_ns: Sequence[int | None]) -> None:
        if self._crossing.any and not self.window.open():
            self._crossing.settled()
        for number, part in enumerate(self._crossing.runs(messages)):
            if number:
                self._await_settled()
            if self._pace.stopped and number:
                return
            if chosen := messages[part]:
                self._announce(chosen, due_ns[part])
                self.window.add(self._publisher.publish_batch(chosen), chosen, due_ns[part])

    def _await_settled(self) -> None:
        patience = self._patience()
        while self.window.open() and not self._pace.stopped:
            patience.check()
            self.window.wait(LOOK_AGAIN_S)

    def _unretained(self, messages: Sequence[Message]) -> list[Message]:
        """A broker that stores nothing ends the connection at each message that it is to store."""
        self.unstored += sum(message.retain != LIVE for message in messages)
        return [message._replace(retain=LIVE) for message in messages]

    def _announce(self, messages: Sequence[Message], due_ns: Sequence[int | None]) -> None:
        for message in messages:
            if message.retain != LIVE:
                (self.stored.add if message.payload else self.stored.discard)(message.topic)
            if not message.qos:
                self.unproven += 1
        for observer in self.observers:
            observer.about_to_publish(messages, due_ns)

    def _shift_with_the_clock(self, first: Due) -> None:
        """Where the clock was set, or a pass begins, the moment of the message that comes first is its due time."""
        at = (self._pace.anchors, first.pass_number)
        if self._shift is TimeShift.RUN and at != self._shifted_at:
            self._shifted_at = at
            self.shift_to(first)

    def shift_to(self, due: Due) -> None:
        """Moves the times in payloads by as much as this message is moved: by whole milliseconds, as payloads count."""
        moment_ns = self._pace.due_ns(due.offset_ns) or self._clock.now_ns()
        offset_ns = moment_ns - due.message.at_ns
        self._pipeline.shift_by(offset_ns - offset_ns % NS_PER_MILLISECOND)

    def _patience(self) -> Patience:
        limit_s = self._give_up_s + self._silence_s
        return Patience(self._clock, limit_s, self.window.settled, self._publisher.label)


def _settled(delivery: Delivery) -> int:
    return delivery.confirmed() + delivery.failed()
