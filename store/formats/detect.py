"""Which format a file has, by its content alone."""

from __future__ import annotations

import json
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.errors import SessionFileError, UsageError
from core.message import Message
from store.connection import connect_readonly, explained
from store.formats.csv_import import NEEDED, CsvWithHeader, csv_rows
from store.formats.flat_db import FlatDatabase, columns_of, require_known
from store.formats.inhouse_log import InhouseLog
from store.formats.mosquitto_lines import TIME, MosquittoLines
from store.formats.mqtt_recorder import MqttRecorderCsv, is_row
from store.formats.own import OwnDatabase, OwnLog
from store.formats.source import Source
from store.log import FORMAT, KIND, SESSION_META, LineParser, Record
from store.log_file import LogReader
from store.schema import APPLICATION_ID

_SQLITE_MAGIC = b"SQLite format 3\0"
_MCAP_MAGIC = b"\x89MCAP0\r\n"
_PARQUET_MAGIC = b"PAR1"
_MAGIC_BYTES = 16
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


def source_for(path: Path, zone: ZoneInfo, base64: bool | None = None) -> Source:
    """The source that reads this file. Raises SessionFileError if no format fits.

    `base64` says whether payloads of mqtt-recorder are, None that nobody knows.
    """
    if not path.is_file():
        raise SessionFileError(f"There is no file {path}.")
    with explained(path):
        # A database that is in use is not opened behind SQLite's back: closing it would drop its locks (see `locking`).
        if path.with_name(path.name + "-wal").exists():
            return _database(path, zone)
        with path.open("rb") as file:
            begin = file.read(_MAGIC_BYTES)
        if begin.startswith(_SQLITE_MAGIC):
            return _database(path, zone)
        return _binary(path, begin) or _lines(path, zone) or _table(path, zone, base64) or _unknown(path)


def _binary(path: Path, begin: bytes) -> Source | None:
    """Formats whose libraries are loaded on use."""
    if begin.startswith(_MCAP_MAGIC):
        from store.formats.mcap_import import McapFile

        return McapFile(path)
    if begin.startswith(_PARQUET_MAGIC):
        from store.formats.parquet import ParquetFile

        return ParquetFile(path)
    return None


def _database(path: Path, zone: ZoneInfo) -> Source:
    with closing(connect_readonly(path)) as connection:
        if connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID:
            return OwnDatabase(path)
        require_known(path, columns_of(connection))
    return FlatDatabase(path, zone)


def _lines(path: Path, zone: ZoneInfo) -> Source | None:
    """JSON lines."""
    for item in islice(LogReader(path, _AnyLine(zone)), _LOOK_AT):
        if isinstance(item, Message):
            return InhouseLog(path, zone)
        if "topic" in item:
            return MosquittoLines(path, zone)
        if item.get(KIND) == SESSION_META:
            return OwnLog(path) if item.get("format") == FORMAT else InhouseLog(path, zone)
    return None


class _AnyLine(LineParser):
    """Also tells the lines of mosquitto_sub: as records that have a topic."""

    def parse(self, line: bytes) -> Message | Record:
        try:
            return super().parse(line)
        except ValueError:
            found = json.loads(line.decode("utf-8", "surrogateescape"))
            if isinstance(found, dict) and "topic" in found and TIME in found:
                return found
            raise


def _table(path: Path, zone: ZoneInfo, base64: bool | None) -> Source | None:
    """CSV."""
    for number, (_, row) in enumerate(islice(csv_rows(path), _LOOK_AT)):
        if number == 0 and isinstance(row, list) and set(row) >= NEEDED:
            return CsvWithHeader(path, zone)
        if is_row(row):
            return MqttRecorderCsv(path, base64)
    return None


def _unknown(path: Path) -> NoReturn:
    raise SessionFileError(
        f"{path} is in no format that can be imported: neither a session (.db, .log), nor JSON lines with topic, "
        "payload and timestamp, nor of mosquitto_sub -F '%J', nor CSV with these columns or of mqtt-recorder, nor "
        "MCAP, nor Parquet, nor a database with a table 'mqtt_messages'."
    )
