"""From the message as recorded to the message as replayed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import UsageError
from core.message import FROM_DUMP, LIVE, LIVE_RETAINED, Message, Properties
from replay.pipeline import Pipeline
from replay.status import ReplayRequest, TimeShift
from replay.time_fields import FieldRule
from tests.replay.sessions import message

REQUEST = ReplayRequest(Path("a.db"))


def replayed(original: Message, **asked_for: Any) -> Message:
    result = Pipeline(replace(REQUEST, **asked_for), "run-1")(original)
    assert result is not None
    return result


def test_topic_payload_qos_and_time_stay_as_recorded():
    original = message(3.0, "a/b", b"\xff\x00", qos=2)
    result = replayed(original)
    assert result[:5] == original[:5]


@pytest.mark.parametrize(
    ("recorded", "keep", "flag"),
    [(LIVE, None, False), (LIVE_RETAINED, None, True), (FROM_DUMP, None, True), (LIVE_RETAINED, False, False),
     (FROM_DUMP, False, False), (LIVE, True, True), (FROM_DUMP, True, True)],
)  # fmt: skip
def test_the_retain_flag_is_as_published_or_never_set_or_always(recorded: int, keep: bool | None, flag: bool):
    result = replayed(message(retain=recorded), retain=keep)
    assert (result.retained, result.retain in (LIVE, LIVE_RETAINED)) == (flag, True)


def test_the_qos_can_be_overridden_with_zero_too():
    assert replayed(message(qos=2), qos=0).qos == 0


def test_the_runs_id_is_added_to_the_messages_own_properties():
    own = Properties(content_type="application/json", user_properties=(("a", "1"), ("a", "2")))
    assert replayed(message(properties=own)).properties == Properties(
        content_type="application/json", user_properties=(("a", "1"), ("a", "2"), ("session-replay", "run-1"))
    )
    assert replayed(message()).properties == Properties(user_properties=(("session-replay", "run-1"),))


def test_a_replayed_replay_carries_the_id_of_the_latest_run_only():
    old = Properties(user_properties=(("session-replay", "run-0"), ("x", "y")))
    assert replayed(message(properties=old)).properties == Properties(
        user_properties=(("x", "y"), ("session-replay", "run-1"))
    )


@pytest.mark.parametrize("topic", ["", "a/#", "a/+/b", "a\0b"])
def test_a_topic_that_nobody_can_publish_to_is_sorted_out(topic: str):
    pipeline = Pipeline(REQUEST, "run-1")
    assert pipeline(message(topic=topic)) is None
    assert pipeline(message(topic=topic)) is None


def test_topics_are_renamed_and_prefixed_and_so_is_where_answers_go():
    answered = Properties(response_topic="a/answers")
    result = replayed(message(topic="a/b", properties=answered), remap=("a/#=c/#",), prefix="test")
    assert result.topic == "test/c/b"
    assert result.properties == Properties(
        response_topic="test/c/answers", user_properties=(("session-replay", "run-1"),)
    )


def test_a_response_topic_that_is_none_stays_as_it_was_recorded():
    result = replayed(message(properties=Properties(response_topic="a/#")), prefix="test")
    assert result.properties is not None
    assert result.properties.response_topic == "a/#"


def test_where_a_recorded_topic_is_published_can_be_asked_without_a_message():
    pipeline = Pipeline(replace(REQUEST, remap=("a/#=c/#",)), "run-1")
    assert [pipeline.topic(topic) for topic in ("a/b", "x", "a/#")] == ["c/b", "x", None]


def test_what_is_changed_is_said():
    asked_for = replace(REQUEST, remap=("a=b", "re:c=d"), prefix="test", qos=0, retain=False)
    assert Pipeline(asked_for, "run-1").describe() == (
        "Topics are renamed by the rule a=b.",
        "Topics are renamed by the rule re:c=d.",
        "test/ is put before every topic.",
        "Every message has QoS 0.",
        "No message has the retain flag.",
    )
    assert Pipeline(REQUEST, "run-1").describe() == ()
    assert Pipeline(replace(REQUEST, retain=True), "run-1").describe() == ("Every message has the retain flag.",)


def test_a_wrong_rule_is_refused_before_anything_is_replayed():
    with pytest.raises(UsageError, match="The topic rule 'a' cannot be used"):
        Pipeline(replace(REQUEST, remap=("a",)), "run-1")


TIMED = b'{"ts": 1767323045678, "x": 1767323045678, "at": "2026-01-02T03:04:05Z"}'


def test_times_in_payloads_stay_unless_they_are_asked_to_move():
    pipeline = Pipeline(REQUEST, "run-1")
    pipeline.shift_by(1_000_000)
    moved = pipeline(message(payload=TIMED))
    assert moved is not None
    assert moved.payload == TIMED


def test_times_in_payloads_move_by_what_was_said_last():
    pipeline = Pipeline(replace(REQUEST, shift=TimeShift.RUN), "run-1", FieldRule(("ts", "at")))
    payloads = []
    for offset_ns in (0, 1_000_000_000, -1_000_000):
        pipeline.shift_by(offset_ns)
        moved = pipeline(message(payload=TIMED))
        assert moved is not None
        payloads.append(moved.payload)
    assert payloads == [
        TIMED,
        b'{"ts": 1767323046678, "x": 1767323045678, "at": "2026-01-02T03:04:06Z"}',
        b'{"ts": 1767323045677, "x": 1767323045678, "at": "2026-01-02T03:04:05Z"}',
    ]


@pytest.mark.parametrize(
    ("shift", "said"), [(TimeShift.RUN, "by one offset, so that the start is now"), (TimeShift.MESSAGE, "as much as")]
)
def test_which_times_move_is_said(shift: TimeShift, said: str):
    (sentence,) = Pipeline(replace(REQUEST, shift=shift), "run-1", FieldRule(("ts", "at"))).describe()
    assert said in sentence
    assert "(ts, at)" in sentence
