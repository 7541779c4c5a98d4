"""Small sessions in memory with an outline, and questions about them whose answers the messages give themselves."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import product, starmap
from typing import NamedTuple

from hypothesis import strategies as st

from store import schema
from store.outline import Block, Cell, Outline
from store.pieces import ALWAYS, LAST_ID, TimeRange
from store.query import Condition, MessageQuery, condition_for

SPACING = 3
TOPICS = {1: "a", 2: "b", 3: "c", 4: "rare"}
TOPIC_SETS = (None, frozenset({1}), frozenset({2, 3}), frozenset({4}))
"""What may be asked for; None: all."""


class Row(NamedTuple):
    """A message, as far as an outline cares."""

    id: int
    at: int
    topic_id: int
    retain: int
    qos: int


@st.composite
def contents(draw: st.DrawFn) -> list[Row]:
    """Bursts on a few topics each, at about the same time; some ids are missing."""
    rows: list[Row] = []
    last_id = 0
    for _ in range(draw(st.integers(0, 7))):
        topics = st.sampled_from(draw(st.sampled_from([(1,), (1, 2), (2, 3), (1, 2, 3, 4)])))
        at = draw(st.integers(0, 9))
        for _ in range(draw(st.integers(1, 6))):
            last_id += draw(st.sampled_from([1, 1, 1, 1, 2]))
            at += draw(st.sampled_from([0, 0, 1, 3, -1]))
            rows.append(Row(last_id, at, draw(topics), draw(st.sampled_from([0, 0, 1, 2])), draw(st.integers(0, 2))))
    return rows


@dataclass(frozen=True)
class Case:
    """A session, what its outline knows of it, and what is asked for."""

    rows: Sequence[Row]
    spacing: int
    """Messages in a block."""
    is_whole: bool
    """Otherwise the outline knows of full blocks only."""
    time: TimeRange = ALWAYS
    after_id: int = 0
    through_id: int = LAST_ID

    def blocks(self) -> list[Sequence[Row]]:
        """What the outline should consist of."""
        known = len(self.rows) if self.is_whole else len(self.rows) - len(self.rows) % self.spacing
        return blocks_of(self.rows[:known], self.spacing)

    def id_ends(self) -> list[int]:
        """Where blocks end, and one beside."""
        ends = (0, *(block[-1].id for block in blocks_of(self.rows, self.spacing)))
        return sorted({max(0, end + by) for end in ends for by in (-1, 0, 1)})

    def outline(self, connection: sqlite3.Connection) -> Outline:
        outline = Outline(spacing=self.spacing, is_whole=self.is_whole)
        if self.is_whole:
            return outline.finished(connection, LAST_ID)
        outline.extend(connection, LAST_ID)
        return outline


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
    start, end = draw(ends), draw(ends)
    if start is not None and end is not None and draw(st.sampled_from([True, True, True, False])):
        start, end = sorted([start, end])
    return Case(
        rows,
        spacing,
        draw(st.booleans()),
        TimeRange(start, end),
        draw(st.just(0) | st.builds(lambda end, by: max(0, end + by), ids, beside)),
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


@dataclass(frozen=True)
class Question:
    """Which messages of a case are meant."""

    case: Case
    topics: frozenset[int] | None
    """None: all."""
    retained: bool
    qos: tuple[int, ...]

    @property
    def all_topics(self) -> Collection[int]:
        return TOPICS.keys() if self.topics is None else self.topics

    def matching(self) -> list[Row]:
        return [
            row
            for row in self.case.rows
            if wants(self.case.time, row)
            and row.topic_id in self.all_topics
            and (row.retain or not self.retained)
            and (row.qos in self.qos or not self.qos)
        ]

    def condition(self) -> Condition:
        include = tuple(TOPICS[topic] for topic in self.topics or ())
        return condition_for(MessageQuery(include, (), *self.case.time, retained=self.retained, qos=self.qos), TOPICS)


def questions(case: Case) -> Iterator[Question]:
    """All that differ for an outline, which knows topics and retain flags, but no QoS."""
    return starmap(Question, product([case], TOPIC_SETS, [False, True], [(), (1, 2)]))
