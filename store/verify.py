"""Is a session whole: both files, each in itself and compared with the other."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from core.errors import NewerVersion, SessionManagerError, StateError
from core.message import NS_PER_SECOND, Message
from store.connection import explained, open_readonly
from store.deliveries import TABLE as DELIVERIES
from store.events import Event
from store.formats.own import OwnLog
from store.locking import is_locked
from store.outline import agrees, stored_outline
from store.part_files import parts_of
from store.reader import SessionReader
from store.rollup import rolled_up, stored_rollup
from store.schema import TABLES, VIEW_NAME, view_text
from store.session_files import is_plain
from store.statistics import TopicStatistics, scan_statistics, stored_statistics

_MANY = 5
"""Differences of one kind that are listed; the rest is counted."""


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """What `verify` found."""

    ok: bool
    problems: list[str]
    """As sentences."""
    messages: int = 0


def verify(path: Path) -> VerifyResult:
    """Checks a session with all its parts; `path` is either file of the first. Changes nothing.

    Raises StateError while the session is being recorded, and NewerVersion: neither can be said to be damaged.
    """
    parts = parts_of(path.with_suffix(".db"))
    if is_locked(parts[-1].with_suffix(".log")):
        raise StateError(f"The session {parts[0].stem} is being recorded; verify it when it has ended.")
    found = [verify_part(part) for part in parts]
    problems = [
        problem if number == 1 else f"Part {number}: {problem}"
        for number, result in enumerate(found, 1)
        for problem in result.problems
    ]
    return VerifyResult(not problems, problems, sum(result.messages for result in found))


def verify_part(path: Path) -> VerifyResult:
    """Checks one part of a session, or a session in one piece; `path` is either of its files. Changes nothing.

    Raises StateError while it is being recorded, and NewerVersion: neither can be said to be damaged.
    """
    db, log = path.with_suffix(".db"), path.with_suffix(".log")
    if is_locked(log):
        raise StateError(f"The session {db.stem} is being recorded; verify it when it has ended.")
    problems: list[str] = []
    messages = 0
    if db.is_file():
        try:
            problems += _database_problems(db)
            messages = _message_count(db)
            if log.is_file():
                problems += _differences(db, log)
        except NewerVersion:
            raise
        except SessionManagerError as error:
            problems.append(str(error))
    else:
        problems.append(f"The database {db.name} is missing: rebuild it from the log.")
    if not log.is_file():
        problems.append(f"The log {log.name} is missing: rebuild it from the database.")
    return VerifyResult(ok=not problems, problems=problems, messages=messages)


def _message_count(db: Path) -> int:
    with SessionReader.open(db) as reader:
        return reader.summary().messages


def _database_problems(db: Path) -> list[str]:
    with SessionReader.open(db) as reader:
        metadata = reader.metadata
        reader.events()
    problems = []
    if metadata.status.active:
        problems.append(f"It has no end: it was interrupted while {metadata.status.value.replace('_', ' ')}.")
    elif not is_plain(db):
        problems.append("The database was left in WAL mode: what it holds may be spread over two files.")
    with explained(db), closing(open_readonly(db)) as connection:
        problems += _integrity(connection)
        problems += _tables(connection, unfinished=metadata.status.active)
        problems += _figures(connection, metadata.started_ns)
    return problems


def _integrity(connection: sqlite3.Connection) -> Iterator[str]:
    for (finding,) in connection.execute(f"PRAGMA integrity_check({_MANY})"):
        if finding != "ok":
            yield f"The database is damaged: {finding}."
    orphans = connection.execute(
        "SELECT count(*) FROM messages WHERE topic_id NOT IN (SELECT id FROM topics)"
    ).fetchone()[0]
    if orphans:
        yield f"{orphans:,} messages in the database have no topic."
    text = connection.execute("SELECT count(*) FROM messages WHERE typeof(payload) <> 'blob'").fetchone()[0]
    if text:
        yield f"{text:,} payloads in the database are not stored as bytes."
    highest, count = connection.execute("SELECT max(id), count(*) FROM messages").fetchone()
    if (highest or 0) != count:
        yield f"The database numbers its messages up to {highest:,}, but holds {count:,}: some were taken out."


def _tables(connection: sqlite3.Connection, *, unfinished: bool) -> Iterator[str]:
    found = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    known = {*TABLES, "sqlite_sequence", "sqlite_stat1"} | ({DELIVERIES} if unfinished else set())
    foreign = sorted(found - known)
    if foreign:
        yield f"The database holds tables that do not belong there: {', '.join(foreign)}."
    if connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'trigger'").fetchone():
        yield "The database holds triggers, which a session never does."
    view = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (VIEW_NAME,)).fetchone()
    if view is None:
        yield f"The database lacks its view {VIEW_NAME}."
    elif view[0] != view_text():
        yield f"The view {VIEW_NAME} is not the one that a session has."


_TRUE_SAMPLES = """
SELECT (at - :start - ((at - :start) % :ns + :ns) % :ns) / :ns AS second, topic_id,
       count(*) AS messages, sum(length(CAST(payload AS BLOB))) AS bytes
