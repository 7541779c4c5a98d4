"""Single keys from a terminal."""

from __future__ import annotations

import os
import pty
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.keys import Keys, keys
from tests.fakes import eventually


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, int]]:
    """Both ends of a terminal that is this program's standard input: the user's and the program's."""
    user, program = pty.openpty()
    with os.fdopen(program, closefd=False) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield user, program
        monkeypatch.undo()
    os.close(user)
    os.close(program)


def typed(found: Keys, wanted: int) -> list[str]:
    """What comes, at least so many keys."""
    collected: list[str] = []

    def enough() -> bool:
        collected.extend(found.pressed())
        return len(collected) >= wanted

    eventually(enough, "the keys")
    return collected


def test_a_key_comes_without_enter(terminal: tuple[int, int]):
    with keys() as found:
        assert found.active
        assert found.pressed() == []
        os.write(terminal[0], b" n")
        assert typed(found, 2) == [" ", "n"]


@pytest.mark.parametrize(("sent", "key"), [(b"\x1b[C", "right"), (b"\x1bOD", "left"), (b"\r", "\n")])
def test_keys_that_are_no_letters_have_names(terminal: tuple[int, int], sent: bytes, key: str):
    with keys() as found:
        os.write(terminal[0], sent)
        assert typed(found, 1) == [key]


def test_a_key_that_is_not_known_is_none(terminal: tuple[int, int]):
    with keys() as found:
        os.write(terminal[0], b"\x1b[17~")
        eventually(lambda: found.pressed() == [], "the look")
        os.write(terminal[0], b"q")
        assert typed(found, 1) == ["q"]


def test_the_terminal_is_as_before_at_the_end(terminal: tuple[int, int]):
    before = termios.tcgetattr(terminal[1])
    with keys():
        assert termios.tcgetattr(terminal[1]) != before
    assert termios.tcgetattr(terminal[1]) == before


def test_without_a_terminal_there_are_no_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "input").write_text("q")
    with (tmp_path / "input").open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        with keys() as found:
            assert not found.active
            assert found.pressed() == []
