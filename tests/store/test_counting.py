"""With an outline, counts, times and last messages are those of the messages, and little is looked through."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from store import latest
from store.counting import Counting
from store.latest import Latest
from store.pieces import LAST_ID, Piece, pieces
from store.results import Span
from tests.store.outlined import SPACING, Case, Row, cases, connected, extent, questions, within


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
)
"""The first message of topic 1 lies in the block that begins later, the last one in that which ends earlier."""


@settings(max_examples=50)
@example(LATER_BLOCK)
@given(cases())
def test_counts_and_times_are_those_of_the_messages(case: Case) -> None:
    with connected(case.rows) as connection:
        outline = case.outline(connection)
        for asked in questions(case):
            matching, looked = asked.matching(), list[str]()
            counting = Counting(connection, asked.condition(), outline)
            assert counting.count(case.after_id) == len(within(matching, case.after_id, LAST_ID))
            connection.set_trace_callback(looked.append)
            assert counting.span() == (Span(len(matching), *extent(matching)) if matching else Span(0, 0, 0))
            connection.set_trace_callback(None)
            for piece in () if asked.qos or asked.retained else pieces(outline, case.time):
                times = sum(f"id > {piece.after_id} AND id <= {piece.through_id} " in sql for sql in looked)
                assert times <= most_looks(piece, asked.topics, matching)


def most_looks(piece: Piece, topics: Collection[int] | None, matching: Sequence[Row]) -> int:
    """How often a span may look through a piece: a known block only for its topics' first and last message."""
    if piece.block is None:
        return 1
    if topics is None or not matching:
        return 0
    first, last = extent(matching)
    return (piece.block.first_ns <= first) + (piece.block.last_ns >= last)


@settings(max_examples=50)
@given(cases(), st.sampled_from([1, 2, SPACING, SPACING, 4, 9]))
def test_last_messages_are_those_of_the_messages(case: Case, size: int) -> None:
    with connected(case.rows) as connection:
        outline = case.outline(connection)
        for asked in questions(case):
            last, matching = Latest(connection, asked.condition(), outline), asked.matching()
            here = within(matching, case.after_id, case.through_id)
            found = last.ids(asked.all_topics, case.after_id, case.through_id)
            assert found == {row.topic_id: row.id for row in matching if row.id in here}
            check_stretches(last, matching, size)


def check_stretches(last: Latest, matching: Sequence[Row], size: int) -> None:
    """Each tells the last messages of about `size` that come after the stretch before."""
    before = 0
    for stretch in last.stretches(size):
        inside = [row for row in matching if before < row.id <= stretch.through_id]
        assert stretch.latest == {row.topic_id: row.id for row in inside}
        assert stretch.latest
        assert len(inside) <= size if size < SPACING else len(inside) < 2 * size
        before = stretch.through_id
    assert not [row for row in matching if row.id > before]
