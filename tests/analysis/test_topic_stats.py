"""The table of topics equals what counting the messages by hand yields."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings

from analysis.frames import (
    BYTES,
    FIRST_AT,
    LAST_AT,
    MAX_BYTES,
    MEAN_BYTES,
    MESSAGES,
    MIN_BYTES,
    RATE,
    SHARE,
    TOPIC,
)
from analysis.topic_stats import topic_table, topics_json
from core.errors import UsageError
from core.message import Message
from tests.analysis.sessions import HOSTILE_TOPICS, START_NS, message, message_lists, session

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(at_ns: int) -> datetime:
    return EPOCH + timedelta(microseconds=at_ns // 1_000)


@settings(max_examples=25, deadline=None)
@given(message_lists())
def test_each_row_is_what_counting_one_topic_yields(messages: list[Message]) -> None:
    with session(messages) as reader:
        table, duration_s = topic_table(reader), reader.summary().duration_s
    assert set(table[TOPIC]) == {each.topic for each in messages}
    for row in table.to_dict(orient="records"):
        own = [each for each in messages if each.topic == row[TOPIC]]
        sizes = [len(each.payload) for each in own]
        assert row[MESSAGES] == len(own)
        assert row[BYTES] == sum(sizes)
        assert (row[MIN_BYTES], row[MAX_BYTES]) == (min(sizes), max(sizes))
        assert row[MEAN_BYTES] == pytest.approx(sum(sizes) / len(sizes))
        assert row[SHARE] == pytest.approx(100 * len(own) / len(messages))
        assert row[RATE] == pytest.approx(len(own) / duration_s if duration_s else 0.0)
        assert row[FIRST_AT] == moment(min(each.at_ns for each in own))
        assert row[LAST_AT] == moment(max(each.at_ns for each in own))


def test_the_busiest_topic_comes_first_and_equals_are_sorted_by_name() -> None:
    with session([message("b"), message("c"), message("c"), message("a")]) as reader:
        assert topic_table(reader)[TOPIC].tolist() == ["c", "a", "b"]


def test_the_share_is_of_the_whole_session_also_in_a_filtered_table() -> None:
    with session([message("a/x"), message("b/x"), message("b/x"), message("b/y")]) as reader:
        table = topic_table(reader, include=("b/#",), exclude=("+/y",))
        assert table[TOPIC].tolist() == ["b/x"]
        assert table[SHARE].tolist() == [50.0]
        with pytest.raises(UsageError):
            topic_table(reader, include=("#/b",))


def test_times_are_utc_and_tz_aware_also_without_rows() -> None:
    with session([]) as reader:
        table = topic_table(reader)
        assert topics_json(reader) == []
    assert table.empty
    assert str(table[FIRST_AT].dt.tz) == str(table[LAST_AT].dt.tz) == "UTC"


def test_names_with_quotes_and_html_stay_as_they_are() -> None:
    with session([message(topic) for topic in HOSTILE_TOPICS]) as reader:
        assert sorted(topic_table(reader)[TOPIC]) == sorted(HOSTILE_TOPICS)


def test_the_json_list_has_plain_numbers_and_iso_times() -> None:
    messages = [message("a", 0, b"123"), message("a", 4, b"1"), message("b", 2.000001)]
    with session(messages, ended_s=4.0) as reader:
        found = topics_json(reader)
    assert START_NS == 1_786_093_887_000_000_000
    assert found == [
        {
            "topic": "a",
            "messages": 2,
            "bytes": 4,
            "rate_per_second": 0.5,
            "first_at": "2026-08-07T09:11:27.000000+00:00",
            "last_at": "2026-08-07T09:11:31.000000+00:00",
        },
        {
            "topic": "b",
            "messages": 1,
            "bytes": 1,
            "rate_per_second": 0.25,
            "first_at": "2026-08-07T09:11:29.000001+00:00",
            "last_at": "2026-08-07T09:11:29.000001+00:00",
        },
    ]
    assert [type(value) for value in found[0].values()] == [str, int, int, float, str, str]
