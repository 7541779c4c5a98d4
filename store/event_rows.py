"""The events of a session, read from its database."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from store.connection import damaged
from store.events import Event, EventKind


def read_events(connection: sqlite3.Connection, path: Path) -> list[Event]:
    """All events in the order in which they were written. Raises SessionFileError for one that is damaged."""
    rows = connection.execute("SELECT at, kind, text, data FROM events ORDER BY id").fetchall()
    try:
        return [
            Event(at, EventKind(kind), text or "", None if data is None else json.loads(data))
            for at, kind, text, data in rows
        ]
    except ValueError as error:
        raise damaged(path, f"an event: {error}") from error
