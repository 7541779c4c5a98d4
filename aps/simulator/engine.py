"""Simulated time: processes that wait for each other's moments, and the messages that they publish meanwhile."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Generator
from itertools import count
from typing import TypeAlias, TypeVar

from aps.simulator.delivery import delivery_of, separators_of
from core.message import LIVE, LIVE_RETAINED, NS_PER_MICROSECOND, NS_PER_SECOND, Message


class Signal:
    """Something that processes wait for: all that wait go on when it is given, in the order in which they came."""

    def __init__(self) -> None:
        self.waiting: list[Process] = []


Process: TypeAlias = Generator[float | Signal, None, None]
"""An actor: publishes what it has to, then yields the simulated seconds until it goes on, or a signal to wait for."""

Result = TypeVar("Result")
Work: TypeAlias = Generator[float | Signal, None, Result]
"""A part of an actor's life that has a result."""


class Engine:
    """Runs processes in the order of their due times; a pure calculation that waits for nothing.

    Simulated time begins with 0 at `start_ns` and passes `speed` times as fast as the clock.
    """

    def __init__(self, start_ns: int, speed: float = 1.0) -> None:
        self._start_ns = start_ns
        self._speed = speed
        self._elapsed_ns = 0
        self._waiting: list[tuple[int, int, Process]] = []
        self._sequence = count()  # processes that are due at the same moment go on in the order of their scheduling
        self._published: list[Message] = []
        self.on_publish: Callable[[str], None] | None = None
        """Called with the topic after each message, so that the factory can react."""

    @property
    def now_ns(self) -> int:
        """The clock time of the current moment, whole microseconds since the epoch in nanoseconds."""
        return self._clock_ns(self._elapsed_ns)

    def next_ns(self) -> int | None:
        """The clock time at which the next process is due; None if none is left."""
        return self._clock_ns(self._waiting[0][0]) if self._waiting else None

    def spawn(self, process: Process, delay_s: float = 0.0) -> None:
        """Starts a process after `delay_s` simulated seconds."""
        due_ns = self._elapsed_ns + max(0, round(delay_s * NS_PER_SECOND))
        heapq.heappush(self._waiting, (due_ns, next(self._sequence), process))

    def give(self, signal: Signal) -> None:
        """Lets everybody go on who waits for it now."""
        waiting, signal.waiting = signal.waiting, []
        for process in waiting:
            self.spawn(process)

    def publish(self, topic: str, value: object) -> None:
        """Publishes `value` as JSON now, with the QoS and retain flag that this topic has in the real factory."""
        qos, retained = delivery_of(topic)
        payload = json.dumps(value, separators=separators_of(topic)).encode()
        self._published.append(Message(topic, payload, qos, LIVE_RETAINED if retained else LIVE, self.now_ns))
        if self.on_publish:
            self.on_publish(topic)

    def run_until(self, at_ns: int, limit: int = 1_000) -> list[Message]:
        """What is published up to and including the clock time `at_ns`; ends early after about `limit` messages."""
        while self._waiting and len(self._published) < limit and self._clock_ns(self._waiting[0][0]) <= at_ns:
            self._elapsed_ns, _, process = heapq.heappop(self._waiting)
            wanted = next(process, None)
            if isinstance(wanted, Signal):
                wanted.waiting.append(process)
            elif wanted is not None:
                self.spawn(process, wanted)
        published, self._published = self._published, []
        return published

    def advance(self, to_ns: int) -> None:
        """Makes the clock time `to_ns` the current moment, for what comes from outside; never past the next process."""
        elapsed_ns = round((to_ns - self._start_ns) * self._speed)
        if self._waiting:
            elapsed_ns = min(elapsed_ns, self._waiting[0][0])
        self._elapsed_ns = max(self._elapsed_ns, elapsed_ns)

    def postpone(self, by_ns: int) -> None:
        """Moves everything that is still to come later by this much clock time: the factory stood still."""
        self._start_ns += by_ns

    def _clock_ns(self, elapsed_ns: int) -> int:
        at_ns = self._start_ns + round(elapsed_ns / self._speed)
        return at_ns - at_ns % NS_PER_MICROSECOND
