"""Time: the one place where clocks are read and where threads wait for a moment."""

from __future__ import annotations

import select
import sys
import threading
import time
from typing import Protocol

from core.message import NS_PER_MICROSECOND, NS_PER_SECOND


class Clock(Protocol):
    """A clock in UTC that never jumps."""

    def now_ns(self) -> int:
        """Nanoseconds since the epoch, UTC; a whole number of microseconds, never decreasing."""

    def wait_until(self, at_ns: int, wake: threading.Event) -> bool:
        """Blocks until the clock reaches `at_ns` or `wake` is set. Returns whether `wake` is set."""


class SystemClock:
    """The monotonic clock, anchored once to UTC, so that a step of the wall clock never bends a timing.

    Times are whole microseconds: the resolution of the log's timestamps, so that both files of a session agree.
    """

    SPIN_NS = 300_000
    """The kernel wakes a waiting thread 50 to 150 microseconds late; the rest is waited for actively."""

    def __init__(self) -> None:
        self._offset_ns = time.time_ns() - time.monotonic_ns()

    def now_ns(self) -> int:
        now = time.monotonic_ns() + self._offset_ns
        return now - now % NS_PER_MICROSECOND

    def wait_until(self, at_ns: int, wake: threading.Event) -> bool:
        target = at_ns - self._offset_ns
        while (left := target - time.monotonic_ns()) > self.SPIN_NS:
            if wake.wait(min((left - self.SPIN_NS) / NS_PER_SECOND, threading.TIMEOUT_MAX)):
                return True
        while time.monotonic_ns() < target:
            if wake.is_set():
                return True
            _give_way()
        return wake.is_set()


def _give_way() -> None:
    """Gives the interpreter lock to a network thread that waits for it."""
    if sys.platform == "win32":
        time.sleep(0)
    else:
        select.select((), (), (), 0)  # one microsecond; a sleep of 0 takes Linux as long as its timers may be late, 60


class ManualClock:
    """A clock that only moves when told to: tests of pacing need no waiting."""

    def __init__(self, now_ns: int = 0) -> None:
        self._now_ns = now_ns
        self._moved = threading.Condition()
        self.waiting_until_ns: int | None = None
        """What a thread waits for at the moment; None if none waits."""

    def now_ns(self) -> int:
        with self._moved:
            return self._now_ns

    def advance(self, by_ns: int) -> None:
        """Moves the clock forward and wakes those whose moment has come."""
        with self._moved:
            self._now_ns += by_ns
            self._moved.notify_all()

    def await_waiter(self, timeout: float = 5.0) -> bool:
        """Blocks until some thread waits on this clock; False when `timeout` (seconds) is over first."""
        with self._moved:
            return self._moved.wait_for(lambda: self.waiting_until_ns is not None, timeout)

    def wait_until(self, at_ns: int, wake: threading.Event) -> bool:
        with self._moved:
            while self._now_ns < at_ns and not wake.is_set():
                self.waiting_until_ns = at_ns
                self._moved.notify_all()
                self._moved.wait(0.01)  # `wake` is not tied to this condition: look at it every 10 ms
            self.waiting_until_ns = None
        return wake.is_set()
