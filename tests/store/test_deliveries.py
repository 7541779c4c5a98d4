"""Packet identifiers are kept with the messages, as long as a session is recorded."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import StorageError
from store.deliveries import IDENTIFIERS, LONG_AGO, TURNS, Delivered
from store.metadata import Status
from store.reader import SessionReader
from store.recovery import reopen
from store.verify import verify
from store.writer import SessionWriter
from tests.builders import message, metadata


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def rows(writer: SessionWriter) -> int:
    with closing(sqlite3.connect(writer.db_path)) as connection:
        return int(connection.execute("SELECT count(*) FROM deliveries").fetchone()[0])


def test_the_message_stored_last_under_an_identifier_is_found(tmp_path: Path) -> None:
    writer = SessionWriter.create(tmp_path, metadata())
    writer.write([message("a", b"1"), message("b", b"2", qos=0), message("c", b"3")], [7, 0, 9])
    writer.write([message("d", b"4", qos=0)], [0])
    writer.write([message("e", b"5")], [7])
    assert writer.delivered() == Delivered({7: [5], 9: [3]})
    assert writer.content(3) == ("c", b"3", 1)
    assert writer.content(99) is None
    writer.close(metadata(id=writer.metadata.id, status=Status.COMPLETED))


def test_without_identifiers_there_is_no_table(tmp_path: Path) -> None:
    writer = SessionWriter.create(tmp_path, metadata())
    writer.write([message("a", b"1", qos=0)], [0])
    writer.write([message("a", b"1")])
    assert writer.delivered() == Delivered({})
    assert "deliveries" not in tables(writer.db_path)
    writer.abandon()


def test_the_table_survives_a_crash_and_a_finished_session_has_none(tmp_path: Path) -> None:
    """While it is there neither `verify` nor a reader takes offence."""
    writer = SessionWriter.create(tmp_path, metadata(status=Status.IN_PROGRESS))
    writer.write([message("a", b"1"), message("a", b"2")], [1, 2])
    writer.abandon()
    assert verify(writer.db_path).problems == ["It has no end: it was interrupted while in progress."]
    with SessionReader.open(writer.db_path) as reader:
        assert reader.count() == 2
    again = reopen(writer.db_path)
    assert again.delivered() == Delivered({1: [1], 2: [2]})
    again.close(again.metadata.with_changes(status=Status.COMPLETED, ended_ns=again.metadata.started_ns))
    assert "deliveries" not in tables(writer.db_path)
    assert verify(writer.db_path).problems == []


def test_a_table_of_that_name_in_a_finished_session_is_foreign(tmp_path: Path) -> None:
    writer = SessionWriter.create(tmp_path, metadata())
    writer.close(metadata(id=writer.metadata.id, status=Status.COMPLETED))
    with closing(sqlite3.connect(writer.db_path)) as connection:
        connection.execute("CREATE TABLE deliveries (x)")
        connection.commit()
    assert verify(writer.db_path).problems == ["The database holds tables that do not belong there: deliveries."]


def test_a_broker_that_begins_anew_leaves_nothing_to_recognise(tmp_path: Path) -> None:
    writer = SessionWriter.create(tmp_path, metadata())
    writer.forget_deliveries()
    writer.write([message("a", b"1")], [1])
    writer.forget_deliveries()
    assert writer.delivered() == Delivered({})
    writer.write([message("a", b"2")], [2])
    assert writer.delivered() == Delivered({2: [2]})
    writer.abandon()


def test_some_turns_of_identifiers_are_kept_and_it_is_said_which_were_given_out_long_ago(tmp_path: Path) -> None:
    """Rows with older ones are removed now and then."""
    writer = SessionWriter.create(tmp_path, metadata())
    step = 5_000
    count = 3 * TURNS * IDENTIFIERS // step + 1
    for number in range(count):
        ids = [(number * step + place) % IDENTIFIERS + 1 for place in range(step)]
        writer.write([message("a", b"")] * step, ids)
    found = writer.delivered()
    last = (count * step - 1) % IDENTIFIERS + 1
    assert found.messages[last] == [count * step - turn * IDENTIFIERS for turn in range(TURNS)]
    assert sum(map(len, found.messages.values())) == TURNS * IDENTIFIERS
    assert found.long_ago == count * step - LONG_AGO
    assert rows(writer) <= 2 * TURNS * IDENTIFIERS // step + 2
    writer.abandon()


def test_equal_messages_are_counted_from_a_message_on(tmp_path: Path) -> None:
    writer = SessionWriter.create(tmp_path, metadata())
    writer.write([message("a", b"1"), message("a", b"1", qos=0), message("b", b"1"), message("a", b"1"), message("a")])
    assert [writer.equal(("a", b"1", 1), after) for after in (0, 1, 4)] == [2, 1, 0]
    assert writer.equal(("nowhere", b"1", 1), 0) == 0
    writer.write([message("a", b"1")])
    assert writer.equal(("a", b"1", 1), 0) == 2, "more is not asked for"
    writer.abandon()


def test_what_is_rolled_back_leaves_no_identifier_behind(tmp_path: Path) -> None:
    """Not even the table, if it was to be made in that very transaction."""
    writer = SessionWriter.create(tmp_path, metadata())
    connection = writer._tables._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 3}")
    with pytest.raises(StorageError, match="disk is full"):
        writer.write([message("a", b"x" * 100_000)], [1])
    assert writer.delivered() == Delivered({})
    connection.execute("PRAGMA max_page_count = 1000000")
    writer.write([message("a", b"fits")], [1])
    assert writer.delivered() == Delivered({1: [1]})
    writer.abandon()


def test_totals_and_size_follow_what_is_stored(tmp_path: Path) -> None:
    writer = SessionWriter.create(tmp_path, metadata())
    assert writer.totals == (0, 0, 0)
    empty = writer.size_bytes
    writer.write([message("a", b"12"), message("b", b"345"), message("a", b"x" * 50_000)])
    assert writer.totals == (3, 50_005, 2)
    assert writer.size_bytes > empty + 90_000
    expected = writer.size_bytes
    writer.close(metadata(id=writer.metadata.id, status=Status.COMPLETED))
    size = writer.db_path.stat().st_size + writer.log_path.stat().st_size
    assert abs(size - expected) < 20_000


def test_identifiers_that_others_got_count_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages that are not recorded use them up as well."""
    monkeypatch.setattr("store.deliveries.IDENTIFIERS", 100)
    monkeypatch.setattr("store.deliveries.LONG_AGO", 30)
    monkeypatch.setattr("store.deliveries.TURNS", 1)
    writer = SessionWriter.create(tmp_path, metadata())
    writer.write([message("a")] * 4, [20, 90, 10, 30])
    assert writer.delivered() == Delivered({20: [1], 90: [2], 10: [3], 30: [4]}, long_ago=2)
    writer.write([message("a")] * 4, [40, 70, 5, 45])
    assert writer.delivered() == Delivered({70: [6], 5: [7], 45: [8]}, long_ago=7), "the others are a turn back"
    writer.abandon()


def test_a_broker_that_uses_the_lowest_free_identifier_has_its_messages_recognised(tmp_path: Path) -> None:
    writer = SessionWriter.create(tmp_path, metadata())
    writer.write([message("a")] * 6, [1, 1, 3, 1, 2, 4])
    assert writer.delivered() == Delivered({1: [4], 2: [5], 3: [3], 4: [6]})
    writer.abandon()
