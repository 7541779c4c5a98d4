"""The last message of every topic, at any moment of a session: read from the index, not from the messages."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from store.query import Condition, ids_of

LAST_ID: Final = 2**63 - 1
"""Higher than any message's."""

NEWEST: Final = 50_000
"""Most topics have a message among so many; only what is missing then is looked for in all the others."""
FEW: Final = 5_000
"""Topics that are looked for by name; more are not sorted out beforehand."""


class Stretch(NamedTuple):
    """Messages that follow one another, in figures."""

    through_id: int
    """The last one."""
    first_ns: int
    """The earliest of those that match."""
    last_ns: int
    """The latest of those that match."""
    latest: dict[str, int]
    """Topic -> id of its last message that matches; never empty."""


@dataclass(frozen=True, slots=True)
class Latest:
    """Looks for the last of each topic among the messages that `condition` chooses."""

    connection: sqlite3.Connection
    condition: Condition

    def ids(self, topics: Collection[int], after_id: int = 0, through_id: int = LAST_ID) -> dict[int, int]:
        """Topic -> id, of `topics` at most, with `after_id` < id <= `through_id`."""
        newest = self._after(after_id, through_id)
        found = self._grouped(newest, through_id)
        missing = [topic for topic in topics if topic not in found]
        if newest > after_id and missing:
            found = self._grouped(after_id, newest, missing if len(missing) <= FEW else ()) | found
        return found

    def stretches(self, size: int) -> Iterator[tuple[int, int, int, dict[int, int]]]:
        """Like `Stretch`, with ids of topics, for each `size` messages, matching or not."""
        begin = 0
        while begin < LAST_ID:
            end = self._id_after(begin, size)
            sql = (
                "SELECT topic_id, max(id), min(at), max(at) FROM messages "  # noqa: S608  values are bound
                f"WHERE id > ? AND id <= ? AND {self.condition.where} GROUP BY topic_id"
            )
            rows = self.connection.execute(sql, (begin, end, *self.condition.values)).fetchall()
            if rows:
                latest = {row[0]: row[1] for row in rows}
                through = end if end < LAST_ID else max(latest.values())
                yield through, min(row[2] for row in rows), max(row[3] for row in rows), latest
            begin = end

    def _after(self, after_id: int, through_id: int) -> int:
        """The id after which the newest of the chosen messages lie."""
        sql = (
            f"SELECT id FROM messages WHERE id > ? AND id <= ? AND {self.condition.where} "  # noqa: S608  values are bound
            "ORDER BY id DESC LIMIT 1 OFFSET ?"
        )
        row = self.connection.execute(sql, (after_id, through_id, *self.condition.values, NEWEST)).fetchone()
        return after_id if row is None else int(row[0])

    def _id_after(self, begin: int, size: int) -> int:
        sql = "SELECT id FROM messages WHERE id > ? ORDER BY id LIMIT 1 OFFSET ?"
        row = self.connection.execute(sql, (begin, size - 1)).fetchone()
        return LAST_ID if row is None else int(row[0])

    def _grouped(self, after_id: int, through_id: int, topics: Collection[int] = ()) -> dict[int, int]:
        only = f" AND topic_id IN ({ids_of(topics)})" if topics else ""
        sql = (
            "SELECT topic_id, max(id) FROM messages "  # noqa: S608  values are bound
            f"WHERE id > ? AND id <= ? AND {self.condition.where}{only} GROUP BY topic_id"
        )
        return dict(self.connection.execute(sql, (after_id, through_id, *self.condition.values)))