FROM messages GROUP BY 1, 2"""


def _figures(connection: sqlite3.Connection, started_ns: int) -> Iterator[str]:
    values = {"start": started_ns, "ns": NS_PER_SECOND}
    stored = "SELECT second, topic_id, messages, bytes FROM samples"
    for one, other in ((_TRUE_SAMPLES, stored), (stored, _TRUE_SAMPLES)):
        sql = f"SELECT count(*) FROM (SELECT * FROM ({one}) EXCEPT SELECT * FROM ({other}))"  # noqa: S608  constants
        wrong = connection.execute(sql, values).fetchone()[0]
        if wrong:
            yield f"{wrong:,} one-second samples do not agree with the messages."
            break
    kept = stored_statistics(connection)
    expected = scan_statistics(connection, through_id=kept.through_id)
    if kept != TopicStatistics() and not kept.agrees_with(expected):
        yield "The kept figures of the topics do not agree with the messages."
    rollup = stored_rollup(connection, expected.through_id)
    if rollup is not None and rollup != rolled_up(connection, expected.through_id):
        yield "The kept sums of the one-second samples do not agree with them."
    outline = stored_outline(connection, expected.through_id)
    if outline is not None and not agrees(outline, connection):
        yield "The kept outline does not agree with the messages."


def _differences(db: Path, log: Path) -> list[str]:
    """What log and database do not agree on."""
    source = OwnLog(log)
    events: list[Event] = []

    def messages_of_log() -> Iterator[Message]:
        for item in source.items():
            if isinstance(item, Event):
                events.append(item)
            else:
                yield item

    problems: list[str] = []
    with explained(log), SessionReader.open(db) as reader:
        problems += _compare(reader.stream(), messages_of_log())
        problems += [f"Log: {problem}" for problem in source.problems()]
        problems += _log_problems(source, reader)
        if events != reader.events():
            problems.append(f"The log holds {len(events):,} events, the database others or {len(reader.events()):,}.")
        problems += _metadata_differences(reader, source)
    return problems


def _log_problems(log: OwnLog, reader: SessionReader) -> list[str]:
    """What is wrong with a log that can be read, and with how many messages both files have."""
    problems = []
    if log.lines.parser.without_flags:
        problems.append(f"{log.lines.parser.without_flags:,} lines of the log lack 'qos' or 'retain'.")
    if log.finished and log.messages_at_end not in (None, reader.count()):
        problems.append(f"The session ended with {log.messages_at_end:,} messages, but holds {reader.count():,}.")
    return problems


def _compare(stored: Iterator[Message], logged: Iterator[Message]) -> list[str]:
    problems: list[str] = []
    different = only_stored = only_logged = 0
    for number, (ours, theirs) in enumerate(zip_longest(stored, logged), 1):
        if ours is None:
            only_logged += 1
        elif theirs is None:
            only_stored += 1
        elif ours != theirs:
            different += 1
            if different <= _MANY:
                fields = [name for name in Message._fields if getattr(ours, name) != getattr(theirs, name)]
                problems.append(f"Message {number:,} differs between log and database in {', '.join(fields)}.")
    if different > _MANY:
        problems.append(f"{different - _MANY:,} more messages differ between log and database.")
    if only_stored:
        problems.append(f"{only_stored:,} messages at the end of the database are not in the log.")
    if only_logged:
        problems.append(f"{only_logged:,} messages at the end of the log are not in the database.")
    return problems


def _metadata_differences(reader: SessionReader, log: OwnLog) -> list[str]:
    ours, theirs = reader.metadata, log.stored_metadata()
    fields = [name for name in type(ours).model_fields if getattr(ours, name) != getattr(theirs, name)]
    problems = [f"The metadata of log and database differ in {', '.join(fields)}."] if fields else []
    if not log.finished and not ours.status.active:
        problems.append("The log has no session_end line, but the session has ended.")
    return problems
