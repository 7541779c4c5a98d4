"""The database's half of a session writer: each call is one transaction, taken whole or not at all."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from core.errors import SessionManagerError
from core.message import Message
from store import schema
from store.connection import BUSY_SECONDS, be_patient, explained, is_busy
from store.deliveries import Delivered, Deliveries
from store.events import Event
from store.metadata import SessionMetadata
from store.metadata_table import SET_METADATA, metadata_rows
from store.outline import SPACING, begun_outline, stored_outline
from store.rollup import rolled_up, stored_rollup
from store.rows import Row, rows_of
from store.session_files import become_plain
from store.statistics import TopicCells, read_statistics

_INSERT = "INSERT INTO messages (at, topic_id, payload, qos, retain, properties) VALUES (?, ?, ?, ?, ?, ?)"
_TOGETHER = 100
"""Rows in one statement: with single rows SQLite takes a third longer, and each one hands Python's lock to the thread
that reads from the broker."""
_LARGE = 10_000
"""Bytes of payload, on average, from which on each row has its own statement: SQLite copies what is in one."""
_INSERT_TOGETHER = _INSERT + ", (?, ?, ?, ?, ?, ?)" * (_TOGETHER - 1)
_ADD_SAMPLE = """
INSERT INTO samples (second, topic_id, messages, bytes) VALUES (?, ?, ?, ?)
ON CONFLICT (second, topic_id) DO UPDATE SET messages = messages + excluded.messages, bytes = bytes + excluded.bytes"""
_CONTENT = """
SELECT t.name, CAST(m.payload AS BLOB), m.qos FROM messages AS m JOIN topics AS t ON t.id = m.topic_id WHERE m.id = ?"""

EQUAL: Final = """
SELECT m.id FROM messages AS m WHERE m.id > ? AND m.topic_id = (SELECT id FROM topics WHERE name = ?)
AND m.payload = ? AND m.qos = ? LIMIT 2"""

_MANY_TOPICS = 50_000
"""Above that the ids are forgotten and looked up anew: memory stays bounded with a topic for each message."""

_STATISTICS_EVERY = 20_000
"""Messages after which the topics' figures are stored: a reader scans at most so many, which takes 10 ms.

