"""What a finished session holds, read with plain SQL: independent of the program's own reader."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple


class Row(NamedTuple):
    """One message."""

    topic: str
    payload: bytes
    at_ns: int
    qos: int
    retain: int


class Session(NamedTuple):
    """A session's content."""

    messages: list[Row]
    events: list[tuple[int, str, str, Any]]
    """Moment, kind, text, data."""
    metadata: dict[str, Any]

    @property
    def payloads(self) -> list[bytes]:
        return [row.payload for row in self.messages]

    @property
    def kinds(self) -> list[str]:
        return [kind for _, kind, _, _ in self.events]


def session_at(path: Path | None) -> Session:
    """The content of a database; while it is being written, what has been committed."""
    assert path is not None
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        messages = connection.execute(
            "SELECT name, payload, at, qos, retain FROM messages JOIN topics ON topics.id = topic_id "
            "ORDER BY messages.id"
        ).fetchall()
        events = connection.execute("SELECT at, kind, text, data FROM events ORDER BY id").fetchall()
        metadata = connection.execute("SELECT key, value FROM metadata").fetchall()
    return Session(
        [Row(*row) for row in messages],
        [(at, kind, text, None if data is None else json.loads(data)) for at, kind, text, data in events],
        {key: json.loads(value) for key, value in metadata},
    )
