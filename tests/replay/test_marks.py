"""Positions by name."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from core.errors import UsageError
from core.message import NS_PER_SECOND
from replay.marks import Mark, marks_of, position_of
from store.events import Event, EventKind
from store.reading import Reader
from tests.replay.sessions import START_NS


class Marked:
    """A session of which only the marks matter."""

    def __init__(self, marks: Sequence[tuple[float, str]]) -> None:
        self._marks = marks

    @property
    def metadata(self) -> Marked:
        return self

    started_ns = START_NS

    def events(self) -> list[Event]:
        found = [Event(START_NS + round(at * NS_PER_SECOND), EventKind.MARK, text) for at, text in self._marks]
        return [Event(START_NS, EventKind.PAUSE, "gripper"), *found]


def marked(*marks: tuple[float, str]) -> Reader:
    return Marked(marks)  # type: ignore[return-value]


def test_marks_come_in_the_order_of_time():
    assert marks_of(marked((9, "late"), (1.5, ""))) == [Mark(1.5, ""), Mark(9, "late")]


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("12.5", 12.5),
        ("1:30", 90),
        ("0:07.25", 7.25),
        ("1:02:03", 3723),
        ("Gripper jams", 7),
        ("JAMS", 7),
        ("order", 1),
        ("-3", -3),
    ],
)
def test_a_position_is_a_number_a_time_or_what_a_mark_says(text: str, position: float):
    assert position_of(marked((1, "order"), (3, "order placed"), (7, "gripper jams")), text) == position


def test_a_text_that_stands_for_several_marks_names_their_places():
    with pytest.raises(UsageError, match="'or' stands for 2 marks, at 1, 3 s: give the seconds instead"):
        position_of(marked((1, "order"), (3, "order placed")), "or")


@pytest.mark.parametrize(("marks", "known"), [((), "none"), (((1, "a"), (2, "b")), "'a', 'b'")])
def test_a_text_that_is_no_mark_says_which_there_are(marks: Sequence[tuple[float, str]], known: str):
    with pytest.raises(UsageError, match=f"'start' is neither .* Its marks: {known}."):
        position_of(marked(*marks), "start")


def test_more_than_59_seconds_are_no_time_of_a_stopwatch():
    with pytest.raises(UsageError, match="'1:75' is neither a time"):
        position_of(marked(), "1:75")
