"""What is kept of what arrives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageError
from core.message import LIVE, NS_PER_SECOND, Message
from core.topics import matches
from recorder import policy
from recorder.policy import BYTES_BESIDE, Intake, RecordedTime, TopicChoice, automatic_name, check
from recorder.status import RecordingRequest

ALWAYS = RecordedTime(0)


def message(topic: str = "a", at_ns: int = 0, payload: bytes = b"") -> Message:
    return Message(topic, payload, 1, LIVE, at_ns)


def test_the_automatic_name_is_the_start_time_in_utc():
    assert automatic_name(1_795_248_900_999_999_000) == "session_20261121_081500"


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (RecordingRequest(filters=()), "at least one topic filter"),
        (RecordingRequest(filters=("a/#/b",)), "'a/#/b' is not a topic filter"),
        (RecordingRequest(exclude=("a+",)), "'a\\+' is not a topic filter"),
        (RecordingRequest(filters=("a/b", "c/#"), exclude=("a/+", "c/#")), "Nothing would be recorded"),
        (RecordingRequest(qos=3), "QoS"),
        (RecordingRequest(duration_s=0), "duration"),
        (RecordingRequest(duration_s=float("nan")), "duration"),
        (RecordingRequest(duration_s=float("inf")), "duration"),
        (RecordingRequest(max_messages=0), "number of messages"),
        (RecordingRequest(max_bytes=0), "size"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_with_a_sentence(request_: RecordingRequest, words: str):
    with pytest.raises(UsageError, match=f"{words}.*\\.$"):
        check(request_)


def test_the_default_request_is_valid():
    check(RecordingRequest())


def test_what_is_left_out_may_be_all_of_one_filter_but_not_of_each():
    check(RecordingRequest(filters=("a/#", "c"), exclude=("a/#",)))


LEVELS = st.lists(st.sampled_from(["a", "b", "$x"]), min_size=1, max_size=3)
TOPICS = LEVELS.map("/".join)
FILTERS = st.lists(st.sampled_from(["#", "a/#", "+/b", "a", "a/+/b", "$x/#"]), max_size=3)


@given(st.lists(TOPICS), FILTERS, FILTERS)
def test_a_topic_is_kept_if_included_and_not_excluded(topics: list[str], include: list[str], exclude: list[str]):
    chosen = TopicChoice(include, exclude)
    for topic in topics:
        wanted = any(matches(f, topic) for f in include) and not any(matches(f, topic) for f in exclude)
        assert chosen[topic] is wanted


def take(intake: Intake, messages: list[Message], packet_ids: list[int]) -> list[tuple[bytes, int]]:
    kept, of_kept = intake.take(messages, packet_ids, ALWAYS)
    return [(message.payload, packet_id) for message, packet_id in zip(kept, of_kept, strict=True)]


def test_what_is_remembered_of_topics_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "MANY_TOPICS", 3)
    chosen = TopicChoice(["a/#"], ["a/2"])
    assert [number for number in [*range(9), *range(9)] if not chosen[f"a/{number}"]] == [2, 2]
    assert len(chosen) <= 3


def test_exactly_the_maximum_is_taken_even_from_the_middle_of_a_batch():
    intake = Intake(RecordingRequest(max_messages=5, exclude=("b",)))
    batch = [message("a", payload=b"1"), message("b"), message("a", payload=b"2"), message("a", payload=b"3")]
    assert take(intake, batch, [1, 2, 3, 4]) == [(b"1", 1), (b"2", 3), (b"3", 4)]
    assert (intake.taken, intake.full) == (3, False)
    assert take(intake, batch, [5, 6, 7, 8]) == [(b"1", 5), (b"2", 7)]
    assert (intake.taken, intake.full) == (5, True)
    assert take(intake, batch, [9, 10, 11, 12]) == []


def test_a_message_at_the_deadline_is_not_taken_and_one_just_before_is():
    intake = Intake(RecordingRequest(duration_s=2.0))
    batch = [message(at_ns=2 * NS_PER_SECOND - 1), message(at_ns=2 * NS_PER_SECOND)]
    assert intake.take(batch, [3, 4], ALWAYS) == (batch[:1], [3])


def test_a_pause_includes_its_start_and_excludes_its_end():
    intake = Intake(RecordingRequest())
    time = RecordedTime(0).paused(10).resumed(20).paused(30)
    taken, packet_ids = intake.take([message(at_ns=at) for at in (9, 10, 19, 20, 29, 30, 31)], range(7), time)
    assert [m.at_ns for m in taken] == [9, 20, 29]
    assert packet_ids == [0, 3, 4]


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=9), st.integers(1, 5000))
def test_recorded_time_is_the_number_of_moments_that_are_included(steps: list[int], duration: int):
    """Elapsed time, inclusion and deadline tell the same story, whatever pauses there were."""
    time, now = RecordedTime(0), 0
    for step in steps:
        now += step
        time = time.resumed(now) if time.paused_ns is not None else time.paused(now)
    now += 17
    assert time.elapsed_ns(now) == sum(time.includes(at) for at in range(now))
    deadline = time.deadline_ns(duration)
    if time.paused_ns is not None:
        assert deadline is None
    else:
        assert deadline is not None
        assert time.elapsed_ns(deadline) == duration


@given(st.lists(st.integers(0, 5_000), max_size=20), st.integers(1, 20_000))
def test_the_message_that_reaches_the_size_is_the_last(sizes: list[int], max_bytes: int):
    """Whatever the sizes: with all but the last one there was room, and with the last one there is none."""
    intake = Intake(RecordingRequest(max_bytes=max_bytes))
    kept, _ = intake.take([message(payload=b"x" * size) for size in sizes], [0] * len(sizes), ALWAYS)
    assert intake.full is (intake.size_bytes >= max_bytes)
    assert intake.full or len(kept) == len(sizes)
    if kept:
        assert intake.size_bytes - 2 * len(kept[-1].payload) - 1 - BYTES_BESIDE < max_bytes
