"""The loop that publishes: what is due, when it is due, no faster than the broker confirms."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Final

from core.clock import Clock
from core.errors import BrokerError
from core.message import NS_PER_SECOND, Message
from core.ports import ConnectionState, Publisher
from replay.pacing import ReplayClock
from replay.schedule import Due
from replay.timing import TimingHistogram
from replay.transforms import ReplayTransform
from replay.window import Window

MAX_BATCH: Final = 500
"""Messages in one call of the publisher: enough to make its cost per message small, a few milliseconds of work."""
MAX_BATCH_BYTES: Final = 4 * 1024 * 1024
"""Ends a batch: a large payload does not have to wait for others."""
READ_AHEAD: Final = 2
"""Messages read before the first of them is due: whether the second one is due too is known then without reading."""
LOOK_AGAIN_S: Final = 0.02
"""How soon a connection that is missing, or a full window, is looked at again."""
LAST_CONFIRMATIONS_S: Final = 1.0
"""How long a stopped replay waits for what is under way."""


class _Patience:
    """Runs out when nothing has been confirmed for too long."""

    def __init__(self, clock: Clock, limit_ns: int, window: Window) -> None:
        self._clock = clock
        self._limit_ns = limit_ns
        self._window = window
        self._settled = window.settled()
        self._since_ns = clock.now_ns()

    def used_up(self) -> bool:
        """Looks whether something was confirmed since the last look."""
        settled, now_ns = self._window.settled(), self._clock.now_ns()
        if settled != self._settled:
            self._settled, self._since_ns = settled, now_ns
        return now_ns - self._since_ns >= self._limit_ns


class Publishing:
    """Publishes a schedule. One thread runs it; its attributes may be read by others."""

    def __init__(
        self, publisher: Publisher, clock: Clock, pace: ReplayClock, transform: ReplayTransform, give_up_s: float
    ) -> None:
        self._publisher = publisher
        self._clock = clock
        self._pace = pace
        self._transform = transform
        self._give_up_s = give_up_s
        self.timing = TimingHistogram()
        """Complete when the window is closed."""
        self.window = Window(self.timing)
        self.following: Due | None = None
        """What is published next, or was last."""
        self.refused = 0
        """Messages that cannot be published to their topic."""
        self.stripped = 0
        """Messages published without the properties they were recorded with."""
        self.waits_for = ""
        """What is missing at the moment, as a sentence; empty if nothing is."""

    def await_first_connection(self) -> bool:
        """Blocks until there is somebody to take the first message; False if the replay was stopped before."""
        while self._pace.sleep_until(0):
            if self._ready():
                return True
            self._await_ready()
        return False

    def publish(self, dues: Iterator[Due]) -> None:
        """Publishes all of `dues`, or until the replay is stopped. Raises BrokerError when nothing moves for long."""
        for batch in self._batches(dues):
            self._publish_batch(batch)
            self.following = batch[-1]

    def await_confirmations(self) -> None:
        """Blocks until nothing is open; a stopped replay waits only for a moment, and for what has left already."""
        patience = self._new_patience()
        waited_s = 0.0
        while self.window.open() and waited_s < LAST_CONFIRMATIONS_S:
            self._check(patience)
            if self._pace.stopped:
                self.window.cancel()
                waited_s += LOOK_AGAIN_S
            self.window.wait(LOOK_AGAIN_S)

    def close(self) -> None:
        """Nothing leaves any more, and nothing is measured."""
        self.window.cancel()
        self.window.close()

    def _batches(self, dues: Iterator[Due]) -> Iterator[list[Due]]:
        """What is due together, when it is due and can be published."""
        upcoming = deque(islice(dues, READ_AHEAD))
        while upcoming:
            self.following = upcoming[0]
            if not self._pace.sleep_until(upcoming[0].offset_ns):
                return
            if not self._ready():
                self._await_ready()
                continue
            horizon_ns = self._pace.horizon_ns()
            if horizon_ns < 0:  # paused a moment ago
                continue
            batch: list[Due] = []
            size = 0
            while upcoming and (upcoming[0].offset_ns <= horizon_ns or not batch):
                batch.append(upcoming.popleft())
                size += len(batch[-1].message.payload)
                if len(batch) == MAX_BATCH or size >= MAX_BATCH_BYTES:
                    break
                if not upcoming:
                    upcoming.extend(islice(dues, 1))
            yield batch
            upcoming.extend(islice(dues, READ_AHEAD - len(upcoming)))

    def _publish_batch(self, batch: list[Due]) -> None:
        messages: list[Message] = []
        due_ns: list[int | None] = []
        for due in batch:
            message = self._transform(due.message)
            if message is not None:
                messages.append(message)
                due_ns.append(self._pace.due_ns(due.offset_ns))
        self.refused += len(batch) - len(messages)
        if not self._publisher.connection().carries_properties:
            self.stripped += sum(due.message.properties is not None for due in batch)
        if messages:
            self.window.add(self._publisher.publish_batch(messages), messages, due_ns)

    def _ready(self) -> bool:
        """Whether there is a connection, and room for a full batch of unconfirmed messages."""
        return self._connected() and self.window.room() >= MAX_BATCH

    def _connected(self) -> bool:
        return self._publisher.connection().state is ConnectionState.CONNECTED

    def _await_ready(self) -> None:
        """Blocks until it is ready, or steered."""
        patience = self._new_patience()
        while not self._ready():
            self._check(patience)
            if self._connected():
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

    def _new_patience(self) -> _Patience:
        return _Patience(self._clock, round(self._give_up_s * NS_PER_SECOND), self.window)

    def _check(self, patience: _Patience) -> None:
        if patience.used_up():
            raise BrokerError(
                f"{self._publisher.label} has confirmed nothing for {self._give_up_s:g} s, so the replay was given "
                "up. Check the broker, then replay again."
            )
