"""Progress: a bar on a terminal, plain lines otherwise."""

from __future__ import annotations

import io

from app.cli.progress import Progress
from core.clock import ManualClock

S = 1_000_000_000


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_without_a_terminal_there_is_a_line_every_ten_seconds() -> None:
    clock, stream = ManualClock(), io.StringIO()
    with Progress(clock, stream) as progress:
        progress.say("begins")
        for second in range(26):
            progress.update(f"at {second}", second, 100)
            clock.advance(S)
    assert stream.getvalue().splitlines() == ["begins", "at 10", "at 20"]


def test_a_pause_does_not_cause_a_burst_of_lines() -> None:
    clock, stream = ManualClock(), io.StringIO()
    with Progress(clock, stream) as progress:
        clock.advance(60 * S)
        for _ in range(5):
            progress.update("now")
    assert stream.getvalue().splitlines() == ["now"]


def test_on_a_terminal_lines_stay_and_texts_are_literal() -> None:
    stream = Terminal()
    with Progress(ManualClock(), stream) as progress:
        progress.say("recording [bold]x\x1b[2J")
        progress.update("[red]1 message", 1, 2)
    assert "recording [bold]x\\x1b[2J" in stream.getvalue()
    assert "[red]1 message" in stream.getvalue()


def test_on_a_terminal_there_is_a_bar_only_if_there_is_an_end() -> None:
    endless, ending = Terminal(), Terminal()
    with Progress(ManualClock(), endless) as progress:
        progress.update("1 message")
    with Progress(ManualClock(), ending) as progress:
        progress.update("1 message", 1, 2)
    assert "━" not in endless.getvalue()
    assert "━" in ending.getvalue()
