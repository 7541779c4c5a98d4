"""From the message as recorded to the message as replayed."""

from __future__ import annotations

import pytest

from core.message import FROM_DUMP, LIVE, LIVE_RETAINED, Message, Properties
from replay.transforms import ReplayTransform
from tests.replay.sessions import message


def replayed(original: Message, qos: int | None = None, retain: bool = True) -> Message:
    result = ReplayTransform("run-1", qos, retain)(original)
    assert result is not None
    return result


def test_topic_payload_qos_and_time_stay_as_recorded():
    original = message(3.0, "a/b", b"\xff\x00", qos=2)
    result = replayed(original)
    assert result[:5] == original[:5]


@pytest.mark.parametrize(
    ("recorded", "keep", "flag"),
    [(LIVE, True, False), (LIVE_RETAINED, True, True), (FROM_DUMP, True, True), (LIVE_RETAINED, False, False),
     (FROM_DUMP, False, False)],
)  # fmt: skip
def test_the_retain_flag_is_as_published_or_never_set(recorded: int, keep: bool, flag: bool):
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
    transform = ReplayTransform("run-1")
    assert transform(message(topic=topic)) is None
    assert transform(message(topic=topic)) is None
