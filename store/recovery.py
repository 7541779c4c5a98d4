"""After a crash: bringing log and database together, and giving the session an end."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import islice
from pathlib import Path

from core.message import Message
from store.comparison import Comparison, compare
from store.connection import explained, open_for_update
from store.copying import BATCH_MESSAGES, Change, batches
from store.formats.own import ended
from store.log import LineParser, encode_end, messages_at_end
from store.log_file import LogAppender, LogReader, read_end_line
from store.metadata import SessionMetadata
from store.metadata_table import SET_METADATA, metadata_rows, read_metadata
from store.reader import SessionReader
from store.rebuild import rebuild_log
from store.session_files import become_plain, is_plain, open_locked_log
from store.writer import SessionWriter


def reopen(db_path: Path) -> SessionWriter:
    """Opens a session for going on with it, after bringing its log and its database together.

    Raises StateError while it is being recorded, SessionFileError, StorageError.
    """
    if not db_path.with_suffix(".log").exists():
        rebuild_log(db_path)
    writer = SessionWriter.reopen(db_path)
    try:
        found = compare(db_path, writer.log_path)
        if not found.differs:
            _complete(writer, found)
            return writer
    except BaseException:
        writer.abandon()
        raise
    writer.abandon()
    rebuild_log(db_path)
    return SessionWriter.reopen(db_path)


def finish(db_path: Path) -> SessionMetadata:
    """Gives a session that was left open its end, as failed. In any case brings its files together."""
    return _end(db_path, _unchanged)


def change(db_path: Path, how: Change) -> SessionMetadata:
    """Changes the metadata of a session that is not being recorded, in both files.

    What was left open gets its end. Quick however long the session, if it ended properly. Raises StateError,
    SessionFileError, StorageError.
    """
    return _change_ended(db_path, how) or _end(db_path, how)


def settle(db_path: Path) -> None:
    """Gives a session that has ended what its writer could not: a whole log, and a single plain database.

    A full disk keeps it from the first, a reader from the second. Cheap for a session that has both.
    """
    log_path = db_path.with_suffix(".log")
    with explained(log_path):
        log_is_whole = not log_path.exists() or read_end_line(log_path) is not None
    if not log_is_whole:
        finish(db_path)
    if is_plain(db_path):
        return
    with explained(db_path), closing(open_for_update(db_path)) as connection:
        become_plain(connection, tries=1)


def _unchanged(metadata: SessionMetadata) -> SessionMetadata:
    return metadata


def _end(db_path: Path, how: Change) -> SessionMetadata:
    """Brings both files together, and ends the session if nobody has."""
    writer = reopen(db_path)
    try:
        with SessionReader.open(db_path) as reader:
            times = [reader.summary().last_ns or 0, *(event.at_ns for event in reader.events())]
        final = how(ended(writer.metadata, max(times)))
        writer.close(final)
    except BaseException:
        writer.abandon()
        raise
    return final


def _change_ended(db_path: Path, how: Change) -> SessionMetadata | None:
    """Writes the end of either file anew, without reading the rest; None if one of them has no end."""
    log_path = db_path.with_suffix(".log")
    if not log_path.exists():
        return None
    with (
        explained(log_path),
        closing(LogAppender(open_locked_log(log_path))) as log,
        closing(open_for_update(db_path)) as connection,
        explained(db_path),
    ):
        before = read_metadata(connection, db_path)
        end = log.end_line()
        if before.status.active or end is None:
            return None
        final, messages = how(before), messages_at_end(end)
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(SET_METADATA, metadata_rows(final))
        log.replace_last_line(encode_end(final, messages))
        try:
            connection.execute("COMMIT")
        except sqlite3.Error:
            log.replace_last_line(encode_end(before, messages))
            raise
        become_plain(connection)
    return final


def _complete(writer: SessionWriter, found: Comparison) -> None:
    """Gives either file what only the other has.

    A crash of the program leaves messages in the database that the log lacks; a power cut may take the last commits
    away, which the log still has.
    """
    with SessionReader.open(writer.db_path) as reader:
        in_database, known = reader.count(), reader.events()
        missing = (stored.message for stored in reader.stream_stored(after_id=found.last_common_id))
        if found.messages < in_database:
            for batch in batches(missing):
                if isinstance(batch, list):
                    writer.log(batch)
    if found.messages > in_database:
        lines = LogReader(writer.log_path, LineParser())
        surplus = islice((item for item in lines if isinstance(item, Message)), in_database, None)
        while batch := list(islice(surplus, BATCH_MESSAGES)):
            writer.store(batch)
    for event in known[len(found.events) :]:
        writer.log_event(event)
    for event in found.events[len(known) :]:
        writer.store_event(event)
