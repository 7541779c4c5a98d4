"""A timeline shows every message of its stretch, from near and from afar."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.frames import ID, LANE, MESSAGES, OFFSET, QOS, RETAIN, SIZE, TOPIC
from analysis.lanes import OTHER_TOPICS
from analysis.moments import Span
from analysis.timeline import MAX_BUCKETS, Detail, session_range, timeline
from core.errors import UsageError
from core.message import FROM_DUMP, Message
from core.topics import matches
from store.events import Event, EventKind
from tests.analysis.sessions import HOSTILE_TOPICS, SECOND, START_NS, message, message_lists, session

FILTERS = st.lists(st.sampled_from(("#", "a/#", "+/+", "b/1/x", "/a")), max_size=2)
SECONDS = st.none() | st.floats(-3, 31, allow_nan=False).map(lambda seconds: round(seconds, 3))


@settings(max_examples=40)
@given(message_lists(), FILTERS, FILTERS, SECONDS, SECONDS)
def test_near_by_every_message_of_the_stretch_is_there_once_on_its_lane(
    messages: list[Message], include: list[str], exclude: list[str], start_s: float | None, end_s: float | None
) -> None:
    with session(messages) as reader:
        found = timeline(reader, include, exclude, start_s, end_s)
    expected = [
        (number, each.topic, len(each.payload), each.qos, each.retain)
        for number, each in enumerate(messages, start=1)
        if (start_s is None or each.at_ns >= START_NS + round(start_s * SECOND))
        and (end_s is None or each.at_ns < START_NS + round(end_s * SECOND))
        and (not include or any(matches(wide, each.topic) for wide in include))
        and not any(matches(wide, each.topic) for wide in exclude)
    ]
    points = found.points
    shown = zip(points[ID], points[TOPIC], points[SIZE], points[QOS], points[RETAIN], strict=True)
    assert sorted(shown) == expected
    assert found.detail is Detail.MESSAGES
    assert found.messages == len(expected)
    assert [found.lanes[lane].name for lane in points[LANE]] == points[TOPIC].tolist()
    assert Counter(points[TOPIC]) == {lane.name: lane.messages for lane in found.lanes}


@settings(max_examples=25)
@given(message_lists())
def test_from_afar_the_buckets_of_each_lane_hold_what_arrived_in_them(messages: list[Message]) -> None:
    far = [*messages, message("a", 2_000.5)]
    with session(far) as reader:
        found = timeline(reader, max_points=0, start_s=-5)
    assert found.detail is Detail.DENSITY
    assert found.bucket_s == 10
    expected = Counter((each.topic, (each.at_ns - START_NS) // SECOND // 10 * 10) for each in far)
    table = found.density
    names = [found.lanes[lane].name for lane in table[LANE]]
    assert dict(zip(zip(names, table[OFFSET], strict=True), table[MESSAGES], strict=True)) == expected


def test_from_afar_the_seconds_that_a_stretch_touches_are_counted_whole() -> None:
    with session([message("a", at_s) for at_s in (9.9, 10.1, 50, 100.7, 101.1)]) as reader:
        found = timeline(reader, start_s=10.5, end_s=100.6, max_points=0)
    assert found.density[OFFSET].tolist() == [10, 50, 100]
    assert found.messages == 3


def test_a_short_dense_stretch_gets_buckets_finer_than_a_second() -> None:
    messages = [message("a", tenth / 10 + 0.002) for tenth in range(40)]  # amid a bucket of 5 ms
    with session(messages) as reader:
        found = timeline(reader, start_s=1.0, end_s=3.0, max_points=10)
    assert found.detail is Detail.DENSITY
    assert found.bucket_s == 2.0 / MAX_BUCKETS
    assert found.messages == found.density[MESSAGES].sum() == 20
    assert found.density[OFFSET].tolist() == pytest.approx([1 + tenth / 10 for tenth in range(20)])
    assert found.notes == ("Messages are counted per 5 ms; a stretch with up to 10 messages shows each of them.",)


def test_a_stretch_includes_its_start_and_excludes_its_end() -> None:
    with session([message(at_s=at_s) for at_s in (1, 2, 3)]) as reader:
        found = timeline(reader, start_s=1.0, end_s=3.0)
    assert found.points[OFFSET].tolist() == [1.0, 2.0]


def test_a_stretch_without_length_or_turned_round_is_empty() -> None:
    with session([message(at_s=1)]) as reader:
        for start_s, end_s in ((1.0, 1.0), (5.0, 0.0)):
            found = timeline(reader, start_s=start_s, end_s=end_s)
            assert (found.messages, found.lanes) == (0, ())
            assert found.end_s >= found.start_s


def test_the_busiest_lanes_are_kept_the_rest_is_merged_and_said() -> None:
    messages = [message(f"t/{number:02}") for number in range(50)] + [message("t/49")]
    with session(messages) as reader:
        found = timeline(reader)
    assert len(found.lanes) == 40
    assert found.lanes[-1].name == OTHER_TOPICS
    assert found.lanes[-1].topics == 11
    assert found.messages == 51
    assert "t/49" in {lane.name for lane in found.lanes}
    assert found.notes == ("The 39 busiest of 50 topics have a lane each; the other 11 share the last one.",)


def test_lanes_can_be_categories() -> None:
    with session([message("module/1"), message("module/2"), message("fts/1")]) as reader:
        found = timeline(reader, category_of=lambda topic: topic.split("/")[0].upper())
    assert [(lane.name, lane.messages, lane.topics) for lane in found.lanes] == [("FTS", 1, 1), ("MODULE", 2, 2)]
    assert found.points[LANE].tolist() == [1, 1, 0]


def test_names_with_quotes_and_html_are_lanes_like_others() -> None:
    with session([message(topic) for topic in HOSTILE_TOPICS]) as reader:
        assert [lane.name for lane in timeline(reader).lanes] == sorted(HOSTILE_TOPICS)


def test_an_empty_session_has_an_empty_timeline() -> None:
    with session([]) as reader:
        found = timeline(reader)
        assert session_range(reader) == (0.0, 1.0)
    assert (found.messages, found.lanes, found.detail) == (0, (), Detail.MESSAGES)


def test_one_message_is_a_timeline() -> None:
    with session([message("a", 0.25)]) as reader:
        found = timeline(reader)
    assert (found.start_s, found.end_s) == (0.0, 1.0)
    assert found.points[OFFSET].tolist() == [0.25]


def test_messages_at_one_instant_are_all_there_near_and_far() -> None:
    with session([message("a", 3.0)] * 7) as reader:
        assert len(timeline(reader).points) == 7
        far = timeline(reader, max_points=5)
    assert far.density[MESSAGES].tolist() == [7]


def test_a_session_ends_with_its_recording_or_its_last_message_and_begins_with_the_older_ones() -> None:
    with session([message(at_s=1)], ended_s=9.5) as reader:
        assert session_range(reader) == (0.0, 9.5)
    with session([message(at_s=-2.5, retain=FROM_DUMP), message(at_s=12)], ended_s=3.0) as reader:
        assert session_range(reader) == (-3.0, 13.0)
        assert len(timeline(reader).points) == 2
    with session([], ended_s=-20.0) as reader:
        assert session_range(reader) == (0.0, 1.0)


def test_gaps_pauses_and_marks_that_touch_the_stretch_are_there() -> None:
    events = [
        Event(START_NS + 1 * SECOND, EventKind.GAP_START),
        Event(START_NS + 4 * SECOND, EventKind.GAP_END),
        Event(START_NS + 3 * SECOND, EventKind.MARK, "in"),
        Event(START_NS + 5 * SECOND, EventKind.MARK, "out"),
        Event(START_NS + 7 * SECOND, EventKind.PAUSE),
        Event(START_NS + 8 * SECOND, EventKind.RESUME),
    ]
    with session([message(at_s=0), message(at_s=9)], events) as reader:
        whole, part = timeline(reader), timeline(reader, start_s=2.0, end_s=5.0)
    assert (whole.gaps, whole.pauses) == ((Span(1.0, 4.0),), (Span(7.0, 8.0),))
    assert [mark.text for mark in whole.marks] == ["in", "out"]
    assert (part.gaps, part.pauses) == ((Span(1.0, 4.0),), ())
    assert [mark.text for mark in part.marks] == ["in"]


def test_an_invalid_filter_is_refused() -> None:
    with session([message()]) as reader, pytest.raises(UsageError, match="topic filter"):
        timeline(reader, include=("a/#/b",))
