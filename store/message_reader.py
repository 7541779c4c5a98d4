"""The messages of an open session: those that a query chooses, or single ones by their ids."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from core.message import Message
from store import statements
from store.connection import explained
from store.counting import Counting
from store.json_sql import MATCHES, json_matches
from store.kept import Kept
from store.latest import Latest, Stretch
from store.message_rows import MessageRows, Row
from store.metadata import SessionMetadata
from store.pieces import LAST_ID, ranges
from store.query import EVERYTHING, Condition, MessageQuery, condition_for, contains_folded, ids_of
from store.results import MessagePoint, Search, Span, StoredMessage
from store.scans import Arrivals, JsonStretch, read_arrivals, read_json_validity
from store.topic_names import TopicNames

Read = TypeVar("Read")

_CHUNK = 2_000
"""Rows that `stream` reads in one transaction: a long one would keep a running recording from shrinking its WAL."""

_AT_ONCE = 500
"""Messages that are read by their ids in one statement."""


class MessageReader:
    """Reads one session's messages; one thread at a time uses it."""

    def __init__(self, path: Path, connection: sqlite3.Connection, metadata: SessionMetadata) -> None:
        self.path = path
        self.metadata = metadata
        self._connection = connection
        self._names = TopicNames(connection, path)
        self._rows = MessageRows(self._names, path)
        self._kept = Kept(connection, path, metadata)
        connection.create_function("contains_folded", 2, contains_folded, deterministic=True)
        connection.create_function(MATCHES, 3, json_matches, deterministic=True)

    def count(self, query: MessageQuery = EVERYTHING, after_id: int = 0) -> int:
        """How many messages match, of those with a higher id than `after_id`."""
        condition = self._condition(query)
        if condition.nothing:
            return 0
        if not condition.parts and not after_id:
            return self._kept.statistics().span.messages
        with explained(self.path):
            return Counting(self._connection, condition, self._kept.outline()).count(after_id)

    def span(self, query: MessageQuery = EVERYTHING) -> Span:
        """How many messages match, and the times of the earliest and the latest."""
        condition = self._condition(query)
        if condition.nothing:
            return Span(0, 0, 0)
        if not condition.parts:
            return self._kept.statistics().span
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

    def stream(self, query: MessageQuery = EVERYTHING, after_id: int = 0) -> Iterator[Message]:
        """Matching messages after `after_id` in the order of arrival; memory holds one at a time.

        While the session is being recorded it ends with what was there when it came to the end.
        """
        return self._streamed(query, after_id, self._rows.message)

    def stream_stored(self, query: MessageQuery = EVERYTHING, after_id: int = 0) -> Iterator[StoredMessage]:
        """Like `stream`, with ids."""
        return self._streamed(query, after_id, self._rows.stored)

    def _streamed(self, query: MessageQuery, after_id: int, read: Callable[[Row], Read]) -> Iterator[Read]:
        condition = self._condition(query)
        sql = statements.STREAM.format(where=condition.where)
        for begin, end in self._ranges(condition, after_id):
            found, after_id = _CHUNK, begin
            while found == _CHUNK:
                found, row = 0, None
                with explained(self.path):
                    for row in self._connection.execute(sql, (after_id, end, *condition.values, _CHUNK)):
                        found += 1
                        yield read(row)
                after_id = after_id if row is None else row[0]

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

    def with_ids(self, ids: Sequence[int]) -> Iterator[StoredMessage]:
        """The messages with these ids, in the order of arrival; ids that there are not are left out."""
        in_order = sorted(ids)
        for begin in range(0, len(in_order), _AT_ONCE):
            with explained(self.path):
                sql = statements.BY_IDS.format(ids=ids_of(in_order[begin : begin + _AT_ONCE]))
                rows = self._connection.execute(sql).fetchall()
                yield from map(self._rows.stored, rows)

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
