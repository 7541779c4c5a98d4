"""Who watches a replay from outside."""

from __future__ import annotations

import pytest

from core.clock import ManualClock
from core.message import LIVE, Message, Properties
from replay.foreign import ForeignWatch
from replay.pipeline import RUN_PROPERTY
from replay.proof import ForeignTopic, Proof
from replay.watchers import Watchers
from replay.witness import NOT_STARTED, Witness
from tests.fakes import FakePublisher, FakeSource

RUN = "run-1"
OURS = Message("a", b"x", 1, LIVE, 0, Properties(user_properties=((RUN_PROPERTY, RUN),)))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def watchers(clock: ManualClock, source: FakeSource | None, witness: FakeSource | None) -> Watchers:
    return Watchers(FakePublisher(clock), source, witness, clock, RUN)


def test_others_are_watched_for_and_nothing_is_proven(clock: ManualClock):
    source = FakeSource(clock)
    watching = watchers(clock, source, None)
    watching.open(["a"])
    assert [type(one) for one in watching.observers] == [ForeignWatch]
    source.emit(OURS)
    source.send("a")
    assert watching.foreign() == (ForeignTopic("a", 1),)
    watching.close(0)
    assert (watching.proof, source.subscriptions) == (None, {})
    assert watching.foreign() == (ForeignTopic("a", 1),)


def test_a_witness_watches_for_others_too(clock: ManualClock):
    """So the publisher's own connection need not listen."""
    source, seen = FakeSource(clock), FakeSource(clock)
    watching = watchers(clock, source, seen)
    watching.open(["a"])
    (witness,) = watching.observers
    assert isinstance(witness, Witness)
    witness.about_to_publish([OURS], [None])
    seen.emit(OURS)
    seen.send("a")
    assert source.subscriptions == {}
    assert watching.foreign() == (ForeignTopic("a", 1),)
    watching.close(0)
    assert watching.proof == Proof(1, 1, foreign=(ForeignTopic("a", 1),))


def test_what_the_broker_tells_about_itself_is_no_other_publisher(clock: ManualClock):
    source = FakeSource(clock)
    watching = watchers(clock, source, None)
    watching.open(["$SYS/broker/uptime", "$mine", "a"])
    ((filters, _, _),) = source.subscriptions.values()
    assert filters == ("$mine", "a")


def test_a_replay_that_ends_before_it_begins_proves_nothing(clock: ManualClock):
    watching = watchers(clock, None, FakeSource(clock))
    watching.close(0)
    assert watching.proof == Proof(0, 0, incomplete=(NOT_STARTED,))


def test_without_anybody_to_listen_to_nothing_is_watched(clock: ManualClock):
    watching = watchers(clock, None, None)
    watching.open(["a"])
    watching.close(0)
    assert (watching.observers, watching.foreign(), watching.proof) == ([], (), None)
