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
from analysis.topic_stats import topic_table
from core.errors import UsageError
from core.message import Message
from tests.analysis.sessions import HOSTILE_TOPICS, message, message_lists, session

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(at_ns: int) -> datetime:
    return EPOCH + timedelta(microseconds=at_ns // 1_000)


@settings(max_examples=25)
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
    assert table.empty
    assert str(table[FIRST_AT].dt.tz) == str(table[LAST_AT].dt.tz) == "UTC"


def test_names_with_quotes_and_html_stay_as_they_are() -> None:
    with session([message(topic) for topic in HOSTILE_TOPICS]) as reader:
        assert sorted(topic_table(reader)[TOPIC]) == sorted(HOSTILE_TOPICS)


def test_the_rate_counts_from_the_start_to_the_end_of_the_recording() -> None:
    """Also the time before the first message and after the last one."""
    with session([message("a", 1), message("a", 2), message("b", 3)], ended_s=4.0) as reader:
        assert topic_table(reader)[RATE].tolist() == [0.5, 0.25]
