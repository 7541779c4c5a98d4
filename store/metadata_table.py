"""A session's metadata in its database: a row for each field."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from core.errors import SessionFileError
from store.metadata import SessionMetadata

SET_METADATA = "INSERT INTO metadata (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"


def metadata_rows(metadata: SessionMetadata) -> list[tuple[str, str]]:
    """Rows of the metadata table."""
    return [
        (key, json.dumps(value, ensure_ascii=False, separators=(",", ":")))
        for key, value in metadata.model_dump(mode="json").items()
    ]


def read_metadata(connection: sqlite3.Connection, path: Path) -> SessionMetadata:
    """The metadata of an open session. Raises SessionFileError."""
    rows = connection.execute("SELECT key, value FROM metadata WHERE key NOT LIKE '\\_%' ESCAPE '\\'").fetchall()
    try:
        values = {key: json.loads(value) for key, value in rows}
    except ValueError as error:
        raise SessionFileError(f"The metadata of {path} is damaged: {error}. Rebuild it from the log.") from error
    return SessionMetadata.from_json(values, str(path))
