"""An outline changes no answer of a reader: with it and without it the same is found. See test_pieces for the rest."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.message import Message
from store import latest, outline, tables
from store.metadata import Status
from store.outline import Outline, begun_outline, stored_outline
from store.parts import PartedReader
from store.query import MessageQuery
from store.reader import SessionReader
from store.reading import Reader
from store.verify import verify
from store.writer import SessionWriter
from tests import builders
from tests.analysis.sessions import START_NS, message_lists, write_session

SPACING = 4


@pytest.fixture(autouse=True)
def also_short_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    """A block holds four messages."""
    for module in (outline, tables, latest):
        monkeypatch.setattr(module, "SPACING", SPACING)


def stored(path: Path) -> Outline | None:
    with closing(sqlite3.connect(path)) as connection:
        return stored_outline(connection, connection.execute("SELECT max(id) FROM messages").fetchone()[0] or 0)


def close(writer: SessionWriter) -> None:
    writer.close(writer.metadata.with_changes(status=Status.COMPLETED, ended_ns=builders.START_NS + 10**12))


def without_outline(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM metadata WHERE key = '_outline'")


IDS = st.integers(0, 42)


def queries(content: Sequence[Message]) -> st.SearchStrategy[MessageQuery]:
    """Of ranges that begin and end with a message, or one nanosecond beside."""
    moments = st.sampled_from([START_NS, *(one.at_ns for one in content)])
    ends = st.none() | st.builds(int.__add__, moments, st.sampled_from([-1, 0, 1]))
    return st.builds(
        MessageQuery,
        include=st.sampled_from([(), ("#",), ("a/#",), ("+/b",), ("nothing",)]),
        exclude=st.sampled_from([(), ("a",), ("a/#",)]),
        start_ns=ends,
        end_ns=ends,
        retained=st.booleans(),
        qos=st.sampled_from([(), (0, 2)]),
    )


def answers(reader: Reader, query: MessageQuery, after_id: int, through_id: int) -> dict[str, Any]:
    """All that an outline has a say in."""
    state: dict[str, int] = {}
    for stretch in reader.stretches(query, SPACING):
        assert stretch.latest
        state |= stretch.latest
    return {
        "count": reader.count(query),
        "span": reader.span(query),
        "latest": reader.latest(query),
        "latest between": reader.latest(query, after_id, through_id),
        "state at the end": state,
        "stream": list(reader.stream(query)),
        "stream after": [stored.id for stored in reader.stream_stored(query, after_id)],
        "page": reader.page(query, 1, 5),
        "points": reader.points(query, 7),
    }


@settings(max_examples=50)
@given(
    content=message_lists(),
    shuffling=st.none() | st.randoms(use_true_random=False),
    data=st.data(),
    ids=st.tuples(IDS, IDS),
)
def test_with_an_outline_and_without_it_the_same_is_found(
    tmp_path: Path, content: list[Message], shuffling: random.Random | None, data: st.DataObject, ids: tuple[int, int]
) -> None:
    """Times that go back, too."""
    query = data.draw(queries(content))
    times = [one.at_ns for one in content]
    if shuffling is not None:
        shuffling.shuffle(times)
    path = write_session(tmp_path, [one._replace(at_ns=at_ns) for one, at_ns in zip(content, times, strict=True)])
    assert (stored(path) is not None) == (len(content) >= SPACING)
    with SessionReader.open(path) as reader:
        found = answers(reader, query, *ids)
    assert verify(path).ok
    without_outline(path)
    with SessionReader.open(path) as reader:
        assert answers(reader, query, *ids) == found
    assert len(found["stream"]) == found["count"] == found["span"].messages


@settings(max_examples=20)
@given(one=message_lists(), other=message_lists(), data=st.data())
def test_so_it_is_with_sessions_in_parts(
    tmp_path: Path, one: list[Message], other: list[Message], data: st.DataObject
) -> None:
    query = data.draw(queries([*one, *other]))
    paths = [write_session(tmp_path, content) for content in (one, other)]
    with PartedReader.open(paths) as reader:
        found = answers(reader, query, 3, 60)
    for path in paths:
        without_outline(path)
    with PartedReader.open(paths) as reader:
        assert answers(reader, query, 3, 60) == found


def test_what_lies_before_and_after_a_time_is_not_looked_at(tmp_path: Path) -> None:
    """What makes a replay from the middle of a long session begin at once."""
    path = builders.session(tmp_path, builders.messages(400))
    begin_ns = builders.START_NS + 20 * 10**9
    query = MessageQuery(start_ns=begin_ns, end_ns=begin_ns + 150_000_000)
    asked: list[str] = []
    with SessionReader.open(path) as reader:
        reader._connection.set_trace_callback(asked.append)
        assert reader.count(query) == reader.span(query).messages == len(reader.latest(query)) == 2
        assert [stored.id for stored in reader.stream_stored(query)] == [201, 202]
    looked = [sql for sql in asked if " id > " in sql.replace("m.id", "id")]
    assert len(looked) >= 4
    for sql in looked:
        assert "id > 200 AND" in sql, sql
        assert "id <= 204 AND" in sql, sql


def test_blocks_without_a_topic_are_not_looked_at(tmp_path: Path) -> None:
    content = [builders.message("rare" if number == 300 else "often", offset_s=number) for number in range(400)]
    with SessionReader.open(builders.session(tmp_path, content)) as reader:
        asked: list[str] = []
        reader._connection.set_trace_callback(asked.append)
        assert [stored.id for stored in reader.stream_stored(MessageQuery(include=("rare",)))] == [301]
    streamed = [sql for sql in asked if "m.id >" in sql]
    assert len(streamed) == 1
    assert "m.id > 300 AND m.id <= 304" in streamed[0]


def test_it_is_made_while_messages_come_and_covers_them_all(tmp_path: Path) -> None:
    whole = builders.messages(23, ("a", "b", "c"))
    writer = SessionWriter.create(tmp_path, builders.metadata())
    for begin in range(0, len(whole), 3):
        writer.write(whole[begin : begin + 3])
    close(writer)
    found = stored(writer.db_path)
    assert found is not None
    assert [block.through_id for block in found.blocks] == [4, 8, 12, 16, 20, 23]
    assert found.contiguous


def test_messages_that_come_later_make_it_anew(tmp_path: Path) -> None:
    path = builders.session(tmp_path, builders.messages(9))
    writer = SessionWriter.reopen(path)
    writer.write(builders.messages(3))
    assert stored(path) is None
    close(writer)
    found = stored(path)
    assert found is not None
    assert found.through_id == 12
    assert verify(path).ok


def test_an_outline_that_knows_more_than_there_is_counts_for_nothing(tmp_path: Path) -> None:
    """After a foreign hand has taken the last messages away."""
    path = builders.session(tmp_path, builders.messages(9))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM messages WHERE id > 5")
        assert not begun_outline(connection, 5).blocks
    assert stored(path) is None


def test_with_many_topics_blocks_become_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outline, "MAX_CELLS", 20)
    path = builders.session(tmp_path, builders.messages(100, [f"t/{number}" for number in range(10)]))
    found = stored(path)
    assert found is not None
    assert sum(len(block.cells) for block in found.blocks) <= 40
    assert [block.through_id for block in found.blocks[:-1]] == [
        found.spacing * number for number in range(1, len(found.blocks))
    ]
    assert verify(path).ok


def test_verify_finds_an_outline_that_is_wrong(tmp_path: Path) -> None:
    path = builders.session(tmp_path, builders.messages(9))
    with closing(sqlite3.connect(path)) as connection, connection:
        changed = connection.execute(
            "UPDATE metadata SET value = replace(value, '[2,', '[1,') WHERE key = '_outline'"
        ).rowcount
    assert changed == 1
    assert verify(path).problems == ["The kept outline does not agree with the messages."]


@pytest.mark.parametrize(
    "text",
    ["", "7", "{}", '{"spacing":4,"blocks":[[1]],"cells":[]}', '{"spacing":4,"blocks":[["4"],[1],[1],[0]],"cells":[]}'],
)
def test_what_is_no_outline_is_none(text: str) -> None:
    assert Outline.from_json(text) is None


@settings(max_examples=20)
@given(content=message_lists(), later=message_lists(), data=st.data(), ids=st.tuples(IDS, IDS))
def test_so_it_is_with_a_session_that_is_being_recorded(
    tmp_path: Path, content: list[Message], later: list[Message], data: st.DataObject, ids: tuple[int, int]
) -> None:
    """Whatever comes while it is read."""
    query = data.draw(queries([*content, *later]))
    writer = SessionWriter.create(tmp_path, builders.metadata())
    for begin in range(0, len(content), 3):
        writer.write(content[begin : begin + 3])
    found = []
    with SessionReader.open(writer.db_path) as reader:
        found.append(answers(reader, query, *ids))
        for begin in range(0, len(later), 3):
            writer.write(later[begin : begin + 3])
        found.append(answers(reader, query, *ids))
    close(writer)
    expected = []
    for whole in (content, [*content, *later]):
        path = write_session(tmp_path, whole)
        without_outline(path)
        with SessionReader.open(path) as reader:
            expected.append(answers(reader, query, *ids))
    assert found == expected
    assert verify(writer.db_path).ok


def test_while_it_is_recorded_most_of_it_is_kept_and_a_crash_does_not_begin_it_anew(tmp_path: Path) -> None:
    whole = builders.messages(400)
    writer = SessionWriter.create(tmp_path, builders.metadata())
    for begin in range(0, 380, 10):
        writer.write(whole[begin : begin + 10])
    writer.abandon()
    with closing(sqlite3.connect(writer.db_path)) as connection:
        kept = begun_outline(connection, 380)
    assert 300 <= kept.through_id <= 380
    again = SessionWriter.reopen(writer.db_path)
    assert again._tables._outline.blocks == kept.blocks
    again.write(whole[380:])
    close(again)
    assert verify(again.db_path).ok
