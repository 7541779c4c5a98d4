"""The progress of something long: a bar on a terminal, a plain line from time to time otherwise."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from app.cli import output
from core.clock import Clock, SystemClock
from core.message import NS_PER_SECOND

if TYPE_CHECKING:  # rich is imported on use: only a terminal needs it
    from rich import progress as rich_progress


class Progress:
    """One operation's progress; use it as a context manager. Written to `stream`."""

    PLAIN_EVERY_S = 10
    """Seconds between plain lines: enough to see that it lives, little enough for the log of a pipeline."""

    def __init__(self, clock: Clock, stream: TextIO | None = None) -> None:
        self._clock = clock
        self._stream = stream or sys.stdout
        self._bar = _Bar(self._stream) if self._stream.isatty() else None
        self._next_ns = clock.now_ns() + self.PLAIN_EVERY_S * NS_PER_SECOND

    def __enter__(self) -> Progress:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def update(self, text: str, done: float = 0.0, total: float | None = None) -> None:
        """Shows where it stands; `total` None if nobody knows where it ends."""
        if self._bar:
            self._bar.update(output.printable(text), done, total)
        elif (now_ns := self._clock.now_ns()) >= self._next_ns:
            self._next_ns = now_ns + self.PLAIN_EVERY_S * NS_PER_SECOND
            output.line(text, self._stream)

    def say(self, text: str) -> None:
        """A line that stays."""
        if self._bar:
            self._bar.say(output.printable(text))
        else:
            output.line(text, self._stream)


@contextmanager
def shown(text: str) -> Iterator[Callable[[int, int], None]]:
    """What tells how many of how many messages are done, shown on the error stream: the results go to the other one."""
    with Progress(SystemClock(), sys.stderr) as bar:
        yield lambda done, total: bar.update(f"{text}: {done:,} of {total:,} messages", done, total)


class _Bar:
    """The drawing of it on a terminal."""

    def __init__(self, stream: TextIO) -> None:
        from rich import progress
        from rich.console import Console

        self._console = Console(file=stream)
        self._progress = progress.Progress(
            progress.SpinnerColumn(),
            progress.TextColumn("{task.description}", markup=False),
            console=self._console,
            transient=True,
            refresh_per_second=4,
        )
        self._task = self._progress.add_task("", total=None)
        self._bar: rich_progress.BarColumn = progress.BarColumn()

    def start(self) -> None:
        self._progress.start()

    def stop(self) -> None:
        self._progress.stop()

    def update(self, text: str, done: float, total: float | None) -> None:
        if total is not None and self._bar not in self._progress.columns:
            # A bar without an end would only pulse.
            self._progress.columns = (self._progress.columns[0], self._bar, *self._progress.columns[1:])
        self._progress.update(self._task, description=text, completed=done, total=total)

    def say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)
