"""The tables of a session's database, and the steps from one version of them to the next."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final

APPLICATION_ID: Final = 0x4D515352
"""'MQSR', in bytes 68 to 71 of the file: how a file is recognised as ours (SQLite file format, section 1.3)."""

SCHEMA_VERSION: Final = 1

TABLES: Final = ("metadata", "topics", "messages", "samples", "events")

TOPIC_STATISTICS: Final = "_topic_statistics"
"""A helper key in `metadata`, see `statistics`. Keys that begin with `_` are not part of the session's metadata."""

ROLLUP: Final = "_rollup"
"""Another one, see `rollup`."""

OUTLINE: Final = "_outline"
"""Another one, see `outline`."""

_DDL: Final = (
    "CREATE TABLE metadata (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE topics (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    """CREATE TABLE messages (
         id INTEGER PRIMARY KEY,
         at INTEGER NOT NULL,
         topic_id INTEGER NOT NULL REFERENCES topics,
         payload BLOB NOT NULL,
         qos INTEGER NOT NULL,
         retain INTEGER NOT NULL,
         properties TEXT)""",
    """CREATE TABLE samples (
         second INTEGER, topic_id INTEGER, messages INTEGER, bytes INTEGER,
         PRIMARY KEY (second, topic_id)) WITHOUT ROWID""",
    "CREATE TABLE events (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, text TEXT, data TEXT)",
    # Everything but the payloads, in the order of arrival: filtering a million messages reads 20 MB instead of 300.
    # `retain` is in it for the state of a moment. It only ever grows at its end: writing it costs next to nothing.
    "CREATE INDEX messages_in_order ON messages (id, topic_id, at, retain)",
)

# A payload that is not UTF-8 must not reach a plain SQL user as text: many clients fail on the whole query. It is
# shown as SQL's own literal X'...', and so is one with a null character. SQLite cannot validate UTF-8, so `walk` goes
# from one character outside ASCII to the next and looks whether SQLite would encode it the same way; `blocks`
# keep that linear for long texts. Most payloads are pure ASCII, and the GLOB says so at once.
VIEW_NAME: Final = "mqtt_messages"

_VIEW: Final = """
CREATE VIEW mqtt_messages AS
SELECT m.id AS id,
       strftime('%Y-%m-%dT%H:%M:%S', (m.at - (m.at % 1000000000 + 1000000000) % 1000000000) / 1000000000, 'unixepoch')
         || printf('.%06d+00:00', ((m.at % 1000000000 + 1000000000) % 1000000000) / 1000) AS timestamp,
       t.name AS topic,
       CASE WHEN instr(m.payload, x'00') THEN quote(m.payload)
            WHEN CAST(m.payload AS TEXT) NOT {beyond_ascii} THEN CAST(m.payload AS TEXT)
            WHEN EXISTS (
              WITH RECURSIVE blocks(block, rest) AS (
                SELECT '', CAST(m.payload AS TEXT)
                UNION ALL
                SELECT substr(rest, 1, 4000 + length(m.payload) / 250), substr(rest, 4001 + length(m.payload) / 250)
                FROM blocks WHERE rest <> '')
              SELECT 1 FROM blocks WHERE block {beyond_ascii} AND EXISTS (
                WITH RECURSIVE walk(rest) AS (
                  SELECT ltrim(block, '{ascii}')
                  UNION ALL
                  SELECT ltrim(substr(rest, 2), '{ascii}') FROM walk
                  WHERE rest <> '' AND hex(substr(rest, 1, 1)) = hex(char(unicode(rest))))
                SELECT 1 FROM walk WHERE rest <> '' AND hex(substr(rest, 1, 1)) <> hex(char(unicode(rest)))))
              THEN quote(m.payload)
            ELSE CAST(m.payload AS TEXT) END AS payload,
       m.qos AS qos,
       m.retain <> 0 AS retain
FROM messages m JOIN topics t ON t.id = m.topic_id
""".replace("{beyond_ascii}", "GLOB '*[^' || char(1) || '-' || char(127) || ']*'").replace(
    "{ascii}", "".join(chr(code) for code in range(1, 128)).replace("'", "''")
)


def create(connection: sqlite3.Connection) -> None:
    """Makes an empty database a session of the current version."""
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    for statement in (*_DDL, _VIEW):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def view_text() -> str:
    """The text of the view, as SQLite keeps it in `sqlite_master`."""
    return _VIEW.strip()


MIGRATIONS: Final[dict[int, Callable[[sqlite3.Connection], None]]] = {}
"""Version n -> the named function that makes version n + 1 of it. Version 1 is the first: none yet."""


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Brings a database of `version` to SCHEMA_VERSION, within the caller's transaction."""
    for step in range(version, SCHEMA_VERSION):
        MIGRATIONS[step](connection)
        connection.execute(f"PRAGMA user_version = {step + 1}")
