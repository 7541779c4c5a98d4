"""The thread that lets a simulated factory publish, paced by a clock."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aps.simulator.factory import Factory
from aps.simulator.payloads import COLOURS
from aps.simulator.plant import build_factory
from core.clock import Clock
from core.errors import PublishRefused, SessionManagerError, UsageError
from core.ports import Delivery, Publisher

MAX_OPEN = 2_000
"""Messages that the broker has not confirmed yet; above this the factory stands still (it sends about 5 a second)."""

PATIENCE_S = 0.25
"""How long the thread waits for a confirmation before it looks whether it shall stop."""


@dataclass(frozen=True, slots=True)
class SimulatorStatus:
    """A snapshot of a simulator."""

    running: bool = False
    published: int = 0
    """Messages handed to the publisher since the last start."""
    started_ns: int = 0
    """When it was started last, nanoseconds since the epoch; 0 if never."""
    orders_done: int = 0
    activity: str = ""
    """What the factory does at the moment, for people: `PRODUCTION WHITE: step 4 of 12, DRILL.PICK`."""
    problem: str = ""
    """Why it ended by itself before its orders had ended, as a sentence; empty otherwise."""


class Simulator:
    """Publishes a factory's traffic until its orders have ended, or until it is stopped.

    The same seed and the same start time give the same messages in the same order. `speed` 2.0 is twice as fast as
    the real factory. `orders` are colours (`WHITE`, `RED`, `BLUE`), one production order each; without any, orders
    follow each other endlessly. Raises UsageError for an unknown colour or a speed that is not positive.
    """

    def __init__(
        self, publisher: Publisher, clock: Clock, seed: int = 1, speed: float = 1.0, orders: Sequence[str] | None = None
    ) -> None:
        if not 0 < speed <= 1_000:
            raise UsageError(f"A speed of {speed} is not possible: give a number above 0, at most 1000.")
        self._publisher = publisher
        self._clock = clock
        self._seed = seed
        self._speed = speed
        self._orders = None if orders is None else _colours(orders)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._status = SimulatorStatus()

    def start(self) -> None:
        """Starts from the beginning; does nothing if it runs. Raises PublishRefused."""
        if not self._publisher.may_publish:
            raise PublishRefused(
                f"{self._publisher.label} is not marked for publishing: choose another environment for the simulator."
            )
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                return
            start_ns = self._clock.now_ns()
            factory = build_factory(start_ns, self._seed, self._speed, self._orders)
            self._stopping = threading.Event()
            self._status = SimulatorStatus(running=True, started_ns=start_ns, activity=factory.activity)
            arguments = (factory, self._stopping)
            self._thread = threading.Thread(target=self._run, args=arguments, name="simulator", daemon=True)
            self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Ends the thread; `timeout` in seconds. Does nothing if it does not run."""
        self._stopping.set()
        self.wait(timeout)

    def wait(self, timeout: float) -> bool:
        """Blocks until it has ended; False when `timeout` (seconds) is over first."""
        thread = self._thread
        if thread is None:
            return True
        thread.join(timeout)
        return not thread.is_alive()

    def status(self) -> SimulatorStatus:
        """What it does at the moment."""
        return self._status

    def _run(self, factory: Factory, stopping: threading.Event) -> None:
        problem = ""
        try:
            self._publish_until_end(factory, stopping)
        except SessionManagerError as error:
            problem = str(error)
        finally:
            self._status = replace(self._status, running=False, problem=problem)

    def _publish_until_end(self, factory: Factory, stopping: threading.Event) -> None:
        engine = factory.engine
        unconfirmed = _Unconfirmed()
        while not factory.finished and (due_ns := engine.next_ns()) is not None:
            if self._clock.wait_until(due_ns, stopping):
                return
            messages = engine.run_until(self._clock.now_ns())
            if messages:
                unconfirmed.add(self._publisher.publish_batch(messages), len(messages))
            self._status = replace(
                self._status,
                published=self._status.published + len(messages),
                orders_done=factory.orders_done,
                activity=factory.activity,
            )
            if unconfirmed.count() > MAX_OPEN:
                stood_still_ns = self._await_confirmations(unconfirmed, stopping, MAX_OPEN)
                engine.postpone(stood_still_ns)
        self._await_confirmations(unconfirmed, stopping, 0)  # who waits for the end wants it to have arrived

    def _await_confirmations(self, unconfirmed: _Unconfirmed, stopping: threading.Event, most: int) -> int:
        """Blocks while more than `most` messages are open; returns for how long, in nanoseconds."""
        since_ns = self._clock.now_ns()
        while unconfirmed.count() > most and not stopping.is_set():
            unconfirmed.wait(PATIENCE_S)
        return self._clock.now_ns() - since_ns


class _Unconfirmed:
    """The batches that the broker has not confirmed completely, oldest first."""

    def __init__(self) -> None:
        self._batches: deque[tuple[Delivery, int]] = deque()

    def add(self, delivery: Delivery, messages: int) -> None:
        self._batches.append((delivery, messages))

    def count(self) -> int:
        """How many messages are open; forgets the batches in which none is."""
        while self._batches and self._open(*self._batches[0]) <= 0:
            self._batches.popleft()
        return sum(self._open(delivery, messages) for delivery, messages in self._batches)

    def wait(self, timeout: float) -> None:
        """Waits for the oldest batch, at most `timeout` seconds."""
        self._batches[0][0].wait(timeout)

    @staticmethod
    def _open(delivery: Delivery, messages: int) -> int:
        return messages - delivery.confirmed() - delivery.failed()


def _colours(orders: Sequence[str]) -> tuple[str, ...]:
    colours = tuple(order.strip().upper() for order in orders)
    if not colours:
        raise UsageError("No orders were given: name at least one of white, red and blue, or leave the list out.")
    unknown = [order for order, colour in zip(orders, colours, strict=True) if colour not in COLOURS]
    if unknown:
        raise UsageError(f"There are no workpieces of the colour '{unknown[0]}': choose from white, red and blue.")
    return colours
