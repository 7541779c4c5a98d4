"""What the writer has kept of a session besides its messages: figures, sums and outline, each read once."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from store import statements
from store.connection import explained
from store.metadata import SessionMetadata
from store.outline import Outline, begun_outline, stored_outline
from store.rollup import Rollup, stored_rollup
from store.statistics import TopicStatistics, read_statistics


class Kept:
    """Of one session; one thread at a time uses it. Raises SessionFileError."""

    def __init__(self, connection: sqlite3.Connection, path: Path, metadata: SessionMetadata) -> None:
        self._connection = connection
        self._path = path
        self._active = metadata.status.active
        self._statistics: TopicStatistics | None = None
        self._contiguous: bool | None = None
        self._rollup: Rollup | None = None
        self._outline: Outline | None = None
        self._is_outline_read = False

    def statistics(self) -> TopicStatistics:
        """The figures of the topics, with what has come since they were kept."""
        if self._statistics is None or self._active:
            with explained(self._path):
                self._statistics = read_statistics(self._connection)
        return self._statistics

    def rollup(self) -> Rollup | None:
        """Of an ended session; the samples of one that goes on would have outrun it."""
        if self._rollup is None and not self._active:
            with explained(self._path):
                self._rollup = stored_rollup(self._connection, self._end())
        return self._rollup

    def outline(self) -> Outline | None:
        """Of a session that goes on with the full blocks of what has come by now; None if none was kept at its end."""
        with explained(self._path):
            if self._active:
                self._outline = self._outline or begun_outline(self._connection, self._end())
                self._outline.extend(self._connection, self._end())
                self._outline.is_whole = False
            elif not self._is_outline_read:
                self._outline, self._is_outline_read = stored_outline(self._connection, self._end()), True
        return self._outline

    def contiguous(self) -> bool:
        """Whether the ids are 1, 2, 3, ... so that an offset is an id. That stays so: each new id is the next one."""
        if self._contiguous is None:
            outline = self.outline()
            self._contiguous = outline.contiguous if outline is not None and outline.blocks else self._counted()
        return self._contiguous is not False

    def _counted(self) -> bool | None:
        """None without messages: nobody knows yet."""
        with explained(self._path):
            count, lowest, highest = self._connection.execute(statements.EXTENT).fetchone()  # 10 ms for a million
        return (lowest, highest) == (1, count) if count else None

    def _end(self) -> int:
        """The last message's id."""
        (last_id,) = self._connection.execute("SELECT max(id) FROM messages").fetchone()
        return last_id or 0
