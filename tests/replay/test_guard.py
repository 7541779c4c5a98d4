"""Where not to publish."""

from __future__ import annotations

from core.clock import ManualClock
from replay.guard import why_mixed, why_not
from replay.proof import ForeignTopic
from tests.fakes import FakePublisher


def test_a_publisher_that_is_marked_for_publishing_gets_a_replay():
    assert why_not(FakePublisher(ManualClock())) is None


def test_any_other_does_not_and_the_reason_names_it():
    reason = why_not(FakePublisher(ManualClock(), may_publish=False))
    assert reason is not None
    assert reason.startswith("fake (mqtt://fake:1883) is not marked for publishing")


def test_nobody_else_on_the_topics_is_nothing_to_say():
    assert why_mixed(()) is None


def test_who_mixes_live_and_replay_is_named_by_topic_and_count():
    assert why_mixed([ForeignTopic("a", 1)]) == (
        "Live and replay mix: 1 message of other publishers came on the replayed topics 'a' (1). "
        "Stop the other publisher, or replay to another broker."
    )
    reason = why_mixed([ForeignTopic(name, 1_000) for name in "abcde"])
    assert reason is not None
    assert "5,000 messages" in reason
    assert "'a' (1,000), 'b' (1,000), 'c' (1,000) and 2 other topics." in reason
