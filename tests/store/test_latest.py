"""The last message of each topic is found in the index, without reading the messages."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from core.message import LIVE_RETAINED
from store.query import MessageQuery
from store.reader import SessionReader
from tests.builders import START_NS, message, messages, session


def test_looking_for_the_last_messages_reads_the_index_and_not_the_payloads(tmp_path: Path) -> None:
    """What keeps a seek in a million messages quick."""
    db = session(tmp_path, messages(10))
    asked: list[str] = []
    query = MessageQuery(include=("a/#",), end_ns=START_NS + 5 * 10**8, retained=True)
    with SessionReader.open(db) as reader:
        reader._connection.set_trace_callback(asked.append)
        list(reader.stretches(query, 4))
        reader.latest(query, 2, 9)
    asked = [sql for sql in asked if "FROM messages" in sql and "payload" not in sql]
    assert len(asked) >= 4
    with closing(sqlite3.connect(db)) as connection:
        for sql in asked:
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
            assert "COVERING INDEX messages_in_order" in plan[0], (sql, plan)


def test_a_session_whose_index_lacks_the_retain_flag_gives_the_same_answers(tmp_path: Path) -> None:
    """Older recordings have such an index, or none."""
    content = [message(f"t/{n % 3}", b"%d" % n, retain=LIVE_RETAINED * (n % 2), offset_s=n) for n in range(12)]
    db = session(tmp_path, content)
    query = MessageQuery(retained=True)
    with SessionReader.open(db) as reader:
        expected = reader.latest(query), list(reader.stretches(query, 5))
    for index in ("CREATE INDEX messages_in_order ON messages (id, topic_id, at)", "SELECT 1"):
        with closing(sqlite3.connect(db)) as connection, connection:
            connection.execute("DROP INDEX IF EXISTS messages_in_order")
            connection.execute(index)
        with SessionReader.open(db) as reader:
            assert (reader.latest(query), list(reader.stretches(query, 5))) == expected


def test_only_the_ids_that_there_are_are_read_and_in_order(tmp_path: Path) -> None:
    content = messages(1_200)
    with SessionReader.open(session(tmp_path, content)) as reader:
        found = list(reader.with_ids([1_200, 7, 5_000, *range(100, 900)]))
        assert [stored.id for stored in found] == [7, *range(100, 900), 1_200]
        assert [stored.message for stored in found] == [content[stored.id - 1] for stored in found]
        assert list(reader.with_ids([])) == []
