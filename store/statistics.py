"""Figures for each topic, kept while writing so that nobody has to read a million messages for them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

from store.results import Span
from store.schema import TOPIC_STATISTICS

Cell = list[int]
"""messages, bytes, first at, last at, smallest payload, largest payload."""

TopicCells = dict[int, Cell]
"""By topic id."""

MANY_TOPICS = 20_000
"""Above that the figures of single topics are no longer kept but counted when asked for: memory stays bounded."""


@dataclass(slots=True)
class TopicStatistics:
    """The figures of all messages up to an id."""

    through_id: int = 0
    total: Cell | None = None
    """Of all topics together; None without messages."""
    cells: TopicCells | None = field(default_factory=dict)
    """None: there are too many topics."""

    @property
    def messages(self) -> int:
        """How many there are."""
        return 0 if self.total is None else self.total[0]

    @property
    def span(self) -> Span:
        """How many there are, and when they came."""
        return Span(0, 0, 0) if self.total is None else Span(self.total[0], self.total[2], self.total[3])

    def add(self, cells: Iterable[tuple[int, Cell]], through_id: int) -> None:
        """Adds the figures of the messages that follow, up to `through_id`."""
        for topic_id, cell in cells:
            self.total = merged(self.total, cell)
            if self.cells is not None:
                self.cells[topic_id] = merged(self.cells.get(topic_id), cell)
                if len(self.cells) > MANY_TOPICS:
                    self.cells = None
        self.through_id = through_id

    def agrees_with(self, other: TopicStatistics) -> bool:
        """Whether what both have kept is the same."""
        same = (self.through_id, self.total) == (other.through_id, other.total)
        return same and (self.cells is None or other.cells is None or self.cells == other.cells)

    def to_json(self) -> str:
        """The value under TOPIC_STATISTICS."""
        value = {"through_id": self.through_id, "total": self.total, "topics": self.cells}
        return json.dumps(value, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> TopicStatistics:
        """What `to_json` wrote; empty for anything else: then it is counted."""
        try:
            value = json.loads(text)
            cells = None if value["topics"] is None else {int(key): _cell(it) for key, it in value["topics"].items()}
            total = None if value["total"] is None else _cell(value["total"])
            return cls(int(value["through_id"]), total, cells)
        except (ValueError, TypeError, KeyError, AttributeError):
            return cls()


def _cell(value: object) -> Cell:
    if isinstance(value, list) and len(value) == 6 and set(map(type, value)) == {int}:
        return value
    raise ValueError("no figures")


def merged(one: Cell | None, other: Cell) -> Cell:
    """The figures of both."""
    if one is None:
        return list(other)
    return [
        one[0] + other[0],
        one[1] + other[1],
        min(one[2], other[2]),
        max(one[3], other[3]),
        min(one[4], other[4]),
        max(one[5], other[5]),
    ]


_LAST_ID = 2**63 - 1
_SCAN_TOTAL = """
SELECT topic_id, count(*), sum(length(CAST(payload AS BLOB))), min(at), max(at),
       min(length(CAST(payload AS BLOB))), max(length(CAST(payload AS BLOB))), max(id)
FROM messages NOT INDEXED WHERE id > ? AND id <= ?"""
_SCAN_TOPICS = f"{_SCAN_TOTAL} GROUP BY topic_id"


def stored_statistics(connection: sqlite3.Connection) -> TopicStatistics:
    """The figures that the writer kept; empty if it kept none."""
    stored = connection.execute("SELECT value FROM metadata WHERE key = ?", (TOPIC_STATISTICS,)).fetchone()
    return TopicStatistics.from_json(stored[0]) if stored else TopicStatistics()


def scan_statistics(connection: sqlite3.Connection, through_id: int = _LAST_ID) -> TopicStatistics:
    """The figures of all messages up to an id, counted anew."""
    return _scanned(connection, TopicStatistics(), through_id)


def read_statistics(connection: sqlite3.Connection) -> TopicStatistics:
    """The figures of every message: those kept, and a scan of what came after them."""
    return _scanned(connection, stored_statistics(connection))


def scan_topics(connection: sqlite3.Connection) -> TopicCells:
    """The figures of each topic, however many there are."""
    return {row[0]: list(row[1:7]) for row in connection.execute(_SCAN_TOPICS, (0, _LAST_ID))}


def _scanned(connection: sqlite3.Connection, known: TopicStatistics, through_id: int = _LAST_ID) -> TopicStatistics:
    sql = _SCAN_TOTAL if known.cells is None else _SCAN_TOPICS
    for topic_id, *cell, last_id in connection.execute(sql, (known.through_id, through_id)):
        if last_id is not None:  # there were messages
            known.add([(topic_id, cell)], max(known.through_id, last_id))
    return known
