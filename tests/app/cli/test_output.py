"""How results are printed."""

from __future__ import annotations

import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cli import output

NS = 1_000_000_000


@given(st.text())
def test_what_is_printed_never_commands_the_terminal(text: str) -> None:
    """A topic or a name comes from strangers."""
    shown = output.printable(text)
    assert shown.isprintable()
    assert output.printable(shown) == shown


def test_escape_sequences_are_shown() -> None:
    assert output.printable("a\x1b[31mred\nüß🙂") == "a\\x1b[31mred üß🙂"


@given(st.integers(0, 4_000_000_000 * 10**6))
def test_times_in_json_keep_the_microsecond(microseconds: int) -> None:
    from datetime import UTC, datetime, timedelta

    text = output.iso(microseconds * 1000)
    assert text is not None
    assert datetime.fromisoformat(text) == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


def test_times_for_people_name_their_zone() -> None:
    assert len(output.moment(1_756_226_334 * NS).split()) == 3
    assert output.moment(None) == ""


def test_a_table_on_a_pipe_is_aligned_and_cuts_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(("NAME", "N"), [("a" * 200, "1"), ("b", "1,000")], right=("N",))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines] == [["NAME", "N"], ["a" * 200, "1"], ["b", "1,000"]]
    assert len({len(line) for line in lines}) == 1


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_table_on_a_terminal_takes_names_literally(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    output.table(("NAME",), [("[red]x[/red]",), ("\x1b[2J",)])
    assert "[red]x[/red]" in screen.getvalue()
    assert "\x1b[2J" not in screen.getvalue()


def test_an_error_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    output.error("first\n  second")
    assert capsys.readouterr().err == "Error: first second\n"
