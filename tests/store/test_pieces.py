"""What an outline says of a session's messages, and where it lets a reader look, against the messages themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise, product

from hypothesis import example, given, settings
from hypothesis import strategies as st

from store.outline import Block, Outline, agrees
from store.pieces import LAST_ID, Piece, TimeRange, bounds, pieces, ranges
from tests.store.outlined import (
    SPACING,
    TOPIC_SETS,
    Case,
    Row,
    blocks_of,
    cases,
    connected,
    contents,
    described,
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
        roomy = Outline(spacing=SPACING, max_cells=cells(map(described, blocks_of(rows, SPACING))))
        roomy.extend(connection, LAST_ID)
        assert roomy.spacing == SPACING
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


@settings(max_examples=50)
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


@given(cases())
def test_what_an_outline_knows_is_not_looked_through_and_nothing_is_left_out(case: Case) -> None:
    with connected(case.rows) as connection:
        outline = case.outline(connection)
    blocks, ids = [described(block) for block in case.blocks()], case.id_ends()
    for after_id, through_id in {*product(ids, (case.through_id, LAST_ID)), *product((case.after_id,), ids)}:
        found = pieces(outline, case.time, after_id, through_id)
        known, looked = expected(case, blocks, after_id, through_id)
        assert plain(piece.block for piece in found if piece.block) == known
        assert [one for piece in found if not piece.block for one in within(case.rows, *piece[:2])] == looked
        assert all(piece.after_id < piece.through_id for piece in found), "nothing is looked for where nothing is"
        assert not case.is_whole or all(piece.through_id <= outline.through_id for piece in found), "nor after the last"
        for one, other in pairwise(found):
            assert one.through_id <= other.after_id
            assert one.block or other.block or one.through_id < other.after_id, "both could be looked through at once"


def expected(case: Case, blocks: Sequence[Block], after_id: int, through_id: int) -> tuple[list[Block], list[int]]:
    """The blocks that need not be looked into, and the messages that have to be looked at."""
    known, looked, before = list[Block](), list[int](), 0
    for block in blocks:
        here = within(case.rows, max(before, after_id), min(block.through_id, through_id))
        if after_id < block.through_id and before < through_id and may_hold(case.time, block):
            is_cut = after_id > before or block.through_id > through_id
            if is_cut or not all(wants(case.time, row) for row in case.rows if row.id in here):
                looked += here
            else:
                known.append(block)
        before = block.through_id
    return known, looked + within(case.rows, max(before, after_id), through_id)


def may_hold(time: TimeRange, block: Block) -> bool:
    """Whether one message of the block may be late enough, and one early enough."""
    late = time.start_ns is None or block.last_ns >= time.start_ns
    return late and (time.end_ns is None or block.first_ns < time.end_ns)


ANOTHER_BETWEEN = Case([Row(number, 0, topic, 0, 0) for number, topic in enumerate([1, 2, 1], 1)], 1, is_whole=True)
"""One block of one message stands between those of the topic."""


@given(cases())
@example(ANOTHER_BETWEEN)
def test_ranges_hold_all_that_matches_and_no_known_block_without_the_topic(case: Case) -> None:
    with connected(case.rows) as connection:
        outline = case.outline(connection)
    for topics, after_id in product(TOPIC_SETS, case.id_ends()):
        found = ranges(outline, case.time, topics, after_id)
        inside = [
            one
            for piece in pieces(outline, case.time, after_id)
            if piece.block is None or holds(case, piece, topics)
            for one in within(case.rows, *piece[:2])
        ]
        assert [one for begin, end in found for one in within(case.rows, begin, end)] == inside
        assert all(end < begin for (_, end), (begin, _) in pairwise(found)), "neighbours are one range"
        if not after_id:
            ends = bounds(outline, case.time, topics)
            assert ends == ((found[0][0], found[-1][1]) if found else (0, 0))


def holds(case: Case, piece: Piece, topics: Collection[int] | None) -> bool:
    here = within(case.rows, *piece[:2])
    return any(row.id in here and (topics is None or row.topic_id in topics) for row in case.rows)
