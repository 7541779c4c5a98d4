"""SessionReader: a session's messages, figures and events, without ever writing to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType

from core.errors import SessionManagerError
from core.message import NS_PER_SECOND, Message
from store import statements
from store.connection import explained, open_readonly
from store.counting import Counting
from store.event_rows import read_events
from store.events import Event, EventKind
from store.json_sql import MATCHES, json_matches
from store.kept import Kept
from store.latest import Latest, Stretch
from store.message_rows import MessageRows
from store.metadata import SessionMetadata
from store.metadata_table import read_metadata
from store.pieces import LAST_ID, ranges
from store.query import EVERYTHING, Condition, MessageQuery, condition_for, contains_folded, ids_of
from store.results import MessagePoint, SampleRow, Search, SessionSummary, Span, StoredMessage, TopicSummary
from store.rollup import busiest_second, seconds_of
from store.sample_rows import read_activity, read_samples
from store.scans import Arrivals, JsonStretch, read_arrivals, read_json_validity
from store.statistics import scan_topics
from store.topic_names import TopicNames

__all__ = [
    "MessagePoint",
    "MessageQuery",
    "SampleRow",
    "SessionReader",
    "SessionSummary",
    "StoredMessage",
    "TopicSummary",
]


_CHUNK = 2_000
"""Rows that `stream` reads in one transaction: a long one would keep a running recording from shrinking its WAL."""

_AT_ONCE = 500
"""Messages that are read by their ids in one statement."""


class SessionReader:
    """Reads one session; one thread at a time uses it."""

    def __init__(self, path: Path, connection: sqlite3.Connection, metadata: SessionMetadata) -> None:
        self.path = path
        self.metadata = metadata
        self._connection = connection
        self._names = TopicNames(connection, path)
        self._rows = MessageRows(self._names, path)
        self._kept = Kept(connection, path, metadata)
        connection.create_function("contains_folded", 2, contains_folded, deterministic=True)
        connection.create_function(MATCHES, 3, json_matches, deterministic=True)

    @classmethod
    def open(cls, path: Path) -> SessionReader:
        """Opens a session's `.db`. Raises SessionFileError."""
        connection = open_readonly(path)
        try:
            with explained(path):
                return cls(path, connection, read_metadata(connection, path))
        except SessionManagerError:
            connection.close()
            raise

    def close(self) -> None:
        """Closes the file; closing twice does no harm."""
        self._connection.close()

    def __enter__(self) -> SessionReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def summary(self) -> SessionSummary:
        """The whole session in figures."""
        statistics = self._kept.statistics()
        with explained(self.path):
            gaps = self._connection.execute(
                "SELECT count(*) FROM events WHERE kind = ?", (EventKind.GAP_START,)
            ).fetchone()[0]
            topics = (
                len(statistics.cells)
                if statistics.cells is not None
                else self._connection.execute("SELECT count(*) FROM topics").fetchone()[0]
            )
        messages, size, first, last, *_ = statistics.total or (0, 0, None, None)
        end = self.metadata.ended_ns if self.metadata.ended_ns is not None else last
        return SessionSummary(
            messages=messages,
            bytes=size,
            topics=int(topics),
            first_ns=first,
            last_ns=last,
            gaps=int(gaps),
            duration_s=max(0, (end or self.metadata.started_ns) - self.metadata.started_ns) / NS_PER_SECOND,
        )

    def topics(self) -> list[TopicSummary]:
        """Each topic's figures, sorted by topic."""
        cells = self._kept.statistics().cells
        with explained(self.path):
            if cells is None:
                cells = scan_topics(self._connection)
            names = self._names.of(cells)
        rows = [TopicSummary(names[topic_id], *cell) for topic_id, cell in cells.items()]
        return sorted(rows, key=lambda row: row.topic)

    def count(self, query: MessageQuery = EVERYTHING, after_id: int = 0) -> int:
        """How many messages match, of those with a higher id than `after_id`."""
        condition = self._condition(query)
        if condition.nothing:
            return 0
        if not condition.parts and not after_id:
            return self.summary().messages
        with explained(self.path):
            return Counting(self._connection, condition, self._kept.outline()).count(after_id)

    def span(self, query: MessageQuery = EVERYTHING) -> Span:
        """How many messages match, and the times of the earliest and the latest."""
        condition = self._condition(query)
        if condition.nothing:
            return Span(0, 0, 0)
        if not condition.parts:
            whole = self.summary()
            return Span(whole.messages, whole.first_ns or 0, whole.last_ns or 0)
        with explained(self.path):
            return Counting(self._connection, condition, self._kept.outline()).span()

    def page(self, query: MessageQuery, offset: int, limit: int) -> list[StoredMessage]:
        """At most `limit` matching messages in the order of arrival, after skipping `offset` of them."""
        condition = self._condition(query)
        if condition.nothing:
            return []
        if not condition.parts and self._kept.contiguous():
            condition.add("id > ?", offset)
            offset = 0
        else:
            self._narrow(condition)
        with explained(self.path):
            sql = statements.PAGE.format(where=condition.where)
            rows = self._connection.execute(sql, (*condition.values, limit, offset)).fetchall()
            return [self._rows.stored(row) for row in rows]

    def search(self, query: MessageQuery) -> Search:
        """How to look for matching messages stretch by stretch of their ids: the whole session may take too long."""
        condition = self._condition(query)
        sql = f"SELECT id FROM messages WHERE id > ? AND id <= ? AND {condition.where} ORDER BY id"  # noqa: S608  values are bound

        def found(after_id: int, through_id: int) -> list[int]:
            if condition.nothing:
                return []
            with explained(self.path):
                rows = self._connection.execute(sql, (after_id, through_id, *condition.values))
                return [row[0] for row in rows]

        return found

    def newest(self, limit: int) -> list[StoredMessage]:
        """The last `limit` messages to arrive, newest last; it takes no longer however many there are."""
        with explained(self.path):
            rows = self._connection.execute(statements.NEWEST, (limit,)).fetchall()
            return [self._rows.stored(row) for row in reversed(rows)]

    def message(self, message_id: int) -> StoredMessage | None:
        """The message with this id; None if there is none."""
        with explained(self.path):
            row = self._connection.execute(statements.BY_ID, (message_id,)).fetchone()
            return None if row is None else self._rows.stored(row)

    def stream(self, query: MessageQuery = EVERYTHING) -> Iterator[Message]:
        """Matching messages in the order of arrival; memory holds one at a time.

        While the session is being recorded it ends with what was there when it came to the end.
        """
        for stored in self.stream_stored(query):
            yield stored.message

    def stream_stored(self, query: MessageQuery = EVERYTHING, after_id: int = 0) -> Iterator[StoredMessage]:
        """Like `stream`, with ids, from the message after `after_id` on."""
        condition = self._condition(query)
        sql = statements.STREAM.format(where=condition.where)
        for begin, end in self._ranges(condition, after_id):
            found, after_id = _CHUNK, begin
            while found == _CHUNK:
                found = 0
                with explained(self.path):
                    for row in self._connection.execute(sql, (after_id, end, *condition.values, _CHUNK)):
                        found, after_id = found + 1, row[0]
                        yield self._rows.stored(row)

    def with_ids(self, ids: Sequence[int]) -> Iterator[StoredMessage]:
        """The messages with these ids, in the order of arrival; ids that there are not are left out."""
        in_order = sorted(ids)
        for begin in range(0, len(in_order), _AT_ONCE):
            with explained(self.path):
                sql = statements.BY_IDS.format(ids=ids_of(in_order[begin : begin + _AT_ONCE]))
                rows = self._connection.execute(sql).fetchall()
                yield from map(self._rows.stored, rows)

    def latest(
        self, query: MessageQuery = EVERYTHING, after_id: int = 0, through_id: int = LAST_ID
    ) -> list[StoredMessage]:
        """The last matching message of each topic with `after_id` < id <= `through_id`, in the order of arrival."""
        condition = self._condition(query)
        if condition.nothing:
            return []
        with explained(self.path):
            topics = [topic_id for topic_id, name in self._names.all().items() if query.wants_topic(name)]
            found = Latest(self._connection, condition, self._kept.outline()).ids(topics, after_id, through_id)
        return list(self.with_ids(sorted(found.values())))

    def stretches(self, query: MessageQuery, size: int) -> Iterator[Stretch[str]]:
        """What the last matching messages are after each `size` messages; without those in which nothing matches."""
        condition = self._condition(query)
        if condition.nothing:
            return
        with explained(self.path):
            for one in Latest(self._connection, condition, self._kept.outline()).stretches(size):
                names = self._names.of(one.latest)
                yield Stretch(one.through_id, {names[topic]: found for topic, found in one.latest.items()})

    def samples(self, bucket_s: int = 1, start_s: int | None = None, end_s: int | None = None) -> list[SampleRow]:
        """One row per topic and bucket of `bucket_s` seconds in which something arrived, in the order of time.

        Buckets begin at multiples of `bucket_s`; only samples in [start_s, end_s) count, None is open.
        """
        with explained(self.path):
            return read_samples(self._connection, self._names, self._kept.rollup(), bucket_s, start_s, end_s)

    def activity(
        self, start_s: int | None = None, end_s: int | None = None, bucket_s: int = 1
    ) -> list[tuple[int, int, int]]:
        """Second, messages and bytes of all topics together, for every second in which something arrived, in order.

        Only seconds in [start_s, end_s), None is open. With `bucket_s` for every bucket, named by its start; buckets
        begin at multiples of it.
        """
        with explained(self.path):
            return read_activity(self._connection, self._kept.rollup(), bucket_s, start_s, end_s)

    def seconds(self) -> tuple[int, int] | None:
        """The first and the last second in which something arrived, since the start; None without messages."""
        with explained(self.path):
            return seconds_of(self._connection)

    def busiest_second(self) -> tuple[int, int] | None:
        """The second in which the most messages arrived, the first of equals, and how many; None without messages."""
        with explained(self.path):
            rollup = self._kept.rollup()
            return busiest_second(self._connection) if rollup is None else rollup.busiest

    def points(self, query: MessageQuery, limit: int) -> list[MessagePoint]:
        """The first `limit` matching messages in the order of arrival, without reading their payloads."""
        condition = self._condition(query)
        if condition.nothing:
            return []
        self._narrow(condition)
        with explained(self.path):
            rows = self._connection.execute(
                statements.POINTS.format(where=condition.where), (*condition.values, limit)
            ).fetchall()
            names = self._names.of({row[2] for row in rows})
            return [MessagePoint(row[0], row[1], names[row[2]], *row[3:]) for row in rows]

    def arrivals(self, query: MessageQuery = EVERYTHING) -> Iterator[Arrivals]:
        """When the matching messages came, in their order, some thousands at a time and without their payloads."""
        condition = self._condition(query)
        if not condition.nothing:
            with explained(self.path):
                yield from read_arrivals(self._connection, self._names, condition)

    def json_validity(self, query: MessageQuery = EVERYTHING) -> Iterator[JsonStretch]:
        """How many payloads of each topic are JSON, some thousands of messages at a time."""
        condition = self._condition(query)
        if not condition.nothing:
            with explained(self.path):
                yield from read_json_validity(self._connection, self._names, condition)

    def events(self) -> list[Event]:
        """All events in the order in which they were written."""
        with explained(self.path):
            return read_events(self._connection, self.path)

    def _condition(self, query: MessageQuery) -> Condition:
        needs_topics = query.include or query.exclude or query.text
        with explained(self.path):
            return condition_for(query, self._names.all() if needs_topics else {})

    def _ranges(self, condition: Condition, after_id: int = 0) -> list[tuple[int, int]]:
        """Where what matches may lie: ids that it comes after, and up to which."""
        if condition.nothing:
            return []
        with explained(self.path):
            return ranges(self._kept.outline(), condition.time, condition.topics, after_id)

    def _narrow(self, condition: Condition) -> None:
        """To the ids between which all that matches lies."""
        found = self._ranges(condition)
        if found != [(0, LAST_ID)]:
            condition.add("id > ? AND id <= ?", *((found[0][0], found[-1][1]) if found else (0, 0)))
