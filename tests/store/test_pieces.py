"""What an outline says of a session's messages, and what is concluded from it, against the messages themselves."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from store import schema
from store.counting import Counting
from store.latest import Latest
from store.outline import Block, Cell, Outline, agrees
from store.pieces import LAST_ID, Piece, TimeRange, bounds, pieces, ranges
from store.query import MessageQuery, condition_for
from store.results import Span

SPACING = 3
TOPICS = {1: "a", 2: "b", 3: "c", 4: "rare"}


class Row(NamedTuple):
    """A message, as far as an outline cares."""

    id: int
    at: int
    topic_id: int
    retain: int
    qos: int


@st.composite
def contents(draw: st.DrawFn) -> list[Row]:
    """Bursts on a few topics each. Many messages come at the same moment, and times go back; some ids are missing."""
    rows: list[Row] = []
    last_id = at = 0
    for _ in range(draw(st.integers(0, 7))):
        topics = st.sampled_from(draw(st.sampled_from([(1,), (1, 2), (2, 3), (1, 2, 3, 4)])))
        steps = st.sampled_from(draw(st.sampled_from([(0, 1), (1, 2), (-3, 0, 1), (5,)])))
        for _ in range(draw(st.integers(1, 6))):
            last_id += draw(st.sampled_from([1, 1, 1, 1, 2]))
            at += draw(steps)
            rows.append(Row(last_id, at, draw(topics), draw(st.sampled_from([0, 0, 1, 2])), draw(st.integers(0, 2))))
    return rows


@dataclass(frozen=True)
class Case:
    """A session, what its outline knows of it, and a question."""

    rows: Sequence[Row]
    spacing: int
    """Messages in a block."""
    is_whole: bool
    """Otherwise the outline knows of full blocks only."""
    time: TimeRange
    include: tuple[str, ...]
    after_id: int
    through_id: int

    @property
    def topics(self) -> frozenset[int] | None:
        return frozenset(number for number, name in TOPICS.items() if name in self.include) if self.include else None

    def blocks(self) -> list[Sequence[Row]]:
        """What the outline should consist of."""
        known = len(self.rows) if self.is_whole else len(self.rows) - len(self.rows) % self.spacing
        return blocks_of(self.rows[:known], self.spacing)

    def outline(self, connection: sqlite3.Connection) -> Outline:
        outline = Outline(spacing=self.spacing, is_whole=self.is_whole)
        if self.is_whole:
            return outline.finished(connection, LAST_ID)
        outline.extend(connection, LAST_ID)
        return outline

    def asked(self) -> list[Row]:
        """The messages of the ids asked for."""
        return [row for row in self.rows if self.after_id < row.id <= self.through_id]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """What is asked for often ends where a block does, or one beside."""
    rows = draw(contents())
    spacing = draw(st.sampled_from([SPACING, SPACING, 1]))
    blocks = blocks_of(rows, spacing)
    moments = st.sampled_from([0, *(at for block in blocks for at in extent(block))])
    ids = st.sampled_from([0, *(block[-1].id for block in blocks)])
    beside = st.sampled_from([-1, 0, 1])
    ends = st.none() | st.builds(int.__add__, moments, beside)
    return Case(
        rows,
        spacing,
        draw(st.booleans()),
        TimeRange(draw(ends), draw(ends)),
        draw(st.sampled_from([(), ("a",), ("b", "c"), ("rare",)])),
        max(0, draw(st.builds(int.__add__, ids, beside))),
        draw(st.just(LAST_ID) | st.builds(int.__add__, ids, beside)),
    )


def blocks_of(rows: Sequence[Row], size: int) -> list[Sequence[Row]]:
    return [rows[begin : begin + size] for begin in range(0, len(rows), size)]


def extent(rows: Iterable[Row]) -> tuple[int, int]:
    times = [row.at for row in rows]
    return min(times), max(times)


def described(rows: Sequence[Row]) -> Block:
    """A block that says the truth about these messages."""
    cells = []
    for topic in sorted({row.topic_id for row in rows}):
        here = [row for row in rows if row.topic_id == topic]
        cells.append(Cell(topic, len(here), here[-1].id, max((row.id for row in here if row.retain), default=0)))
    return Block(rows[-1].id, *extent(rows), tuple(cells))


def plain(blocks: Iterable[Block]) -> list[Block]:
    """With its topics in order."""
    return [block._replace(cells=tuple(sorted(block.cells))) for block in blocks]


def connected(rows: Iterable[Row]) -> closing[sqlite3.Connection]:
    """To a session with these messages."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    schema.create(connection)
    connection.executemany(
        "INSERT INTO messages (id, at, topic_id, payload, qos, retain) VALUES (?, ?, ?, x'', ?, ?)",
        [(row.id, row.at, row.topic_id, row.qos, row.retain) for row in rows],
    )
    return closing(connection)


def within(rows: Iterable[Row], after_id: int, through_id: int) -> list[int]:
    return [row.id for row in rows if after_id < row.id <= through_id]


def wants(time: TimeRange, row: Row) -> bool:
    return (time.start_ns is None or row.at >= time.start_ns) and (time.end_ns is None or row.at < time.end_ns)


@given(contents(), st.integers(1, 12))
def test_the_blocks_say_what_the_messages_say(rows: Sequence[Row], max_cells: int) -> None:
    """Also when two and two of them have become one, because there would be too many cells."""
    with connected(rows) as connection:
        outline = Outline(spacing=SPACING, max_cells=max_cells)
        for row in rows:
            outline.extend(connection, row.id, 1)
        full = len(rows) - len(rows) % outline.spacing
        assert plain(outline.blocks) == [described(block) for block in blocks_of(rows[:full], outline.spacing)]
        whole = outline.finished(connection, LAST_ID)
        assert agrees(whole, connection)
    blocks = [described(block) for block in blocks_of(rows, outline.spacing)]
    assert plain(whole.blocks) == blocks
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


@given(cases())
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
    for one, other in pairwise(found):
        assert one.through_id <= other.after_id
        assert one.block or other.block or one.through_id < other.after_id, "these two could be looked through at once"


@given(cases())
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


@given(cases(), st.booleans(), st.sampled_from([(), (0,), (1, 2)]), st.integers(1, 9))
def test_counts_times_and_last_messages_are_those_of_the_messages(
    case: Case, retained: bool, qos: tuple[int, ...], size: int
) -> None:
    query = MessageQuery(case.include, (), *case.time, retained=retained, qos=qos)
    topics = range(5) if case.topics is None else case.topics
    matching = [
        row
        for row in case.rows
        if wants(case.time, row)
        and row.topic_id in topics
        and (row.retain or not retained)
        and (row.qos in qos or not qos)
    ]
    with connected(case.rows) as connection:
        condition, outline = condition_for(query, TOPICS), case.outline(connection)
        counting, last = Counting(connection, condition, outline), Latest(connection, condition, outline)
        assert counting.count(case.after_id) == len([row for row in matching if row.id > case.after_id])
        assert counting.span() == (Span(len(matching), *extent(matching)) if matching else Span(0, 0, 0))
        here = [row for row in matching if row in case.asked()]
        assert last.ids(set(topics), case.after_id, case.through_id) == {row.topic_id: row.id for row in here}
        stretches = list(last.stretches(size))
    before = 0
    for stretch in stretches:
        inside = [row for row in matching if before < row.id <= stretch.through_id]
        assert stretch.latest == {row.topic_id: row.id for row in inside}
        assert stretch.latest
        before = stretch.through_id
    assert not [row for row in matching if row.id > before]
