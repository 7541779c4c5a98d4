"""A session written in parts reads like one in a single piece, also after a crash at any moment."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.message import Message
from store.catalog import Catalog
from store.deliveries import TABLE, Delivered
from store.metadata import Status
from store.part_files import part_path, parts_of
from store.parts import open_session
from store.reader import SessionReader
from store.split_writer import PART, SplitLimits, SplitWriter
from store.verify import verify
from store.writer import SessionWriter
from tests.builders import event, message, messages, metadata, session

BY_TIME = SplitLimits(max_s=10)


def completed(writer: SplitWriter) -> None:
    writer.close(writer.metadata.with_changes(status=Status.COMPLETED, ended_ns=writer.metadata.started_ns))


def has_deliveries(db: Path) -> bool:
    with SessionReader.open(db) as reader:
        found = reader._connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (TABLE,)).fetchone()
    return found is not None


def test_a_new_part_begins_with_the_message_that_comes_too_late_for_the_present_one(tmp_path: Path) -> None:
    writer = SplitWriter.create(tmp_path, metadata("Split"), BY_TIME)
    content = [message("a", str(second).encode(), offset_s=second) for second in (0, 9.9, 10, 12, 20, 31)]
    for one in content:
        writer.write([one])
    completed(writer)
    (entry,) = Catalog(tmp_path).sessions()
    parts = parts_of(entry.path)
    assert entry.parts == 4
    counts = []
    for part in parts:
        with SessionReader.open(part) as reader:
            counts.append(len(list(reader.stream())))
    assert counts == [2, 2, 1, 1]
    assert verify(entry.path).ok
    with open_session(entry.path) as reader:
        assert list(reader.stream()) == content
        assert reader.metadata.status is Status.COMPLETED
        assert [row.second for row in reader.samples()] == [0, 9, 10, 12, 20, 31]


def test_a_part_ends_at_its_size(tmp_path: Path) -> None:
    writer = SplitWriter.create(tmp_path, metadata("Split"), SplitLimits(max_bytes=200_000))
    for number in range(60):
        writer.write([message("a", bytes(10_000), offset_s=number)])
    assert writer.totals.messages == 60
    assert writer.totals.bytes == 600_000
    assert writer.size_bytes >= 600_000
    completed(writer)
    (entry,) = Catalog(tmp_path).sessions()
    assert entry.parts > 3
    assert all(part.stat().st_size < 400_000 for part in parts_of(entry.path))


def test_each_part_says_which_it_is_and_where_it_goes_on(tmp_path: Path) -> None:
    writer = SplitWriter.create(tmp_path, metadata("Split"), BY_TIME)
    writer.write([message(offset_s=0)])
    writer.add_event(event("in the first"))
    writer.write([message(offset_s=20)])
    writer.add_event(event("in the second", offset_s=21))
    completed(writer)
    (entry,) = Catalog(tmp_path).sessions()
    first, second = parts_of(entry.path)
    with SessionReader.open(first) as one, SessionReader.open(second) as two:
        assert one.metadata.ended_reason == "Goes on in part 2."
        assert two.metadata.extra[PART] == 2
        assert one.metadata.id == two.metadata.id
    with open_session(first) as reader:
        assert [found.text for found in reader.events()] == ["in the first", "in the second"]


def test_without_a_message_too_many_it_is_an_ordinary_session(tmp_path: Path) -> None:
    writer = SplitWriter.create(tmp_path / "split", metadata("Split"), BY_TIME)
    writer.write(messages(5))
    completed(writer)
    (entry,) = Catalog(tmp_path / "split").sessions()
    with open_session(entry.path) as reader, SessionReader.open(session(tmp_path / "whole", messages(5))) as whole:
        assert list(reader.stream()) == list(whole.stream())
        assert PART not in reader.metadata.extra


def test_packet_identifiers_are_known_across_two_parts_and_gone_at_the_end(tmp_path: Path) -> None:
    writer = SplitWriter.create(tmp_path, metadata("Split"), BY_TIME)
    writer.write([message("a", b"1", offset_s=0), message("b", b"2", offset_s=1)], [7, 8])
    writer.write([message("c", b"3", offset_s=11)], [9])
    writer.write([message("d", b"4", offset_s=12)], [8])
    assert writer.delivered() == Delivered({7: [1], 8: [4], 9: [3]})
    assert writer.content(1) == ("a", b"1", 1)
    assert writer.content(4) == ("d", b"4", 1)
    assert [writer.equal(("b", b"2", 1), after) for after in (0, 1, 2)] == [1, 1, 0]
    assert writer.equal(("d", b"4", 1), 0) == 1
    writer.write([message("e", b"5", offset_s=30)], [10])
    assert writer.delivered() == Delivered({8: [4], 9: [3], 10: [5]}), "what lies two parts back cannot come again"
    completed(writer)
    (entry,) = Catalog(tmp_path).sessions()
    assert not any(has_deliveries(part) for part in parts_of(entry.path))
    assert verify(entry.path).ok


def test_what_was_delivered_long_ago_is_known_across_two_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.deliveries.IDENTIFIERS", 10)
    monkeypatch.setattr("store.deliveries.LONG_AGO", 4)
    writer = SplitWriter.create(tmp_path, metadata("Split"), BY_TIME)
    writer.write([message(offset_s=0)] * 4, [7, 8, 9, 10])
    writer.write([message(offset_s=11)] * 7, [1, 2, 3, 4, 5, 6, 7])
    found = writer.delivered()
    assert found.long_ago == 7
    assert (found.messages[7], found.messages[8], found.messages[6]) == ([11, 1], [2], [10])
    writer.abandon()


def test_when_the_broker_begins_anew_earlier_identifiers_mean_nothing(tmp_path: Path) -> None:
    writer = SplitWriter.create(tmp_path, metadata("Split"), BY_TIME)
    writer.write([message(offset_s=0)], [7])
    writer.write([message(offset_s=11)], [8])
    writer.forget_deliveries()
    assert writer.delivered() == Delivered({})
    completed(writer)


@settings(max_examples=30)
@given(
    gaps=st.lists(st.floats(0, 8), min_size=1, max_size=14),
    crash_after=st.integers(0, 14),
)
def test_after_a_crash_it_goes_on_in_its_last_part(
    tmp_path_factory: pytest.TempPathFactory, gaps: list[float], crash_after: int
) -> None:
    folder = tmp_path_factory.mktemp("split")
    writer = SplitWriter.create(folder, metadata("Split"), BY_TIME)
    first = writer.db_path
    offset = 0.0
    content: list[Message] = []
    for number, gap in enumerate(gaps):
        if number == crash_after:
            before = writer.delivered()
            writer.abandon()
            writer = SplitWriter.reopen(first, BY_TIME)
            assert writer.delivered() == before
            assert writer.totals.messages == len(content)
        offset += gap
        content.append(message("a", str(number).encode(), offset_s=offset))
        writer.write([content[-1]], [number + 1])
    completed(writer)
    with open_session(first) as reader:
        assert list(reader.stream()) == content
    assert verify(first).ok


def test_a_crash_between_two_parts_loses_neither_of_them(tmp_path: Path) -> None:
    """The next part exists, and the one before has not been ended yet."""
    writer = SessionWriter.create(tmp_path, metadata("Split"))
    writer.write([message("a")], [5])
    first = writer.db_path
    writer.abandon()
    SessionWriter.create(tmp_path, metadata("Split"), stem=part_path(first, 2).stem).abandon()
    reopened = SplitWriter.reopen(first, BY_TIME)
    assert reopened.delivered() == Delivered({5: [1]})
    reopened.write([message("b", offset_s=1)])
    completed(reopened)
    with open_session(first) as reader:
        assert [found.topic for found in reader.stream()] == ["a", "b"]
        assert reader.metadata.status is Status.COMPLETED
    assert verify(first).ok


def test_such_a_crash_is_recovered_as_one_session_too(tmp_path: Path) -> None:
    writer = SessionWriter.create(tmp_path, metadata("Split"))
    writer.write([message("a")], [5])
    first = writer.db_path
    writer.abandon()
    SessionWriter.create(tmp_path, metadata("Split"), stem=part_path(first, 2).stem).abandon()
    (entry,) = Catalog(tmp_path).recover()
    assert entry.problem == ""
    assert verify(first).problems == []
