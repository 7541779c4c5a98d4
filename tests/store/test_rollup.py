"""Coarse samples: the same totals as the one-second samples, whatever stretch is asked for."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.message import NS_PER_SECOND, Message
from store import rollup
from store.metadata import Status
from store.parts import PartedReader
from store.reader import SessionReader
from store.rollup import Rollup, rolled_up, stored_rollup
from store.verify import verify
from store.writer import SessionWriter
from tests.analysis.sessions import START_NS, message, message_lists, write_session

BOUNDS = st.none() | st.integers(-5, 35)


@pytest.fixture(autouse=True)
def also_short_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    """From ten seconds on a session is rolled up."""
    monkeypatch.setattr(rollup, "BUCKETS", 2)


def stored(path: Path, through_id: int) -> Rollup | None:
    with closing(sqlite3.connect(path)) as connection:
        return stored_rollup(connection, through_id)


def by_hand(messages: list[Message], bucket_s: int, start: int | None, end: int | None) -> Counter[tuple[int, str]]:
    """Messages by bucket and topic."""
    seconds = [((one.at_ns - START_NS) // NS_PER_SECOND, one.topic) for one in messages]
    return Counter(
        (second - second % bucket_s, topic)
        for second, topic in seconds
        if (start is None or second >= start) and (end is None or second < end)
    )


@given(message_lists(), st.sampled_from((1, 2, 5, 10, 15, 60)), BOUNDS, BOUNDS)
def test_buckets_hold_what_lies_in_their_seconds(
    messages: list[Message], bucket_s: int, start: int | None, end: int | None
) -> None:
    with TemporaryDirectory() as folder, SessionReader.open(write_session(Path(folder), messages)) as reader:
        rows = reader.samples(bucket_s, start, end)
        expected = by_hand(messages, bucket_s, start, end)
        assert {(row.second, row.topic): row.messages for row in rows} == expected
        assert [row.second for row in rows] == sorted(row.second for row in rows)
        sums: Counter[int] = Counter()
        for (second, _), count in expected.items():
            sums[second] += count
        assert [(second, count) for second, count, _ in reader.activity(start, end, bucket_s)] == sorted(sums.items())


def test_where_nothing_came_nothing_is_asked_for(tmp_path: Path) -> None:
    """A message whose time is years off must not make a session slow."""
    path = write_session(tmp_path, [message(at_s=0), message(at_s=100 * 365 * 86_400)])
    asked: list[str] = []
    with closing(sqlite3.connect(path)) as connection:
        connection.set_trace_callback(asked.append)
        found = rolled_up(connection, 2)
    assert found is not None
    assert [messages for _, _, messages, _ in found.cells] == [1, 1]
    assert len(asked) < 10


@given(message_lists(), message_lists())
def test_the_busiest_second_is_the_first_with_the_most_messages_in_whatever_parts(
    one: list[Message], other: list[Message]
) -> None:
    with TemporaryDirectory() as folder:
        paths = [write_session(Path(folder) / name, part) for name, part in (("1", one), ("2", other)) if part]
        if not paths:
            return
        with PartedReader.open(paths) as reader:
            counts = Counter((each.at_ns - START_NS) // NS_PER_SECOND for each in (*one, *other))
            assert reader.seconds() == (min(counts), max(counts))
            assert reader.busiest_second() == min(counts.items(), key=lambda pair: (-pair[1], pair[0]))


@pytest.fixture
def ended(tmp_path: Path) -> Path:
    """A session of 20 s."""
    return write_session(tmp_path, [message("a" if at % 3 else "b", at_s=at) for at in range(20)])


def test_an_ended_session_keeps_its_sums_and_verify_finds_them_right(ended: Path) -> None:
    kept = stored(ended, 20)
    assert kept is not None
    assert (kept.width_s, kept.busiest) == (5, (0, 1))
    assert sum(cell[2] for cell in kept.cells) == 20
    assert verify(ended).problems == []


def test_verify_finds_sums_that_are_wrong(ended: Path) -> None:
    with closing(sqlite3.connect(ended)) as connection:
        connection.execute(
            "UPDATE metadata SET value = replace(value, '\"busiest\":[0,', '\"busiest\":[7,') WHERE key = '_rollup'"
        )
        connection.commit()
    assert verify(ended).problems == ["The kept sums of the one-second samples do not agree with them."]


def test_messages_that_come_later_count_at_once(ended: Path) -> None:
    writer = SessionWriter.reopen(ended)
    writer.write([message("c", at_s=20)])
    assert stored(ended, 21) is None
    with SessionReader.open(ended) as reader:
        assert sum(row.messages for row in reader.samples(60)) == 21
    writer.close(writer.metadata.with_changes(status=Status.COMPLETED))
    kept = stored(ended, 21)
    assert kept is not None
    assert sum(cell[2] for cell in kept.cells) == 21


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "{}",
        '{"through_id":1,"width_s":0,"busiest":[0,1],"cells":[[],[],[],[]]}',
        '{"through_id":1,"width_s":5,"busiest":[0,1],"cells":[[1],["x"],[1],[1]]}',
        '{"through_id":1,"width_s":5,"busiest":[0,1],"cells":[[1],[1],[1],[]]}',
    ],
)
def test_what_is_no_rollup_is_none(text: str) -> None:
    assert Rollup.from_json(text) is None


def test_with_very_many_topics_no_sums_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollup, "MAX_CELLS", 10)
    path = write_session(tmp_path, [message(f"t/{at}", at_s=at) for at in range(20)])
    assert stored(path, 20) is None
    with SessionReader.open(path) as reader:
        assert sum(row.messages for row in reader.samples(60)) == 20
