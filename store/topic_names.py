"""The names of a session's topics, of which a reader does not keep more than it needs."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from pathlib import Path

from store.connection import damaged
from store.statistics import MANY_TOPICS

_FEW = 500
"""So many names are looked up one by one; for more, reading all of them is quicker."""


class TopicNames:
    """The names by the topics' ids. A running recording may add topics; it never changes one."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self.known: dict[int, str] = {}
        """Those that were looked up already: to be read, not changed."""

    def name(self, topic_id: int) -> str:
        """One name. Raises SessionFileError if there is none."""
        found = self.known.get(topic_id)
        if found is None:
            row = self._connection.execute("SELECT name FROM topics WHERE id = ?", (topic_id,)).fetchone()
            if row is None:
                raise damaged(self._path, "a topic that has no name")
            if len(self.known) >= MANY_TOPICS:
                self.known.clear()
            found = self.known[topic_id] = row[0]
        return found

    def of(self, needed: Collection[int]) -> Mapping[int, str]:
        """At least the names of these topics. Raises SessionFileError if one has none."""
        if all(topic_id in self.known for topic_id in needed):
            return self.known
        names = self.all() if len(needed) > _FEW else {topic_id: self.name(topic_id) for topic_id in needed}
        if any(topic_id not in names for topic_id in needed):
            raise damaged(self._path, "a topic that has no name")
        return names

    def all(self) -> Mapping[int, str]:
        """All names, as of now."""
        names = dict(self._connection.execute("SELECT id, name FROM topics"))
        if len(names) <= MANY_TOPICS:
            self.known = names
        return names
