"""With an outline, counts, times and last messages are those of the messages, and little is looked through."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from store import latest
from store.counting import Counting
from store.latest import Latest
from store.pieces import LAST_ID, Piece, TimeRange, pieces
from store.results import Span
from tests.store.outlined import SPACING, Case, Question, Row, connected, extent, questions, within


@pytest.fixture(autouse=True)
def also_short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks do for stretches of so many messages."""
    monkeypatch.setattr(latest, "SPACING", SPACING)


LATER_BLOCK = Case(
    [
        Row(number, at, topic, 0, 0)
        for number, (at, topic) in enumerate([(0, 2), (9, 1), (9, 2), (3, 2), (4, 1), (20, 2)], 1)
    ],
    3,
    is_whole=True,
    time=TimeRange(),
    include=("a",),
    after_id=0,
    through_id=LAST_ID,
)
"""The first message of the topic lies in the block that begins later, the last one in that which ends earlier."""


@example(Question(LATER_BLOCK, retained=False, qos=()))
@given(questions(st.sampled_from([False, False, True])))
def test_counts_and_times_are_those_of_the_messages(asked: Question) -> None:
    case, matching, looked = asked.case, asked.matching(), list[str]()
    with connected(case.rows) as connection:
        outline = case.outline(connection)
        counting = Counting(connection, asked.condition(), outline)
        assert counting.count(case.after_id) == len([row for row in matching if row.id > case.after_id])
        connection.set_trace_callback(looked.append)
        assert counting.span() == (Span(len(matching), *extent(matching)) if matching else Span(0, 0, 0))
        connection.set_trace_callback(None)
    if asked.known and not asked.retained:
        for piece in pieces(outline, case.time):
            times = sum(f"id > {piece.after_id} AND id <= {piece.through_id} " in sql for sql in looked)
            assert times <= most_looks(piece, case, matching)


def most_looks(piece: Piece, case: Case, matching: Sequence[Row]) -> int:
    """How often a span may look through a piece: a known block only for its topic's first and last message."""
    if piece.block is None:
        return 1
    if case.topics is None or not matching:
        return 0
    first, last = extent(matching)
    return (piece.block.first_ns <= first) + (piece.block.last_ns >= last)


@given(questions(st.booleans()), st.sampled_from([1, 2, SPACING, SPACING, 4, 9]))
def test_last_messages_are_those_of_the_messages(asked: Question, size: int) -> None:
    case, matching = asked.case, asked.matching()
    with connected(case.rows) as connection:
        last = Latest(connection, asked.condition(), case.outline(connection))
        found = last.ids(asked.topics, case.after_id, case.through_id)
        stretches = list(last.stretches(size))
    here = set(within(matching, case.after_id, case.through_id))
    assert found == {row.topic_id: row.id for row in matching if row.id in here}
    before = 0
    for stretch in stretches:
        inside = [row for row in matching if before < row.id <= stretch.through_id]
        assert stretch.latest == {row.topic_id: row.id for row in inside}
        assert stretch.latest
        assert len(inside) <= size if size < SPACING else len(inside) < 2 * size
        before = stretch.through_id
    assert not [row for row in matching if row.id > before]
