"""The figures of a session equal what counting its messages by hand yields."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.frames import BYTES, MESSAGES, OFFSET, RATE
from analysis.moments import Span
from analysis.overview import MAX_BUCKETS, NICE_WIDTHS, nice_width, overview
from analysis.overview_part import overview_part
from core.message import FROM_DUMP, LIVE_RETAINED, Message
from store.events import Event, EventKind
from tests.analysis.sessions import SECOND, START_NS, message, message_lists, session


@settings(max_examples=25)
@given(message_lists())
def test_counts_sizes_and_the_busiest_second_are_those_of_the_messages(messages: list[Message]) -> None:
    with session(messages) as reader:
        found = overview(reader)
    per_second = Counter((each.at_ns - START_NS) // SECOND for each in messages)
    most = max(per_second.values(), default=0)
    assert found.messages == len(messages)
    assert found.bytes == sum(len(each.payload) for each in messages)
    assert found.topics == len({each.topic for each in messages})
    assert found.first_ns == min((each.at_ns for each in messages), default=None)
    assert found.last_ns == max((each.at_ns for each in messages), default=None)
    assert found.busiest_second_messages == most
    assert found.busiest_second_offset_s == min((s for s in per_second if per_second[s] == most), default=None)


@settings(max_examples=25)
@given(message_lists())
def test_the_activity_is_the_count_of_each_second_without_holes(messages: list[Message]) -> None:
    with session(messages) as reader:
        found = overview(reader)
    per_second = Counter((each.at_ns - START_NS) // SECOND for each in messages)
    seconds = range(min(per_second), max(per_second) + 1) if per_second else range(0)
    assert found.bucket_s == 1
    assert found.activity[OFFSET].tolist() == list(seconds)
    assert found.activity[MESSAGES].tolist() == [per_second[second] for second in seconds]
    assert found.activity[RATE].tolist() == [per_second[second] for second in seconds]
    assert found.activity[BYTES].sum() == sum(len(each.payload) for each in messages)


def test_duration_and_mean_rate_are_of_the_recording_from_its_start_to_its_end() -> None:
    """Not from the first to the last message: silence before and after belongs to it."""
    with session([message(at_s=1), message(at_s=2), message(at_s=3)], ended_s=6.0) as reader:
        found = overview(reader)
    assert found.duration_s == 6.0
    assert found.rate_per_s == 0.5


def test_a_long_session_is_downsampled_and_loses_no_message() -> None:
    messages = [message(at_s=at_s, payload=b"12") for at_s in (0, 1, 59_999, 60_000, 100_000)]
    with session(messages) as reader:
        found = overview(reader)
    assert found.bucket_s == 300
    assert len(found.activity) <= MAX_BUCKETS
    busy = found.activity[found.activity[MESSAGES] > 0]
    assert busy[OFFSET].tolist() == [0, 59_700, 60_000, 99_900]
    assert busy[MESSAGES].tolist() == [2, 1, 1, 1]
    assert busy[BYTES].tolist() == [4, 2, 2, 2]
    assert busy[RATE].tolist() == [pytest.approx(count / 300) for count in (2, 1, 1, 1)]
    assert found.busiest_second_messages == 1


def test_an_empty_session_has_figures_too() -> None:
    with session([]) as reader:
        found = overview(reader)
    assert (found.messages, found.rate_per_s, found.mean_bytes, found.busiest_second_offset_s) == (0, 0.0, 0.0, None)
    assert found.first_ns is None
    assert found.activity.empty


def test_messages_at_one_instant_have_no_rate_but_a_busiest_second() -> None:
    with session([message(at_s=2.5)] * 3) as reader:
        found = overview(reader)
    assert found.busiest_second_offset_s == 2
    assert found.busiest_second_messages == 3
    with session([message(at_s=0)] * 3) as reader:
        assert overview(reader).rate_per_s == 0.0


def test_a_session_that_ended_before_it_began_has_no_negative_duration() -> None:
    with session([message(at_s=-5)], ended_s=-10.0) as reader:
        found = overview(reader)
    assert found.duration_s >= 0
    assert found.rate_per_s >= 0
    assert found.activity[OFFSET].tolist() == [-5]


def test_gaps_pauses_and_marks_are_listed_and_an_open_gap_lasts_until_the_end() -> None:
    events = [
        Event(START_NS + 1 * SECOND, EventKind.MARK, "order"),
        Event(START_NS + 2 * SECOND, EventKind.GAP_START, "broker gone"),
        Event(START_NS + 3 * SECOND, EventKind.GAP_END),
        Event(START_NS + 4 * SECOND, EventKind.PAUSE),
        Event(START_NS + 5 * SECOND, EventKind.RESUME),
        Event(START_NS + 8 * SECOND, EventKind.GAP_START),
    ]
    with session([message(at_s=0)], events, ended_s=10.0) as reader:
        found = overview(reader)
    assert found.gaps == (Span(2.0, 3.0, "broker gone"), Span(8.0, 10.0))
    assert found.gap_s == 3.0
    assert found.pauses == (Span(4.0, 5.0),)
    assert [(mark.offset_s, mark.text) for mark in found.marks] == [(1.0, "order")]
    assert found.source == "Line 1"


def test_bucket_widths_are_familiar_ones_and_enough() -> None:
    assert [nice_width(seconds, 601) for seconds in (0, 1, 600, 601, 1_300, 3_000)] == [1, 1, 1, 2, 5, 5]
    year = 365 * 86_400
    assert nice_width(year, 10) % NICE_WIDTHS[-1] == 0
    assert year / nice_width(year, 10) <= 9


def test_the_initial_state_is_what_the_broker_had_stored_before_the_first_live_message() -> None:
    dump = [message(retain=FROM_DUMP), message("a/c", retain=FROM_DUMP)]
    for messages, initial in (
        (dump, 2),
        ([*dump, message(at_s=1, retain=LIVE_RETAINED)], 2),
        ([message()], 0),
        ([], 0),
    ):
        with session(messages) as reader:
            assert overview(reader).initial == initial


@settings(max_examples=25)
@given(message_lists(), st.floats(-3, 20).map(lambda s: round(s, 3)), st.floats(0.5, 20).map(lambda s: round(s, 3)),
       st.sampled_from(((), ("a/#",))))  # fmt: skip
def test_a_part_counts_the_messages_in_it(messages: list[Message], start_s: float, length_s: float, include) -> None:
    end_s = round(start_s + length_s, 3)
    with session(messages) as reader:
        found = overview_part(reader, include, (), (start_s, end_s))
    ends = START_NS + round(start_s * SECOND), START_NS + round(end_s * SECOND)
    wanted = [one for one in messages if ends[0] <= one.at_ns < ends[1]
              and (not include or one.topic == "a" or one.topic.startswith("a/"))]  # fmt: skip
    assert found.messages == len(wanted)
    assert (found.first_ns, found.last_ns) == (
        min((one.at_ns for one in wanted), default=None), max((one.at_ns for one in wanted), default=None)
    )  # fmt: skip
    assert found.start_s == start_s
    assert found.duration_s == pytest.approx(length_s)
    assert found.activity[MESSAGES].sum() >= len(wanted)  # a second that the stretch cuts counts whole
    assert found.topics >= len({one.topic for one in wanted})


def test_a_part_of_a_long_session_has_its_own_buckets_and_its_own_events() -> None:
    marks = [Event(START_NS + 10 * SECOND, EventKind.MARK, "early"), Event(START_NS + 5_000 * SECOND, EventKind.MARK)]
    with session([message(at_s=number) for number in range(6_000)], marks) as reader:
        found = overview_part(reader, (), (), (0.0, 100.0))
        assert overview_part(reader).bucket_s == 15
    assert (found.bucket_s, found.messages, len(found.marks)) == (1, 100, 1)
    assert found.busiest_second_messages == 1
