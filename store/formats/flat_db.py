"""The older flat database: one table `mqtt_messages` with times as text, with or without QoS and retain flag."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

from core.errors import SessionFileError
from core.message import LIVE, LIVE_RETAINED, Message
from core.topics import why_invalid_topic
from store.connection import connect_readonly, explained
from store.events import Event
from store.formats.source import flags_assumption, name_from, without_messages, zone_assumption
from store.log_file import MANY_PROBLEMS
from store.metadata import SessionMetadata, Status, new_metadata
from store.timestamps import TimestampParser

TABLE = "mqtt_messages"
_NEEDED = ("topic", "payload", "timestamp")
_USED = ("id", *_NEEDED, "qos", "retain")


def columns_of(connection: sqlite3.Connection) -> list[str]:
    """The columns of the table; empty if this is not such a database. A view of that name does not count."""
    found = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (TABLE,)).fetchone()
    if found is None or not str(found[0]).upper().startswith("CREATE TABLE"):
        return []
    columns = [str(row[1]) for row in connection.execute(f"PRAGMA table_info({TABLE})")]
    return columns if set(_NEEDED) <= set(columns) else []


class FlatDatabase:
    """One such file; only read, nothing of its views or triggers runs."""

    def __init__(self, path: Path, zone: ZoneInfo) -> None:
        self._path = path
        self._zone = zone
        self._times = TimestampParser(zone)
        self._without_flags = 0
        self._problems: list[str] = []
        self._rejected = 0
        with explained(path), closing(connect_readonly(path)) as connection:
            self._columns = columns_of(connection)

    def items(self) -> Iterator[Message | Event]:
        flags = [name if name in self._columns else "NULL" for name in ("qos", "retain")]
        # Casts hand over the bytes as they are: text of a foreign file need not be UTF-8.
        sql = (
            "SELECT rowid, CAST(topic AS BLOB), CAST(payload AS BLOB), CAST(timestamp AS TEXT), "  # noqa: S608  constants
            f"{flags[0]}, {flags[1]} FROM {TABLE} ORDER BY rowid"
        )
        with explained(self._path), closing(connect_readonly(self._path)) as connection:
            for row in connection.execute(sql):
                try:
                    message = self._message(row)
                except ValueError as error:
                    self._reject(row[0], error)
                    continue
                yield message

    def _message(self, row: tuple[int, bytes | None, bytes | None, str, object, object]) -> Message:
        _, topic_bytes, payload, timestamp, qos, retain = row
        topic = (topic_bytes or b"").decode("utf-8")
        reason = why_invalid_topic(topic)
        if reason:
            raise ValueError(reason)
        if qos not in (None, 0, 1, 2):
            raise ValueError(f"its qos is {str(qos)[:20]!r}, not 0, 1 or 2")
        if retain not in (None, 0, 1):
            raise ValueError(f"its retain is {str(retain)[:20]!r}, not 0 or 1")
        self._without_flags += qos is None or retain is None
        at_ns = self._times.parse(str(timestamp))
        return Message(topic, payload or b"", int(str(qos or 0)), LIVE_RETAINED if retain else LIVE, at_ns)

    def _reject(self, row_id: int, error: ValueError) -> None:
        self._rejected += 1
        if self._rejected <= MANY_PROBLEMS:
            reason = "its topic is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
            self._problems.append(f"Row {row_id} was kept out: {reason}.")

    def metadata(self, first_ns: int | None, last_ns: int | None) -> SessionMetadata:
        if first_ns is None:
            raise without_messages(self._path)
        return new_metadata(name_from(self._path), first_ns, status=Status.COMPLETED, ended_ns=last_ns)

    def assumptions(self) -> list[str]:
        unused = [column for column in self._columns if column not in _USED]
        left_out = f"The columns {', '.join(unused)} have no place in a session and were left out."
        return [
            *zone_assumption(self._times.naive, self._zone.key),
            *flags_assumption(self._without_flags),
            *([left_out] if unused else []),
        ]

    def problems(self) -> list[str]:
        more = self._rejected - len(self._problems)
        return [*self._problems, *([f"{more} more rows were kept out."] if more else [])]


def require_known(path: Path, columns: list[str]) -> None:
    """Raises SessionFileError for a database that is none of those that can be imported."""
    if not columns:
        raise SessionFileError(
            f"{path} is an SQLite file of another program. Sessions (.db, .log) and databases with a table "
            f"'{TABLE}' can be imported."
        )
