"""What an outline says of a session's messages, and where it lets a reader look, against the messages themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from store.outline import Block, Outline, agrees
from store.pieces import LAST_ID, Piece, TimeRange, bounds, pieces, ranges
from tests.store.outlined import (
    SPACING,
    Case,
    Row,
    blocks_of,
    cases,
    connected,
    contents,
    described,
    extent,
    wants,
    within,
)


def plain(blocks: Iterable[Block]) -> list[Block]:
    """With its topics in order."""
    return [block._replace(cells=tuple(sorted(block.cells))) for block in blocks]


@given(contents(), st.integers(1, 12))
def test_the_blocks_say_what_the_messages_say(rows: Sequence[Row], max_cells: int) -> None:
    """Also when two and two of them have become one, because there would be too many cells."""
    with connected(rows) as connection:
        outline = Outline(spacing=SPACING, max_cells=max_cells)
        for row in rows:
            outline.extend(connection, row.id, 1)
        begun = Outline(spacing=SPACING)
        begun.extend(connection, LAST_ID, 2)
        assert len(begun.blocks) == min(2, len(rows) // SPACING)
        full = len(rows) - len(rows) % outline.spacing
        assert plain(outline.blocks) == [described(block) for block in blocks_of(rows[:full], outline.spacing)]
        whole = outline.finished(connection, LAST_ID)
        assert agrees(whole, connection)
    blocks = [described(block) for block in blocks_of(rows, outline.spacing)]
    assert plain(whole.blocks) == blocks
    assert (whole.spacing, whole.is_whole) == (outline.spacing, True)
    assert whole.contiguous == ([row.id for row in rows] == list(range(1, len(rows) + 1)))
    assert len(outline.blocks) % 2 or cells(outline.blocks) <= max_cells
    if outline.spacing > SPACING:
        assert cells(described(block) for block in blocks_of(rows, outline.spacing // 2)) > max_cells
    again = Outline.from_json(whole.to_json())
    assert again is not None
    assert (again.blocks, again.spacing, again.is_whole) == (whole.blocks, whole.spacing, True)


def cells(blocks: Iterable[Block]) -> int:
    return sum(len(block.cells) for block in blocks)


@given(contents(), st.integers(0, 40), st.integers(-2, 2))
def test_an_outline_with_one_figure_wrong_does_not_agree(rows: Sequence[Row], place: int, change: int) -> None:
    with connected(rows) as connection:
        outline = Outline(spacing=SPACING).finished(connection, LAST_ID)
        if not outline.blocks:
            return
        at = place % len(outline.blocks)
        block = outline.blocks[at]
        fields = [block._replace(first_ns=block.first_ns + change), block._replace(last_ns=block.last_ns + change)]
        fields += [
            block._replace(cells=(cell, *block.cells[1:]))
            for cell in (
                block.cells[0]._replace(messages=block.cells[0].messages + change),
                block.cells[0]._replace(last_retained_id=block.cells[0].last_retained_id + change),
            )
        ]
        outline.blocks[at] = fields[place % len(fields)]
        assert agrees(outline, connection) == (change == 0)


ONE_MORE = Case(
    [Row(number, 0, 1, 0, 0) for number in (1, 2, 3)],
    2,
    is_whole=False,
    time=TimeRange(),
    include=(),
    after_id=0,
    through_id=3,
)
"""A message has come since, and nothing beyond it is asked for."""


@given(cases())
@example(ONE_MORE)
def test_what_an_outline_knows_is_not_looked_through_and_nothing_is_left_out(case: Case) -> None:
    known, looked, without = [], [], []
    before = 0
    for block in case.blocks():
        here = within(block, case.after_id, case.through_id)
        times = [wants(case.time, row) for row in block]
        first, last = extent(block)
        if case.after_id < block[-1].id and before < case.through_id:
            if all(times) and case.after_id <= before and block[-1].id <= case.through_id:
                known.append(described(block))
            elif (case.time.start_ns is None or last >= case.time.start_ns) and (
                case.time.end_ns is None or first < case.time.end_ns
            ):
                looked += here
            else:
                without += here
        before = block[-1].id
    looked += within(case.rows, max(before, case.after_id), case.through_id)
    with connected(case.rows) as connection:
        found = pieces(case.outline(connection), case.time, case.after_id, case.through_id)
    assert plain(piece.block for piece in found if piece.block) == known
    assert [one for piece in found if not piece.block for one in within(case.rows, *piece[:2])] == looked
    assert all(piece.after_id < piece.through_id for piece in found), "nothing is looked for where nothing is"
    assert not case.is_whole or all(piece.through_id <= before for piece in found), "nor where nothing can be"
    for one, other in pairwise(found):
        assert one.through_id <= other.after_id
        assert one.block or other.block or one.through_id < other.after_id, "these two could be looked through at once"


ANOTHER_BETWEEN = Case(
    [Row(number, 0, topic, 0, 0) for number, topic in enumerate([1, 2, 1], 1)],
    1,
    is_whole=True,
    time=TimeRange(),
    include=("a",),
    after_id=0,
    through_id=LAST_ID,
)
"""One block of one message stands between those of the topic."""


@given(cases())
@example(ANOTHER_BETWEEN)
def test_ranges_hold_all_that_matches_and_no_known_block_without_the_topic(case: Case) -> None:
    with connected(case.rows) as connection:
        outline = case.outline(connection)
    found = ranges(outline, case.time, case.topics, case.after_id)
    expected = [
        row.id
        for piece in pieces(outline, case.time, case.after_id)
        for row in case.rows
        if piece.after_id < row.id <= piece.through_id and (piece.block is None or holds(case, piece))
    ]
    assert [one for after_id, through_id in found for one in within(case.rows, after_id, through_id)] == expected
    assert all(end < begin for (_, end), (begin, _) in pairwise(found)), "neighbours are one range"
    if not case.after_id:
        ends = bounds(outline, case.time, case.topics)
        assert ends == ((found[0][0], found[-1][1]) if found else (0, 0))


def holds(case: Case, piece: Piece) -> bool:
    return any(
        piece.after_id < row.id <= piece.through_id and (case.topics is None or row.topic_id in case.topics)
        for row in case.rows
    )
