"""The thread that lets a simulated factory publish, paced by a clock."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, replace

from aps.simulator.commands import FILTERS
from aps.simulator.faults import Faults
from aps.simulator.inbox import Inbox
from aps.simulator.plant import Plant, Scenario, build_plant
from core.clock import Clock
from core.errors import PublishRefused, SessionManagerError
from core.ports import Delivery, MessageSource, Publisher, Undo

MAX_OPEN = 2_000
"""Messages that the broker has not confirmed yet; above this the factory stands still (it sends about 5 a second)."""

PATIENCE_S = 0.25
"""How long the thread waits for a confirmation before it looks whether it shall stop."""


DEFAULT = Scenario()


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
    refusal: str = ""
    """Why it did not do what was asked of it last, as a sentence; empty if it always did."""
    problem: str = ""
    """Why it ended by itself before its orders had ended, as a sentence; empty otherwise."""


class Simulator:
    """Publishes a factory's traffic until its orders have ended, or until it is stopped.

    The same scenario and the same start time give the same messages in the same order. With a `source` it also reacts
    to what others publish: orders, commands, a reset. `faults` may be changed while it runs. Raises UsageError for a
    scenario that is not possible.
    """

    def __init__(
        self,
        publisher: Publisher,
        clock: Clock,
        scenario: Scenario = DEFAULT,
        faults: Faults | None = None,
        source: MessageSource | None = None,
    ) -> None:
        scenario.check()
        self._publisher = publisher
        self._clock = clock
        self._scenario = scenario
        self._source = source
        self.faults = faults or Faults()
        """What goes wrong at the moment."""
        self._lock = threading.Lock()
        self._inbox = Inbox()
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
            plant = build_plant(start_ns, self._scenario, self.faults)
            self._inbox = Inbox()
            self._status = SimulatorStatus(running=True, started_ns=start_ns, activity=plant.factory.activity)
            arguments = (plant, self._inbox, self._listen(self._inbox))
            self._thread = threading.Thread(target=self._run, args=arguments, name="simulator", daemon=True)
            self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Ends the thread; `timeout` in seconds. Does nothing if it does not run."""
        self._inbox.stop()
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

    def _listen(self, inbox: Inbox) -> Undo:
        if self._source is None:
            return lambda: None
        return self._source.subscribe_listener(FILTERS, inbox.receive)

    def _run(self, plant: Plant, inbox: Inbox, stop_listening: Undo) -> None:
        problem = ""
        try:
            self._publish_until_end(plant, inbox)
            problem = plant.factory.problem
        except SessionManagerError as error:
            problem = str(error)
        finally:
            stop_listening()
            self._status = replace(self._status, running=False, problem=problem)

    def _publish_until_end(self, plant: Plant, inbox: Inbox) -> None:
        factory, engine = plant.factory, plant.engine
        unconfirmed = _Unconfirmed()
        while not factory.finished and (due_ns := engine.next_ns()) is not None:
            self._clock.wait_until(due_ns, inbox.wake)
            if inbox.stopping:
                return
            messages = engine.run_until(self._clock.now_ns())
            commands = inbox.take()
            if commands:
                engine.advance(self._clock.now_ns())
                for command in commands:
                    plant.commands.receive(command)
                messages += engine.run_until(self._clock.now_ns())
            if messages:
                if self._source is not None:
                    inbox.expect(messages)
                unconfirmed.add(self._publisher.publish_batch(messages), len(messages))
            self._status = replace(
                self._status,
                published=self._status.published + len(messages),
                orders_done=factory.orders_done,
                activity=factory.activity,
                refusal=factory.refusal,
            )
            if unconfirmed.count() > MAX_OPEN:
                stood_still_ns = self._await_confirmations(unconfirmed, inbox, MAX_OPEN)
                engine.postpone(stood_still_ns)
        self._await_confirmations(unconfirmed, inbox, 0)  # who waits for the end wants it to have arrived

    def _await_confirmations(self, unconfirmed: _Unconfirmed, inbox: Inbox, most: int) -> int:
        """Blocks while more than `most` messages are open; returns for how long, in nanoseconds."""
        since_ns = self._clock.now_ns()
        while unconfirmed.count() > most and not inbox.stopping:
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
