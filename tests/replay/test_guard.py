"""Where not to publish."""

from __future__ import annotations

from core.clock import ManualClock
from replay.guard import why_not
from tests.fakes import FakePublisher


def test_a_publisher_that_is_marked_for_publishing_gets_a_replay():
    assert why_not(FakePublisher(ManualClock())) is None


def test_any_other_does_not_and_the_reason_names_it():
    reason = why_not(FakePublisher(ManualClock(), may_publish=False))
    assert reason is not None
    assert reason.startswith("fake (mqtt://fake:1883) is not marked for publishing")
