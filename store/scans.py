"""Passes over all messages of a session, a stretch at a time: when they came, and whether their payloads are JSON."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from store.query import Condition
from store.topic_names import TopicNames

STRETCH: Final = 20_000
"""Messages read at a time: some 20 ms and 3 MB."""

_ARRIVALS = """
SELECT id, at, qos, retain, topic_id FROM messages WHERE id > ? AND {where} ORDER BY id LIMIT ?"""
_LAST = """
SELECT id FROM messages WHERE id > ? ORDER BY id LIMIT 1 OFFSET ?"""
_EXTENT = """
SELECT max(id), count(*) FROM messages WHERE id > ?"""
# An empty payload clears what the broker has stored: it tells nothing about the others. `materialized` keeps SQLite
# from looking at each payload twice.
_VALIDITY = """
WITH looked_at AS MATERIALIZED (
  SELECT id, topic_id, json_valid(CAST(payload AS TEXT)) AS valid FROM messages
  WHERE id > ? AND id <= ? AND {where} AND length(payload) > 0)
SELECT topic_id, sum(valid), sum(NOT valid), min(id) FILTER (WHERE NOT valid) FROM looked_at GROUP BY topic_id"""


class Arrivals(NamedTuple):
    """Some messages in the order of arrival without payloads, by columns: a million is looked at in half the time."""

    at_ns: tuple[int, ...]
    topic_ids: tuple[int, ...]
    """Keys of `names`."""
    qos: tuple[int, ...]
    retain: tuple[int, ...]
    """LIVE, LIVE_RETAINED or FROM_DUMP."""
    names: Mapping[int, str]
    """At least those of these messages; only for them."""


class JsonTally(NamedTuple):
    """How many payloads of a topic are JSON (RFC 8259, nested up to 1,000 times); empty ones do not count."""

    topic: str
    valid: int
    invalid: int
    first_invalid: int | None
    """The id of the first message whose payload is no JSON."""


class JsonStretch(NamedTuple):
    """What a stretch of messages adds."""

    messages: int
    """All in the stretch, whether they match or not."""
    tallies: list[JsonTally]


def read_arrivals(
    connection: sqlite3.Connection, names: TopicNames, condition: Condition, size: int = STRETCH
) -> Iterator[Arrivals]:
    """What matches in the order of arrival, at most `size` at a time."""
    sql, after_id = _ARRIVALS.format(where=condition.where), 0
    while rows := connection.execute(sql, (after_id, *condition.values, size)).fetchall():
        ids, *columns, topic_ids = zip(*rows, strict=True)
        at_ns, qos, retain = columns
        yield Arrivals(at_ns, topic_ids, qos, retain, names.of(set(topic_ids)))
        after_id = ids[-1]


def read_json_validity(
    connection: sqlite3.Connection, names: TopicNames, condition: Condition, size: int = STRETCH
) -> Iterator[JsonStretch]:
    """One tally per topic and stretch of `size` messages in which something matches."""
    sql, after_id = _VALIDITY.format(where=condition.where), 0
    while True:
        end = connection.execute(_LAST, (after_id, size - 1)).fetchone()
        through_id, messages = (end[0], size) if end else connection.execute(_EXTENT, (after_id,)).fetchone()
        if not messages:
            return
        rows = connection.execute(sql, (after_id, through_id, *condition.values)).fetchall()
        known = names.of({row[0] for row in rows})
        yield JsonStretch(messages, [JsonTally(known[row[0]], *row[1:]) for row in rows])
        after_id = through_id
