"""The analysis finds in recordings of a real factory what was counted in them beforehand."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from analysis.frames import BYTES, MESSAGES, RETAIN, TOPIC
from analysis.overview import overview
from analysis.timeline import Detail, timeline
from analysis.topic_stats import topic_table
from analysis.unusual import Kind, unusual
from core.message import LIVE, LIVE_RETAINED, Message
from tests.analysis.sessions import START_NS, session

pytestmark = pytest.mark.real_data

EXPECTED = [
    # file, messages, of these retained, topics, seconds from the first to the last message
    ("red-storage-production-nok_20260807_113739.log", 1227, 0, 38, 245.3),
    ("startup-clean_20260512_102831.log", 412, 0, 43, 81.6),
    ("storage-production-ml-rrr_20260804_133245.log", 3387, 0, 38, 762.1),
    ("synthetic-arduino-sensors_20260508_091000.log", 30, 30, 10, 30.4),
    ("white-storage-production_20260807_111716.log", 1483, 0, 37, 302.8),
    ("default_test_session.db", 205, 62, 41, 48.1),
    ("production-rw-agv2-b-agv1_20260512_125623.log", 3001, 0, 43, 436.9),
    ("production-white_20260303_081127.log", 897, 40, 53, 226.7),
    ("storage_order_blue_20251110_181104.log", 552, 0, 48, 127.0),
]


def messages_of(path: Path) -> list[Message]:
    """The messages of an old recording, moved so that the first one is at the session's start."""
    rows = list(_rows_of_db(path) if path.suffix == ".db" else _rows_of_log(path))
    times = [_parsed(row[0]) for row in rows]
    return [
        Message(topic, payload, 0, retain, START_NS + (at - times[0]) // timedelta(microseconds=1) * 1_000)
        for at, (_, topic, payload, retain) in zip(times, rows, strict=True)
    ]


def _rows_of_log(path: Path) -> Iterator[tuple[str, str, bytes, int]]:
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        if "topic" in row:
            retain = LIVE_RETAINED if row.get("retain") else LIVE
            yield row["timestamp"], row["topic"], row["payload"].encode(), retain


def _rows_of_db(path: Path) -> Iterator[tuple[str, str, bytes, int]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as database:
        for at, topic, payload, retain in database.execute(
            "SELECT timestamp, topic, payload, retain FROM mqtt_messages ORDER BY id"
        ):
            yield at, topic, payload.encode(), int(retain)


def _parsed(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@pytest.mark.parametrize(("name", "messages", "retained", "topics", "span_s"), EXPECTED, ids=str)
def test_counts_topics_and_span_are_the_known_ones(
    real_recordings: Path, name: str, messages: int, retained: int, topics: int, span_s: float
) -> None:
    given = messages_of(real_recordings / name)
    with session(given) as reader:
        whole, table = overview(reader), topic_table(reader)
        near, far = timeline(reader, lanes=100), timeline(reader, lanes=100, max_points=0)
    assert (whole.messages, whole.topics) == (messages, topics)
    assert whole.duration_s == pytest.approx(span_s, abs=0.051)
    assert (whole.bytes, table[BYTES].sum()) == (sum(len(each.payload) for each in given),) * 2
    assert (len(table), table[MESSAGES].sum()) == (topics, messages)
    assert near.detail is Detail.MESSAGES
    assert (near.points[RETAIN] == LIVE_RETAINED).sum() == retained
    for view in (near, far):
        assert {lane.name: lane.messages for lane in view.lanes} == dict(
            zip(table[TOPIC], table[MESSAGES], strict=True)
        )


def test_the_outages_of_a_recording_are_found_and_no_single_sensor_is_blamed(real_recordings: Path) -> None:
    given = messages_of(real_recordings / "storage-production-ml-rrr_20260804_133245.log")
    with session(given) as reader:
        found = unusual(reader)
    assert [one.text for one in found if one.kind is Kind.GAP] == [
        f"Nothing came on any topic for {seconds} s" for seconds in ("41", "33", "18")
    ]
    assert Kind.SILENT not in {one.kind for one in found}
