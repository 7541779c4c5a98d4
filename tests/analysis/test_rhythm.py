"""Times between messages, against a naive implementation that keeps all of them."""

from __future__ import annotations

import statistics
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.intervals import EXACT, STEP, Intervals
from analysis.progress import Cancelled
from analysis.rhythm import LONGEST, rhythms
from core.message import FROM_DUMP, LIVE_RETAINED, NS_PER_SECOND, Message
from store.query import MessageQuery
from tests.analysis.sessions import message, message_lists, session


def naive(messages: list[Message]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for one in messages:
        moments = found.setdefault(one.topic, [])
        if one.retain != FROM_DUMP:
            moments.append(one.at_ns)
    return {topic: [max(0, later - at) for at, later in pairwise(moments)] for topic, moments in found.items()}


@given(message_lists())
def test_each_topic_has_the_figures_of_its_messages(messages):
    with session(messages) as reader:
        found = rhythms(reader)
    wanted = naive(messages)
    assert set(found.topics) == set(wanted)
    for topic, rhythm in found.topics.items():
        own, intervals = [one for one in messages if one.topic == topic], sorted(wanted[topic])
        assert rhythm.messages == len(own)
        assert rhythm.qos == tuple(sorted({one.qos for one in own}))
        assert rhythm.retained == sum(one.retain != 0 for one in own)
        assert rhythm.intervals == len(intervals)
        assert rhythm.longest_s == max(intervals, default=0) / NS_PER_SECOND
        if intervals:
            assert rhythm.median_s == statistics.median_low(intervals) / NS_PER_SECOND
            last = len(intervals) - 1
            quartiles = (intervals[int(0.75 * last)] - intervals[int(0.25 * last)]) / NS_PER_SECOND
            assert rhythm.jitter_s == pytest.approx(quartiles)
        else:
            assert rhythm.median_s is rhythm.jitter_s is rhythm.p95_s is None


@given(message_lists())
def test_the_busiest_seconds_and_the_longest_silences_are_those_of_all_messages(messages):
    live = [one.at_ns for one in messages if one.retain != FROM_DUMP]
    seconds = Counter(at_ns // NS_PER_SECOND for at_ns in live)
    lengths = [max(0, later - at) for at, later in pairwise(live)]
    with session(messages) as reader:
        found = rhythms(reader)
    assert dict(found.busiest) == dict(seconds)
    assert found.usual_per_second == (statistics.median_low(seconds.values()) if seconds else 0)
    assert sorted((length for _, length in found.silences), reverse=True) == sorted(lengths, reverse=True)[:LONGEST]
    assert all(begin in live for begin, _ in found.silences)


@settings(max_examples=settings().max_examples // 2)
@given(st.lists(st.integers(0, 10**14), min_size=EXACT + 1, max_size=EXACT + 5), st.lists(st.integers(1, 300)),
       st.sampled_from((0.0, 0.25, 0.5, 0.95, 1.0)))  # fmt: skip
def test_of_many_intervals_a_quantile_is_within_one_percent(lengths, cuts, part):
    """However they come in pieces."""
    intervals, begin = Intervals(), 0
    for cut in [*cuts, len(lengths)]:
        piece = np.array(lengths[begin : begin + cut], dtype="int64")
        intervals.add(piece, np.arange(begin, begin + len(piece), dtype="int64"))
        begin += cut
    wanted = sorted(lengths)[int(part * (len(lengths) - 1))]
    (found,) = intervals.quantiles_s((part,))
    assert found is not None
    assert found * NS_PER_SECOND == pytest.approx(wanted, rel=STEP - 1, abs=1)
    assert (intervals.longest_ns, intervals.longest_from_ns) == (max(lengths), lengths.index(max(lengths)))


def test_a_choice_of_topics_and_times_counts_alone_and_the_initial_state_has_no_rhythm():
    messages = [message("a", 0, retain=FROM_DUMP), message("a", 5, retain=LIVE_RETAINED), message("b", 6),
                message("a", 7, qos=2), message("a", 9)]  # fmt: skip
    with session(messages) as reader:
        origin_ns = reader.metadata.started_ns
        found = rhythms(reader, MessageQuery(include=("a",), end_ns=origin_ns + 8 * NS_PER_SECOND))
    assert set(found.topics) == {"a"}
    rhythm = found.topics["a"]
    assert (rhythm.messages, rhythm.median_s, rhythm.qos, rhythm.retained) == (3, 2.0, (0, 2), 2)


def test_it_can_be_cancelled():
    def progress(done: int, _total: int) -> None:
        if done:
            raise Cancelled

    with session([message()]) as reader, pytest.raises(Cancelled):
        rhythms(reader, progress=progress)
