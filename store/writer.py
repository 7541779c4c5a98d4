"""SessionWriter: batches of messages into the two files of a session."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from core.errors import StateError, StorageError
from core.message import Message
from store import schema
from store.connection import explained, open_for_update, open_new, tune_for_writing
from store.deliveries import Delivered
from store.events import Event
from store.log import LineEncoder, encode_end, encode_event, encode_metadata
from store.log_file import LogAppender
from store.metadata import SessionMetadata
from store.metadata_table import SET_METADATA, metadata_rows, read_metadata
from store.naming import stem_for
from store.reader import SessionReader
from store.session_files import delete_session_files, new_log, open_locked_log
from store.tables import SessionTables, Totals


class SessionWriter:
    """Writes one session; one thread uses it.

    Raises StorageError when the disk does not take it: what was written until then is intact. Its lock on the log tells
    other processes that the session is being written.
    """

    def __init__(self, db_path: Path, log: BinaryIO, metadata: SessionMetadata, connection: sqlite3.Connection) -> None:
        self.stem = db_path.stem
        self.db_path = db_path
        self.log_path = db_path.with_suffix(".log")
        self._metadata = metadata
        self._tables = SessionTables(db_path, connection, metadata.started_ns)
        self._log = LogAppender(log)
        self._encoder = LineEncoder()
        self._closed = False
        self._unlogged_after: int | None = None
        """The last message that is in the log, if it could not take all; None as long as it could."""

    @classmethod
    def create(cls, folder: Path, metadata: SessionMetadata, stem: str = "") -> SessionWriter:
        """Creates both files under a unique stem in `folder`, which is made if absent; empty: after name and start."""
        with explained(folder):
            folder.mkdir(parents=True, exist_ok=True)
            log = new_log(folder, stem or stem_for(metadata.name, metadata.started_ns))
        db_path = Path(log.name).with_suffix(".db")
        with explained(db_path), ExitStack() as undo:
            undo.callback(delete_session_files, db_path)
            undo.callback(log.close)
            connection = open_new(db_path)
            undo.callback(connection.close)
            connection.execute("BEGIN IMMEDIATE")
            schema.create(connection)
            connection.executemany(SET_METADATA, metadata_rows(metadata))
            connection.execute("COMMIT")
            writer = cls(db_path, log, metadata, connection)
            writer._log.append(encode_metadata(metadata))
            undo.pop_all()
        return writer

    @classmethod
    def reopen(cls, db_path: Path) -> SessionWriter:
        """Opens a session that is not being written, to go on with it or to change its metadata.

        A torn last line and the session_end line are dropped from the log; whether log and database agree is not
        looked at, see `recovery`. Raises StateError while the session is being recorded.
        """
        log = open_locked_log(db_path.with_suffix(".log"))
        with ExitStack() as undo:
            undo.callback(log.close)
            connection = open_for_update(db_path)
            undo.callback(connection.close)
            with explained(db_path):
                tune_for_writing(connection)
                writer = cls(db_path, log, read_metadata(connection, db_path), connection)
                writer._log.drop_torn_line()
                writer._log.drop_end_line()
            undo.pop_all()
        return writer

    @property
    def metadata(self) -> SessionMetadata:
        """As last stored."""
        return self._metadata

    @property
    def totals(self) -> Totals:
        """What the database holds, whether or not the log could take it."""
        return self._tables.totals()

    @property
    def size_bytes(self) -> int:
        """How large both files will be when the session has ended, with a part of what is still to be recorded."""
        return self._tables.size_bytes() + self._log.size

    def write(self, messages: Sequence[Message], packet_ids: Sequence[int] = ()) -> None:
        """Stores messages in this order: one transaction, then their log lines. An empty batch does nothing.

        `packet_ids`: for each message the broker's packet identifier or 0, to recognise it when it comes again.
        """
        if not messages:
            return
        before = self._tables.last_id
        self.store(messages, packet_ids)
        if self._unlogged_after is not None:
            self._catch_up()
            return
        try:
            self.log(messages)
        except StorageError:
            self._unlogged_after = before
            raise

    def _catch_up(self) -> None:
        """Logs what the database took while the log could not."""
        if self._unlogged_after is None:
            return
        with SessionReader.open(self.db_path) as reader:
            for stored in reader.stream_stored(after_id=self._unlogged_after):
                self.log([stored.message])
                self._unlogged_after = stored.id
        self._unlogged_after = None

    def store(self, messages: Sequence[Message], packet_ids: Sequence[int] = ()) -> None:
        """The database's half of `write`."""
        self._tables.store(messages, packet_ids)

    def log(self, messages: Sequence[Message]) -> None:
        """The log's half of `write`."""
        with explained(self.log_path):
            self._log.append(self._encoder.encode(messages))

    def add_event(self, event: Event) -> None:
        """Stores an event in both files."""
        self.store_event(event)
        self.log_event(event)

    def store_event(self, event: Event) -> None:
        """The database's half of `add_event`."""
        self._tables.store_event(event)

    def log_event(self, event: Event) -> None:
        """The log's half of `add_event`."""
        with explained(self.log_path):
            self._log.append(encode_event(event))

    def set_metadata(self, metadata: SessionMetadata) -> None:
        """Replaces the metadata in both files. The start cannot change any more: the samples count from it."""
        self._store_metadata(metadata)
        with explained(self.log_path):
            self._log.append(encode_metadata(metadata))

    def delivered(self) -> Delivered:
        """What was stored last under each packet identifier, while it may come again."""
        return self._tables.delivered()

    def forget_deliveries(self) -> None:
        """The broker has begun anew: the packet identifiers so far mean nothing any more."""
        self._tables.forget_deliveries()

    def content(self, message_id: int) -> tuple[str, bytes, int] | None:
        """Topic, payload and QoS of a stored message; None if there is none."""
        return self._tables.content(message_id)

    def equal(self, content: tuple[str, bytes, int], after_id: int) -> int:
        """How many of the messages after this one have this topic, payload and QoS; two at most."""
        return self._tables.equal(content, after_id)

    def close(self, metadata: SessionMetadata, *, keep_deliveries: bool = False) -> None:
        """Writes the final metadata and turns the database into a single plain file. Closing twice does no harm.

        `keep_deliveries`: the recording goes on elsewhere, and what was stored last may be delivered again.

        Even if it raises StorageError everything is closed, and what was written can be recovered.
        """
        if self._closed:
            return
        self._closed = True
        try:
            self._store_metadata(metadata, final=not keep_deliveries)
            self._tables.store_overviews()
            self._catch_up()
            with explained(self.log_path):
                self._log.append(encode_end(metadata, self.totals.messages))
            self._tables.make_plain()
        finally:
            self._close_files()

    def abandon(self) -> None:
        """Closes without finalising, as a crash would: for a caller that cannot go on and leaves it to recovery.

        Does nothing after `close`.
        """
        if not self._closed:
            self._closed = True
            self._close_files()

    def _close_files(self) -> None:
        with explained(self.log_path):
            try:
                self._tables.close()
            finally:
                self._log.close()

    def _store_metadata(self, metadata: SessionMetadata, *, final: bool = False) -> None:
        if metadata.started_ns != self._metadata.started_ns:
            raise StateError("The start of a session cannot be changed: its samples are counted from there.")
        self._metadata = metadata
        self._tables.store_metadata(metadata, final=final)
