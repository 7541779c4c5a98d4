"""A session that a request names, if it can be read."""

from __future__ import annotations

from core.errors import StateError
from store.catalog import Catalog, SessionEntry
from store.naming import shortened


def readable(catalog: Catalog, session_id: str) -> SessionEntry:
    """Raises SessionNotFound, and StateError with what is wrong with it."""
    entry = catalog.get(session_id)
    if entry.problem:
        raise StateError(f"'{shortened(entry.name)}' cannot be read. {entry.problem}")
    return entry
