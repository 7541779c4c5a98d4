"""SessionWriter: batches of messages into the two files of a session."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from core.errors import StateError, StorageError
from core.message import Message
from store import schema
from store.connection import explained, open_for_update, open_new, tune_for_writing
from store.events import Event
from store.log import LineEncoder, encode_end, encode_event, encode_metadata
from store.log_file import LogAppender
from store.metadata import SessionMetadata
from store.metadata_table import SET_METADATA, metadata_rows, read_metadata
from store.naming import stem_for
from store.reader import SessionReader
from store.rows import Row, rows_of
from store.session_files import become_plain, delete_session_files, new_log, open_locked_log
from store.statistics import TopicCells, read_statistics

_INSERT = "INSERT INTO messages (at, topic_id, payload, qos, retain, properties) VALUES (?, ?, ?, ?, ?, ?)"
_ADD_SAMPLE = """
INSERT INTO samples (second, topic_id, messages, bytes) VALUES (?, ?, ?, ?)
ON CONFLICT (second, topic_id) DO UPDATE SET messages = messages + excluded.messages, bytes = bytes + excluded.bytes"""

_MANY_TOPICS = 50_000
"""Above that the ids are forgotten and looked up anew: memory stays bounded with a topic for each message."""

_STATISTICS_EVERY = 20_000
"""Messages after which the topics' figures are stored: a reader scans at most so many, which takes 10 ms.

With many topics it is twice as many messages as there are topics, because to store them costs 1 µs for each.
"""


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
        self._connection = connection
        self._log = LogAppender(log)
        self._encoder = LineEncoder()
        self._topic_ids: dict[str, int] = {}
        self._statistics = read_statistics(connection)
        self._stored_statistics_at = self._statistics.through_id
        self._closed = False
        self._unlogged_after: int | None = None
        """The last message that is in the log, if it could not take all; None as long as it could."""

    @classmethod
    def create(cls, folder: Path, metadata: SessionMetadata) -> SessionWriter:
        """Creates both files under a unique stem in `folder`, which is made if absent."""
        with explained(folder):
            folder.mkdir(parents=True, exist_ok=True)
            log = new_log(folder, stem_for(metadata.name, metadata.started_ns))
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

    def write(self, messages: Sequence[Message]) -> None:
        """Stores messages in this order: one transaction, then their log lines. An empty batch does nothing."""
        if not messages:
            return
        before = self._statistics.through_id
        self.store(messages)
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

    def store(self, messages: Sequence[Message]) -> None:
        """The database's half of `write`."""
        with explained(self.db_path):
            self._execute("BEGIN IMMEDIATE")
            try:
                rows, seconds = rows_of(messages, self._metadata.started_ns, self._topic_ids, self._topic_id)
                through_id = self._insert(rows, seconds)
                self._execute("COMMIT")
            except BaseException:
                self._rollback()
                raise
        for cells in seconds.values():
            self._statistics.add(cells.items(), through_id)

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
        data = None if event.data is None else json.dumps(dict(event.data), ensure_ascii=False)
        with explained(self.db_path):
            self._execute(
                "INSERT INTO events (at, kind, text, data) VALUES (?, ?, ?, ?)",
                (event.at_ns, str(event.kind), event.text, data),
            )

    def log_event(self, event: Event) -> None:
        """The log's half of `add_event`."""
        with explained(self.log_path):
            self._log.append(encode_event(event))

    def set_metadata(self, metadata: SessionMetadata) -> None:
        """Replaces the metadata in both files. The start cannot change any more: the samples count from it."""
        self._store_metadata(metadata)
        with explained(self.log_path):
            self._log.append(encode_metadata(metadata))

    def close(self, metadata: SessionMetadata) -> None:
        """Writes the final metadata and turns the database into a single plain file. Closing twice does no harm.

        Even if this raises StorageError everything is closed, and what was written can be recovered.
        """
        if self._closed:
            return
        self._closed = True
        try:
            self._store_metadata(metadata)
            self._catch_up()
            with explained(self.log_path):
                self._log.append(encode_end(metadata, self._statistics.messages))
            with explained(self.db_path):
                become_plain(self._connection)
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
                self._connection.close()
            finally:
                self._log.close()

    def _store_metadata(self, metadata: SessionMetadata) -> None:
        if metadata.started_ns != self._metadata.started_ns:
            raise StateError("The start of a session cannot be changed: its samples are counted from there.")
        self._metadata = metadata
        with explained(self.db_path):
            self._execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany(SET_METADATA, metadata_rows(metadata))
                self._execute(SET_METADATA, (schema.TOPIC_STATISTICS, self._statistics.to_json()))
                self._execute("COMMIT")
            except sqlite3.Error:
                self._rollback()
                raise

    def _insert(self, rows: list[Row], seconds: Mapping[int, TopicCells]) -> int:
        """Inserts the rows and adds to the samples; returns the last message's id."""
        self._connection.executemany(_INSERT, rows)
        through_id = int(self._execute("SELECT max(id) FROM messages").fetchone()[0])
        self._connection.executemany(
            _ADD_SAMPLE,
            [
                (second, topic_id, cell[0], cell[1])
                for second, cells in seconds.items()
                for topic_id, cell in cells.items()
            ],
        )
        if through_id - self._stored_statistics_at >= max(_STATISTICS_EVERY, 2 * len(self._statistics.cells or ())):
            # As of the batch before: the figures of this one are only added when it is committed.
            self._execute(SET_METADATA, (schema.TOPIC_STATISTICS, self._statistics.to_json()))
            self._stored_statistics_at = through_id
        return through_id

    def _topic_id(self, topic: str) -> int:
        if len(self._topic_ids) >= _MANY_TOPICS:
            self._topic_ids.clear()
        self._execute("INSERT INTO topics (name) VALUES (?) ON CONFLICT (name) DO NOTHING", (topic,))
        found = int(self._execute("SELECT id FROM topics WHERE name = ?", (topic,)).fetchone()[0])
        self._topic_ids[topic] = found
        return found

    def _execute(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        return self._connection.execute(sql, values)

    def _rollback(self) -> None:
        self._topic_ids.clear()  # ids given in this transaction are gone
        if self._connection.in_transaction:  # a full disk has rolled back by itself
            self._execute("ROLLBACK")
