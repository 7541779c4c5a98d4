"""Coarse samples of an ended session, kept so that nobody has to add up millions of samples to draw it all."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from store.schema import ROLLUP

Cell = tuple[int, int, int, int]
"""second (start of the bucket), topic id, messages, bytes."""

WIDTHS: Final = (1, 5, 30, 60, 300, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400)
"""Seconds. Each divides every wider bucket that people like to look at: 2 min, 10 min, 2 h, 12 h, days."""
BUCKETS: Final = 600
"""A picture of a session never has more, so that it can be made from these. There are up to six times as many."""
MAX_CELLS: Final = 300_000
"""With so many topics that it would be more, none are kept: they would be as slow to read as the samples."""

_SECONDS = "SELECT (SELECT min(second) FROM samples), (SELECT max(second) FROM samples)"
_BUCKET = """
SELECT topic_id, sum(messages), sum(bytes) FROM samples WHERE second >= ? AND second < ? GROUP BY topic_id"""
_NEXT = "SELECT min(second) FROM samples WHERE second >= ?"
_BUSIEST = "SELECT second, sum(messages) AS n FROM samples GROUP BY second ORDER BY n DESC, second LIMIT 1"


@dataclass(frozen=True, slots=True)
class Rollup:
    """All samples of a session, added up."""

    through_id: int
    """The last message that is counted here."""
    width_s: int
    """Of a bucket, one of WIDTHS; buckets begin at its multiples."""
    busiest: tuple[int, int]
    """The second with the most messages, the first of equals, and how many."""
    cells: list[Cell] = field(default_factory=list)
    """Ordered by second and topic id; empty ones are left out."""

    def to_json(self) -> str:
        """The value under ROLLUP: by columns, which is quicker to read than by rows."""
        columns = [list(column) for column in zip(*self.cells, strict=True)]
        value = {"through_id": self.through_id, "width_s": self.width_s, "busiest": self.busiest, "cells": columns}
        return json.dumps(value, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Rollup | None:
        """What `to_json` wrote; None for anything else: then the samples are read."""
        try:
            value = json.loads(text)
            columns = value["cells"]
            if len(columns) != 4 or {type(number) for column in columns for number in column} != {int}:
                return None
            second, messages = map(int, value["busiest"])
            width_s = int(value["width_s"])
            cells = list(zip(*columns, strict=True))
            return cls(int(value["through_id"]), width_s, (second, messages), cells) if width_s > 1 else None
        except (ValueError, TypeError, KeyError):
            return None


def stored_rollup(connection: sqlite3.Connection, through_id: int) -> Rollup | None:
    """What was kept at the end of the session; None if nothing was, or if messages have come since."""
    stored = connection.execute("SELECT value FROM metadata WHERE key = ?", (ROLLUP,)).fetchone()
    found = Rollup.from_json(stored[0]) if stored else None
    return found if found is not None and found.through_id == through_id else None


def rolled_up(connection: sqlite3.Connection, through_id: int) -> Rollup | None:
    """The samples added up; None where that is not worth it: for a short session, or with very many topics.

    About 0.2 s for a million samples. Where nothing came it takes no time, be it years: one message with a wrong time
    of its own must not make a session slow.
    """
    first, last = seconds_of(connection) or (0, 0)
    width_s = max((width for width in WIDTHS if width * BUCKETS <= last - first), default=1)
    if width_s == 1:
        return None
    cells: list[Cell] = []
    occupied: int | None = first
    while occupied is not None:
        second = occupied - occupied % width_s
        cells += bucket_cells(connection, second, second, second + width_s)
        if len(cells) > MAX_CELLS:
            return None
        occupied = connection.execute(_NEXT, (second + width_s,)).fetchone()[0]
    busiest = busiest_second(connection)
    return None if busiest is None else Rollup(through_id, width_s, busiest, cells)


def bucket_cells(connection: sqlite3.Connection, second: int, start_s: int, end_s: int) -> Iterator[Cell]:
    """The samples in [start_s, end_s) by topic, as one bucket that begins at `second`."""
    for topic_id, messages, size in connection.execute(_BUCKET, (start_s, end_s)):
        yield second, topic_id, messages, size


def busiest_second(connection: sqlite3.Connection) -> tuple[int, int] | None:
    """The second with the most messages, the first of equals, and how many; None without messages."""
    found: tuple[int, int] | None = connection.execute(_BUSIEST).fetchone()
    return found


def seconds_of(connection: sqlite3.Connection) -> tuple[int, int] | None:
    """The first and the last second in which something arrived; None without messages."""
    first, last = connection.execute(_SECONDS).fetchone()
    return None if first is None else (first, last)
