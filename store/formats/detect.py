"""Which format a file has, by its content alone."""

from __future__ import annotations

from contextlib import closing
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.errors import SessionFileError, UsageError
from core.message import Message
from store.connection import connect_readonly, explained
from store.formats.flat_db import FlatDatabase, columns_of, require_known
from store.formats.inhouse_log import InhouseLog
from store.formats.own import OwnDatabase, OwnLog
from store.formats.source import Source
from store.log import FORMAT, KIND, SESSION_META, LineParser
from store.log_file import LogReader
from store.schema import APPLICATION_ID

_SQLITE_MAGIC = b"SQLite format 3\0"
_LOOK_AT = 20
"""Lines that are looked at: the first ones of a log may be torn or strange, but not all of them."""


def zone_named(name: str) -> ZoneInfo:
    """The time zone with this IANA name. Raises UsageError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(
            f"'{name}' is not a time zone. Use an IANA name like UTC, Europe/Berlin or America/New_York."
        ) from error


def source_for(path: Path, zone: ZoneInfo) -> Source:
    """The source that reads this file. Raises SessionFileError if no format fits."""
    if not path.is_file():
        raise SessionFileError(f"There is no file {path}.")
    with explained(path):
        return _database(path, zone) if _is_sqlite(path) else _log(path, zone)


def _is_sqlite(path: Path) -> bool:
    # A database that is in use is not opened behind SQLite's back: closing it would drop its locks (see `locking`).
    if path.with_name(path.name + "-wal").exists():
        return True
    with path.open("rb") as file:
        return file.read(len(_SQLITE_MAGIC)) == _SQLITE_MAGIC


def _database(path: Path, zone: ZoneInfo) -> Source:
    with closing(connect_readonly(path)) as connection:
        if connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID:
            return OwnDatabase(path)
        require_known(path, columns_of(connection))
    return FlatDatabase(path, zone)


def _log(path: Path, zone: ZoneInfo) -> Source:
    for item in islice(LogReader(path, LineParser(zone)), _LOOK_AT):
        if isinstance(item, Message):
            return InhouseLog(path, zone)
        if item.get(KIND) == SESSION_META:
            return OwnLog(path) if item.get("format") == FORMAT else InhouseLog(path, zone)
    raise SessionFileError(
        f"{path} is in no format that can be imported: neither a session (.db, .log), nor JSON lines with topic, "
        "payload and timestamp, nor a database with a table 'mqtt_messages'."
    )
