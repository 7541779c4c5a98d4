"""The thread that lets a simulated factory publish, paced by a clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.clock import Clock
from core.ports import Publisher


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
    """What the factory does at the moment, for people: `PRODUCTION WHITE: 4 of 12 DRILL.PICK`."""
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
        self._publisher = publisher

    def start(self) -> None:
        """Starts from the beginning; does nothing if it runs. Raises PublishRefused."""
        raise NotImplementedError

    def stop(self, timeout: float = 5.0) -> None:
        """Ends the thread; `timeout` in seconds. Does nothing if it does not run."""
        raise NotImplementedError

    def wait(self, timeout: float) -> bool:
        """Blocks until it has ended; False when `timeout` (seconds) is over first."""
        raise NotImplementedError

    def status(self) -> SimulatorStatus:
        """What it does at the moment."""
        raise NotImplementedError
