"""Ctrl-C and SIGTERM as something that a command waits for, so that everything can be ended in order."""

from __future__ import annotations

import contextlib
import os
import select
import signal
from collections.abc import Iterator
from types import FrameType

import typer

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interrupts:
    """Whether somebody asked the program to end.

    The handler takes no lock: a `threading.Event` set by a handler can deadlock with the main thread that is just
    about to wait for it. A pipe, written by the interpreter itself, wakes the waiting thread instead.
    """

    def __init__(self, wakeup: int) -> None:
        self._wakeup = wakeup
        self._signal: int | None = None

    def handle(self, number: int, _frame: FrameType | None) -> None:
        """Remembers the first signal; later ones change nothing, because what it asks for is already under way."""
        if self._signal is None:
            self._signal = number

    @property
    def requested(self) -> bool:
        """Whether a signal has come."""
        return self._signal is not None

    def abort_if_requested(self) -> None:
        """Raises Abort, which ends the program with its exit code, where nothing has begun that must be ended."""
        if self.requested:
            raise typer.Abort

    def wait(self, seconds: float) -> bool:
        """Blocks until a signal comes or `seconds` are over. Returns whether one has come."""
        if not self.requested:
            select.select([self._wakeup], [], [], seconds)
        return self.requested


@contextlib.contextmanager
def interruptible() -> Iterator[Interrupts]:
    """Within the block SIGINT, SIGTERM and SIGHUP do nothing but show in the `Interrupts`. Main thread only."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    interrupts = Interrupts(reading)
    before = {number: signal.signal(number, interrupts.handle) for number in SIGNALS}
    descriptor = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield interrupts
    finally:
        signal.set_wakeup_fd(descriptor)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)
