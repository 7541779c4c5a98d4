"""The topics in view: activity in a few numbers, rhythm beside it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given

from analysis.frames import ACTIVITY, BYTES, JITTER, MEDIAN, MESSAGES, QOS_USED, RATE, RETAINED, SHARE, TOPIC
from analysis.rhythm import rhythms
from analysis.topic_stats import topic_table
from analysis.topic_view import BARS, part_table, topic_activity, with_rhythm
from core.message import NS_PER_SECOND
from store.query import MessageQuery
from tests.analysis.sessions import START_NS, message, message_lists, session


@given(message_lists())
def test_the_activity_of_a_topic_adds_up_to_its_messages(messages):
    with session(messages) as reader:
        table = topic_activity(reader)
    assert sorted(table[TOPIC]) == sorted({one.topic for one in messages})
    for topic, count, size, activity in zip(table[TOPIC], table[MESSAGES], table[BYTES], table[ACTIVITY], strict=True):
        own = [one for one in messages if one.topic == topic]
        assert (count, size) == (len(own), sum(len(one.payload) for one in own))
        assert sum(activity) == count
        assert len(activity) <= BARS


def test_all_topics_have_equally_many_bars():
    with session([message("a", number) for number in range(100)] + [message("b", 99)]) as reader:
        table = topic_activity(reader)
    bars = dict(zip(table[TOPIC], table[ACTIVITY], strict=True))
    assert len(bars["a"]) == len(bars["b"])
    assert bars["b"][-1] == 1


def test_the_rhythm_stands_beside_each_topic_and_is_empty_while_it_is_unknown():
    with session([message("a", 0, qos=1), message("a", 2), message("b", 2)]) as reader:
        table, found = topic_table(reader), rhythms(reader)
    a, b = with_rhythm(table, found)[[MEDIAN, JITTER, QOS_USED, RETAINED]].values.tolist()
    assert a == [2.0, 0.0, "0, 1", 0.0]
    assert math.isnan(b[0])
    assert math.isnan(b[1])
    assert with_rhythm(table, None)[MEDIAN].isna().all()


def test_a_part_has_the_messages_in_it_and_their_moments():
    messages = [message("a", number / 2, b"12") for number in range(20)] + [message("b", 4.25, b"1")]
    with session(sorted(messages, key=lambda one: one.at_ns)) as reader:
        query = MessageQuery(start_ns=START_NS + 4 * NS_PER_SECOND, end_ns=START_NS + 8 * NS_PER_SECOND)
        table = part_table(topic_activity(reader, span_s=(4.0, 8.0)), rhythms(reader, query), 4.0)
    rows = table[[TOPIC, MESSAGES, RATE, BYTES, SHARE]].values.tolist()
    assert rows == [["a", 8, 2.0, 16, pytest.approx(800 / 9)], ["b", 1, 0.25, 1, pytest.approx(100 / 9)]]
