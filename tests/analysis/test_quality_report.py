"""What is suspicious in a session is found, and what is not is left alone."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.clock_fit import drift
from analysis.quality_report import QualityReport, quality_report
from analysis.sender_clocks import SenderClock
from core.message import Message
from store.catalog import Catalog
from store.events import Event, EventKind
from store.query import MessageQuery
from store.reader import SessionReader
from tests.analysis.sessions import START_NS, message, session
from tests.hostile import PAYLOADS


def report(messages: list[Message], *events: Event, query: MessageQuery | None = None) -> QualityReport:
    with session(messages, events) as reader:
        return quality_report(reader, query or MessageQuery())


def dated(number: int, at_s: float, ahead_s: float, topic: str = "a/b", **more: object) -> Message:
    moment = datetime.fromtimestamp(START_NS // 10**9 + at_s + ahead_s, UTC)
    text = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return message(topic, at_s, json.dumps({"timestamp": text, "n": number, **more}).encode())


def clock(messages: list[Message]) -> SenderClock:
    (found,) = report(messages).clocks
    return found


@given(st.floats(-5_000, 5_000), st.randoms(use_true_random=False))
def test_a_drift_is_found_whatever_a_quarter_of_the_points_say(ms_per_h: float, chance: random.Random):
    seconds = [float(second) for second in range(0, 3_600, 30)]
    milliseconds = [ms_per_h * second / 3_600 - chance.uniform(0, 5) for second in seconds]
    for place in chance.sample(range(len(seconds)), 30):
        milliseconds[place] -= chance.uniform(0, 20_000)
    found = drift(seconds, milliseconds)
    assert found is not None
    assert found.low <= found.ms_per_h <= found.high
    assert abs(found.ms_per_h - ms_per_h) < 20
    if abs(ms_per_h) > 300:
        assert found.sure


@pytest.mark.parametrize("count", [1, 5])
def test_points_at_one_moment_are_no_line(count: int):
    assert drift([7.0] * count, [1.0] * count) is None


@pytest.mark.parametrize(
    ("count", "every_s", "ms_per_h"),
    [
        pytest.param(20, 60, 5_000, id="few"),
        pytest.param(400, 0.1, 5_000, id="short"),
        pytest.param(90, 10, 0, id="none"),
    ],
)
def test_without_evidence_enough_nothing_is_said(count: int, every_s: float, ms_per_h: float):
    chance = random.Random(1)
    seconds = [every_s * place for place in range(count)]
    found = drift(seconds, [ms_per_h * second / 3_600 + chance.uniform(-5, 5) for second in seconds])
    assert found is not None
    assert not found.sure


def test_a_clock_that_is_too_fast_is_found_in_the_messages():
    """One second in an hour, over ten minutes; times in the payload are to the millisecond."""
    found = clock([dated(place, place * 2.0, -0.02 + place * 2.0 / 3_600) for place in range(300)])
    assert (found.topic, found.field, found.frozen, found.disagreeing) == ("a/b", "timestamp", False, 0)
    assert found.last_id == 300
    assert found.drift is not None
    assert found.drift.sure
    assert found.drift.ms_per_h == pytest.approx(1_000, abs=10)


def test_a_message_whose_time_does_not_fit_is_named():
    found = clock([dated(place, place, -0.02 - 30 * (place in (17, 40))) for place in range(60)])
    assert found.disagreeing == 2
    assert {one.message_id for one in found.examples} == {18, 41}
    assert found.examples[0].deviation_ms == pytest.approx(-30_000, abs=2)


def test_a_time_that_stands_still_is_no_drift():
    found = clock([message(at_s=place, payload=b'{"ts":"2026-08-07T09:11:00Z","n":%d}' % place) for place in range(40)])
    assert (found.frozen, found.drift, found.disagreeing) == (True, None, 0)


def test_numbers_and_old_dates_are_no_times():
    payloads = (
        json.dumps({"id": 4_000_000_000 + place, "born": "2001-01-01T00:00:00Z"}).encode() for place in range(40)
    )
    assert report([message(at_s=place, payload=one) for place, one in enumerate(payloads)]).clocks == ()


def test_if_most_senders_agree_it_is_the_recorders_clock_that_is_wrong():
    hour = [dated(place, place, -3_600.0, topic) for place in range(10) for topic in ("a", "b", "c")]
    assert report([*hour, *(dated(place, place + 20, 0.0, "d") for place in range(10))]).recorder_off_ms == -3_600_000
    assert report([dated(place, place, 0.0, topic) for place in range(10) for topic in "abcd"]).recorder_off_ms is None


def test_a_message_that_came_twice_is_named_where_messages_carry_their_time():
    once = [dated(place, place, 0.0) for place in range(10)]
    twice = [*once[:5], once[4]._replace(at_ns=once[4].at_ns + 8_000_000), *once[5:]]
    (found,) = report(twice).repeating
    assert (found.topic, found.messages, found.repeats) == ("a/b", 11, 1)
    assert found.named == ((5, 6, once[4].at_ns + 8_000_000, 8.0),)


def test_a_topic_that_repeats_itself_by_nature_is_left_alone():
    assert report([message(at_s=place, payload=b"on" if place % 2 else b"off") for place in range(60)]).repeating == ()


def test_silences_are_those_that_are_long_for_this_session():
    beat = [message(at_s=float(place)) for place in (*range(30), *range(50, 80))]
    (found,) = report(beat).silences
    assert (found.start_s, found.seconds, found.before_id, found.after_id) == (29.0, 21.0, 30, 31)
    assert report([message(at_s=60.0 * place) for place in range(30)]).silences == ()


def test_only_what_is_in_view_counts():
    gap = Event(START_NS + 5 * 10**9, EventKind.GAP_START), Event(START_NS + 6 * 10**9, EventKind.GAP_END)
    late = MessageQuery(start_ns=START_NS + 10 * 10**9)
    messages = [message(at_s=float(place), payload=b"%d" % place) for place in range(20)]
    (lost,) = report(messages, *gap).gaps
    assert (lost.span.start_s, lost.span.end_s, lost.after_id) == (5.0, 6.0, 7)
    found = report(messages, *gap, query=late)
    assert (found.gaps, found.messages) == ((), 10)


def test_sisters_that_are_not_in_view_leave_no_holes():
    mixed = [message("m/state" if place % 2 else "m/other", place, b'{"n":%d}' % place) for place in range(60)]
    (whole,) = report(mixed).sequences
    assert (whole.topic, whole.missing) == ("m/+", 0)
    assert report(mixed, query=MessageQuery(("m/state",))).missing == 0


def test_hostile_payloads_do_no_harm():
    found = report([message("h", place, payload) for place, payload in enumerate(PAYLOADS)])
    assert found.messages == len(PAYLOADS)


@pytest.mark.real_data
def test_what_is_wrong_in_a_recording_of_the_factory(real_recordings: Path, tmp_path: Path):
    """The outages are those counted beforehand; the five sensors of one station agree about its clock."""
    path = real_recordings / "storage-production-ml-rrr_20260804_133245.log"
    with SessionReader.open(Catalog(tmp_path).import_file(path).entry.path) as reader:
        found = quality_report(reader, sender_of=lambda topic: topic.partition("/")[0])
        for silence in found.silences:
            before, after = (reader.message(one) for one in (silence.before_id, silence.after_id))
            assert before
            assert after
            assert (after.message.at_ns - before.message.at_ns) / 1e9 == pytest.approx(silence.seconds)
    assert round(sum(silence.seconds for silence in found.silences)) == 92
    assert found.missing == 72
    assert all(jump.message_id for one in found.sequences for jump in one.jumps)
    drifts = [one.drift.ms_per_h for one in found.clocks if one.topic.startswith("osf") and one.drift]
    assert len(drifts) == 5
    assert max(drifts) - min(drifts) < 30
    assert [one.sender for one in found.drifting] == ["osf"]
    assert found.drifting[0].drift is not None
    assert found.drifting[0].drift.ms_per_h == pytest.approx(_plain_drift(path, found.drifting[0].topic), rel=0.1)


def _plain_drift(path: Path, topic: str) -> float:
    """Milliseconds per hour between the middle of the first and of the last hundred messages, from the file's text."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    points = []
    for row in rows:
        if row.get("topic") == topic:
            arrival = datetime.fromisoformat(row["timestamp"]).timestamp()
            said = datetime.fromisoformat(json.loads(row["payload"])["timestamp"]).timestamp()
            points.append((arrival, 1_000 * (said - arrival)))
    (begin, before), (end, after) = ([median(column) for column in zip(*part, strict=True)]
                                     for part in (points[:100], points[-100:]))  # fmt: skip
    return float((after - before) / (end - begin) * 3_600)
