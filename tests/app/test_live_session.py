"""What is read of a session while it is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.live_session import LATE_S, NEWEST, TOO_MANY_TOPICS, BusyTopic, LiveSession
from core.message import LIVE, NS_PER_SECOND, Message
from recorder.status import RecordingStatus
from store.metadata import Status, new_metadata
from store.part_files import parts_of
from store.reader import SessionReader
from store.results import TopicSummary
from store.split_writer import SplitLimits, SplitWriter
from store.writer import SessionWriter

START_NS = 1_795_245_303_000_000_000


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[SessionWriter]:
    writer = SessionWriter.create(tmp_path, new_metadata("Running", START_NS, status=Status.IN_PROGRESS))
    yield writer
    writer.abandon()


def write(writer: SessionWriter, *at_s: float, topic: str = "a") -> None:
    writer.write([Message(topic, b"x", 1, LIVE, ns(at)) for at in at_s])


def ns(at_s: float) -> int:
    return START_NS + round(at_s * NS_PER_SECOND)


def status(lag_s: float = 0.0, topics: int = 1) -> RecordingStatus:
    return RecordingStatus(active=True, started_ns=START_NS, lag_s=lag_s, topics=topics)


def test_each_look_adds_what_has_come_since_without_reading_all_again(writer, monkeypatch):
    session = LiveSession(writer.db_path)
    write(writer, 0.1, 0.2, 50.5)
    assert session.look(status(), ns(60)).counts == {0: 2, 50: 1}
    starts: list[int | None] = []
    read = SessionReader.activity

    def noted(self: SessionReader, start_s: int | None = None) -> list[tuple[int, int, int]]:
        starts.append(start_s)
        return read(self, start_s)

    monkeypatch.setattr(SessionReader, "activity", noted)
    write(writer, 59.0, 60.5)
    assert session.look(status(), ns(61)).counts == {0: 2, 50: 1, 59: 1, 60: 1}
    assert starts == [60 - LATE_S]


def test_what_had_to_wait_for_the_disk_is_counted_in_its_second(writer):
    session = LiveSession(writer.db_path)
    write(writer, 1.0)
    session.look(status(), ns(100))
    write(writer, 75.0)
    assert 75 in session.look(status(lag_s=26.0), ns(101)).counts


def test_only_the_last_hour_is_remembered(writer):
    session = LiveSession(writer.db_path)
    write(writer, 1.0, 3_000.0)
    session.look(status(), ns(3_590))
    assert list(session.look(status(), ns(3_610)).counts) == [3_000]


def test_the_newest_messages_come_first_and_are_few(writer):
    write(writer, *range(NEWEST + 5))
    newest = LiveSession(writer.db_path).look(status(), ns(60)).newest
    assert [one.message.at_ns for one in newest] == [ns(at) for at in range(NEWEST + 4, 4, -1)]


def test_the_busiest_topics_have_count_share_and_present_rate(writer):
    write(writer, *[float(at) for at in range(30)], topic="heartbeat")
    write(writer, *[1.0] * 6, *[57.0, 58.0, 58.5, 59.0], topic="order")
    busiest = LiveSession(writer.db_path).look(status(topics=2), ns(60)).busiest
    assert busiest == (BusyTopic("heartbeat", 30, 0.75, 0.0), BusyTopic("order", 10, 0.25, 0.8))


def test_topics_are_ranked_again_after_a_moment_but_not_at_each_look(writer, monkeypatch):
    session = LiveSession(writer.db_path)
    write(writer, 1.0)
    looks: list[SessionReader] = []
    read = SessionReader.topics

    def noted(self: SessionReader) -> list[TopicSummary]:
        looks.append(self)
        return read(self)

    monkeypatch.setattr(SessionReader, "topics", noted)
    for second in range(60, 70):
        session.look(status(), ns(second))
    assert len(looks) == 5


def test_too_many_topics_are_not_ranked_because_all_messages_would_have_to_be_read(writer, monkeypatch):
    write(writer, 1.0)
    monkeypatch.setattr(SessionReader, "topics", None)
    assert LiveSession(writer.db_path).look(status(topics=TOO_MANY_TOPICS), ns(60)).busiest == ()


def test_a_second_browser_costs_nothing(writer):
    session = LiveSession(writer.db_path)
    write(writer, 1.0)
    first = session.look(status(), ns(60))
    assert session.look(status(), ns(60.3)) is first
    assert session.look(status(), ns(61)) is not first


def test_a_clock_that_was_set_back_does_not_stop_the_figures(writer):
    session = LiveSession(writer.db_path)
    write(writer, 1.0)
    session.look(status(), ns(3_000))
    write(writer, 59.0)
    figures = session.look(status(), ns(60))
    assert (figures.second, figures.counts[59]) == (60, 1)


def test_parts_are_one_session(tmp_path):
    metadata = new_metadata("Running", START_NS, status=Status.IN_PROGRESS)
    writer = SplitWriter.create(tmp_path, metadata, SplitLimits(None, 1.0))
    first = writer.db_path
    for second in range(3):
        writer.write([Message("a", b"x", 1, LIVE, ns(1.5 * second))])
    assert len(parts_of(first)) == 3
    figures = LiveSession(first).look(status(), ns(60))
    assert figures.counts == {0: 1, 1: 1, 3: 1}
    assert figures.busiest == (BusyTopic("a", 3, 1.0, 0.0),)
    writer.abandon()
