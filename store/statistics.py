"""Figures for each topic, kept while writing so that nobody has to read a million messages for them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from store.schema import TOPIC_STATISTICS

Cell = list[int]
"""messages, bytes, first at, last at, smallest payload, largest payload."""

TopicCells = dict[int, Cell]
"""By topic id."""

MANY_TOPICS = 50_000
"""Above that the figures are no longer kept but computed when asked for, so that memory stays bounded."""


@dataclass(slots=True)
class TopicStatistics:
    """The figures of all messages up to an id."""

    through_id: int = 0
    cells: TopicCells = field(default_factory=dict)

    def add(self, cells: Iterable[tuple[int, Cell]], through_id: int) -> None:
        """Adds the figures of the messages that follow, up to `through_id`."""
        for topic_id, cell in cells:
            known = self.cells.get(topic_id)
            self.cells[topic_id] = list(cell) if known is None else merged(known, cell)
        self.through_id = through_id

    def to_json(self) -> str:
        """The value under TOPIC_STATISTICS; empty when there are too many topics."""
        kept = self if len(self.cells) <= MANY_TOPICS else TopicStatistics()
        return json.dumps({"through_id": kept.through_id, "topics": kept.cells}, separators=(",", ":"))

    @classmethod
    def from_json(cls, value: object) -> TopicStatistics:
        """What `to_json` wrote; empty for anything else: then it is computed."""
        if not isinstance(value, Mapping) or not isinstance(value.get("topics"), Mapping):
            return cls()
        cells = {int(key): cell for key, cell in value["topics"].items()}
        sound = all(
            isinstance(cell, list) and len(cell) == 6 and set(map(type, cell)) == {int} for cell in cells.values()
        )
        return cls(int(value["through_id"]), cells) if sound else cls()


def merged(one: Cell, other: Cell) -> Cell:
    """The figures of both."""
    return [
        one[0] + other[0],
        one[1] + other[1],
        min(one[2], other[2]),
        max(one[3], other[3]),
        min(one[4], other[4]),
        max(one[5], other[5]),
    ]


_SCAN = """
SELECT topic_id, count(*), sum(length(CAST(payload AS BLOB))), min(at), max(at),
       min(length(CAST(payload AS BLOB))), max(length(CAST(payload AS BLOB))), max(id)
FROM messages NOT INDEXED WHERE id > ? AND id <= ? GROUP BY topic_id"""


def stored_statistics(connection: sqlite3.Connection) -> TopicStatistics:
    """The figures that the writer kept; empty if it kept none."""
    stored = connection.execute("SELECT value FROM metadata WHERE key = ?", (TOPIC_STATISTICS,)).fetchone()
    return TopicStatistics.from_json(json.loads(stored[0])) if stored else TopicStatistics()


def scan_statistics(connection: sqlite3.Connection, after_id: int = 0, through_id: int = 2**63 - 1) -> TopicStatistics:
    """The figures of the messages after one id and up to another, counted anew."""
    rows = connection.execute(_SCAN, (after_id, through_id)).fetchall()
    return TopicStatistics(max((row[7] for row in rows), default=after_id), {row[0]: list(row[1:7]) for row in rows})


def read_statistics(connection: sqlite3.Connection) -> TopicStatistics:
    """The figures of every message: those kept, and a scan of what came after them."""
    statistics = stored_statistics(connection)
    newer = scan_statistics(connection, after_id=statistics.through_id)
    statistics.add(newer.cells.items(), newer.through_id)
    return statistics