With many topics it is twice as many messages as there are topics, because to store them costs 1 µs for each.
"""

_BLOCKS_AT_ONCE = 4
"""Of the outline: 20 ms."""
_BLOCKS_LESS = 8
"""Or a tenth of them: what a reader has to find out by itself about a session that is being recorded."""


class Totals(NamedTuple):
    """What a database holds."""

    messages: int = 0
    bytes: int = 0
    topics: int = 0


class SessionTables:
    """Writes into the database of one session; one thread uses it. Raises StorageError, SessionFileError."""

    def __init__(self, path: Path, connection: sqlite3.Connection, started_ns: int) -> None:
        self._path = path
        self._connection = connection
        self._started_ns = started_ns
        self._topic_ids: dict[str, int] = {}
        self._statistics = read_statistics(connection)
        self._stored_statistics_at = self._statistics.through_id
        self._deliveries = Deliveries(connection)
        self._outline = begun_outline(connection, self._statistics.through_id)
        self._stored_blocks = len(self._outline.blocks)

    @property
    def last_id(self) -> int:
        """The last message's."""
        return self._statistics.through_id

    def totals(self) -> Totals:
        """What has been committed."""
        kept = self._statistics
        if kept.total is None:
            return Totals()
        if kept.cells is not None:
            return Totals(kept.total[0], kept.total[1], len(kept.cells))
        with explained(self._path):  # no topic is ever taken away
            return Totals(kept.total[0], kept.total[1], int(self._value("SELECT max(id) FROM topics")))

    def size_bytes(self) -> int:
        """How large the database will be as a single file."""
        with explained(self._path):
            return int(self._value("PRAGMA page_count")) * int(self._value("PRAGMA page_size"))

    def store(self, messages: Sequence[Message], packet_ids: Sequence[int] = ()) -> None:
        """Messages with their samples, and their packet identifiers if there are any: as many as messages."""
        with self._transaction():
            rows, seconds = rows_of(messages, self._started_ns, self._topic_ids, self._topic_id)
            through_id = self._insert(rows, seconds)
            if packet_ids:
                self._deliveries.add(through_id - len(rows) + 1, packet_ids)
        self._deliveries.committed()
        for cells in seconds.values():
            self._statistics.add(cells.items(), through_id)
        self._extend_outline()

    def store_event(self, event: Event) -> None:
        """One event."""
        data = None if event.data is None else json.dumps(dict(event.data), ensure_ascii=False)
        with explained(self._path):
            self._connection.execute(
                "INSERT INTO events (at, kind, text, data) VALUES (?, ?, ?, ?)",
                (event.at_ns, str(event.kind), event.text, data),
            )

    def store_metadata(self, metadata: SessionMetadata, *, final: bool = False) -> None:
        """Replaces the metadata, and stores the topics' figures; `final`: takes away what only a recorder needs."""
        with self._transaction():
            self._connection.executemany(SET_METADATA, metadata_rows(metadata))
            self._connection.execute(SET_METADATA, (schema.TOPIC_STATISTICS, self._statistics.to_json()))
            if final:
                self._deliveries.drop()

    def store_overviews(self) -> None:
        """What helps those who look at the whole session, or for a moment of it; without it that only takes longer."""
        with suppress(SessionManagerError), self._transaction():
            if stored_rollup(self._connection, self.last_id) is None:
                found = rolled_up(self._connection, self.last_id)
                if found is not None:
                    self._connection.execute(SET_METADATA, (schema.ROLLUP, found.to_json()))
            if self.last_id >= SPACING and stored_outline(self._connection, self.last_id) is None:
                outline = self._outline.finished(self._connection, self.last_id)
                self._connection.execute(SET_METADATA, (schema.OUTLINE, outline.to_json()))

    def _extend_outline(self) -> None:
        """While what it is made of is still in memory. One that lags behind, after a crash, catches up bit by bit."""
        if self.last_id - self._outline.through_id < self._outline.spacing:
            return
        with explained(self._path):
            self._outline.extend(self._connection, self.last_id, _BLOCKS_AT_ONCE)
            if abs(len(self._outline.blocks) - self._stored_blocks) > max(_BLOCKS_LESS, self._stored_blocks // 10):
                self._connection.execute(SET_METADATA, (schema.OUTLINE, self._outline.to_json()))
                self._stored_blocks = len(self._outline.blocks)

    def delivered(self) -> Delivered:
        """What was stored last under each packet identifier, while it may come again."""
        with explained(self._path):
            return self._deliveries.tail()

    def forget_deliveries(self) -> None:
        """The packet identifiers so far mean nothing any more."""
        with explained(self._path):
            self._deliveries.clear()

    def content(self, message_id: int) -> tuple[str, bytes, int] | None:
        """Topic, payload and QoS of a message; None if there is none."""
        with explained(self._path):
            found: tuple[str, bytes, int] | None = self._connection.execute(_CONTENT, (message_id,)).fetchone()
            return found

    def equal(self, content: tuple[str, bytes, int], after_id: int) -> int:
        """How many of the messages after this one have this topic, payload and QoS; two at most."""
        with explained(self._path):
            return len(self._connection.execute(EQUAL, (after_id, *content)).fetchall())

    def make_plain(self) -> None:
        """Turns the database into a single file, unless a reader that stays prevents it."""
        with explained(self._path):
            become_plain(self._connection)

    def close(self) -> None:
        """Closes the database. Raises sqlite3.Error."""
        self._connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with explained(self._path):
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield
                self._connection.execute("COMMIT")
            except BaseException as error:
                if is_busy(error):  # it has waited long enough: what is to be done at the end need not wait as long
                    be_patient(self._connection, BUSY_SECONDS)
                self._topic_ids.clear()  # ids given in this transaction are gone
                self._deliveries.rolled_back()
                if self._connection.in_transaction:  # a full disk has rolled back by itself
                    self._connection.execute("ROLLBACK")
                raise

    def _insert(self, rows: list[Row], seconds: Mapping[int, TopicCells]) -> int:
        """Inserts the rows and adds to the samples; returns the last message's id."""
        self._insert_rows(rows, sum(cell[1] for cells in seconds.values() for cell in cells.values()))
        through_id = int(self._value("SELECT max(id) FROM messages"))
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
            self._connection.execute(SET_METADATA, (schema.TOPIC_STATISTICS, self._statistics.to_json()))
            self._stored_statistics_at = through_id
        return through_id

    def _insert_rows(self, rows: list[Row], size: int) -> None:
        """`size`: the bytes of all payloads."""
        whole = len(rows) - len(rows) % _TOGETHER if size <= len(rows) * _LARGE else 0
        for start in range(0, whole, _TOGETHER):
            self._connection.execute(_INSERT_TOGETHER, list(chain.from_iterable(rows[start : start + _TOGETHER])))
        self._connection.executemany(_INSERT, rows[whole:])

    def _topic_id(self, topic: str) -> int:
        if len(self._topic_ids) >= _MANY_TOPICS:
            self._topic_ids.clear()
        self._connection.execute("INSERT INTO topics (name) VALUES (?) ON CONFLICT (name) DO NOTHING", (topic,))
        found = int(self._value("SELECT id FROM topics WHERE name = ?", (topic,)))
        self._topic_ids[topic] = found
        return found

    def _value(self, sql: str, values: Sequence[object] = ()) -> int:
        """The one number that a query gives."""
        return int(self._connection.execute(sql, values).fetchone()[0])
