"""The one-second samples of a session, read from its database."""

from __future__ import annotations

import sqlite3

from store import statements
from store.results import SampleRow
from store.topic_names import TopicNames

_MIN_SECOND, _MAX_SECOND = -(2**63), 2**63 - 1


def read_samples(
    connection: sqlite3.Connection, names: TopicNames, bucket_s: int, start_s: int | None, end_s: int | None
) -> list[SampleRow]:
    """See SessionReader.samples."""
    values = {"b": bucket_s, "start": _or(start_s, _MIN_SECOND), "end": _or(end_s, _MAX_SECOND)}
    rows = connection.execute(statements.SAMPLES, values).fetchall()
    known = names.of({row[1] for row in rows})
    return [SampleRow(second, known[topic_id], messages, size) for second, topic_id, messages, size in rows]


def read_activity(connection: sqlite3.Connection, start_s: int | None, end_s: int | None) -> list[tuple[int, int, int]]:
    """See SessionReader.activity."""
    values = {"start": _or(start_s, _MIN_SECOND), "end": _or(end_s, _MAX_SECOND)}
    return connection.execute(statements.ACTIVITY, values).fetchall()


def _or(value: int | None, default: int) -> int:
    return default if value is None else value
