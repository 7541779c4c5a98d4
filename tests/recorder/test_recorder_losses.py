"""What a recording says about messages that may be missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.clock import ManualClock
from core.message import FROM_DUMP, NS_PER_SECOND, Message
from recorder.dropped import DROPPED
from recorder.ledger import LOSSES, Losses
from recorder.recorder import Recorder, RecordingRequest
from tests.fakes import FakeSource, eventually
from tests.recorder.sessions import session_at


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_000)


@pytest.fixture
def source(clock: ManualClock) -> FakeSource:
    one = FakeSource(clock)
    one.retained = [Message(DROPPED, b"700", 0, FROM_DUMP, 1_000)]
    return one


@pytest.fixture
def recorder(tmp_path: Path, clock: ManualClock) -> Recorder:
    return Recorder(tmp_path, clock)


def losses_at(path: Path | None) -> Losses | None:
    return Losses.from_json(session_at(path).metadata["extra"][LOSSES])


def test_what_the_broker_drops_meanwhile_is_in_the_status_an_event_and_the_metadata(
    recorder: Recorder, source: FakeSource, clock: ManualClock
):
    status = recorder.start(RecordingRequest(), source, "mock")
    eventually(lambda: len(source.subscriptions) == 2, "the subscription to the count")
    assert recorder.status().losses.dropped == 0
    clock.advance(NS_PER_SECOND)
    source.send(DROPPED, b"707", 0)
    assert recorder.status().losses.dropped == 7
    source.send("a")
    recorder.stop()
    session = session_at(status.path)
    (event,) = session.events
    assert (event[1], event[3]) == ("warning", {"dropped": 7})
    assert "dropped 7 messages" in event[2]
    losses = losses_at(status.path)
    assert losses is not None
    assert (losses.dropped, losses.counter) == (7, 707)


def test_the_count_itself_is_not_recorded_and_nobody_listens_to_it_afterwards(recorder: Recorder, source: FakeSource):
    status = recorder.start(RecordingRequest(), source, "mock")
    eventually(lambda: len(source.subscriptions) == 2, "the subscription to the count")
    source.send(DROPPED, b"707", 0)
    source.send("a")
    recorder.stop()
    assert [row.topic for row in session_at(status.path).messages] == ["a"]
    assert source.subscriptions == {}


def test_what_the_broker_dropped_while_there_was_no_connection_is_asked_for(
    recorder: Recorder, source: FakeSource, clock: ManualClock
):
    """Nobody sends the count again: it changed while nobody heard it."""
    recorder.start(RecordingRequest(), source, "mock")
    eventually(lambda: len(source.subscriptions) == 2, "the subscription to the count")
    source.disconnect()
    source.retained = [Message(DROPPED, b"712", 0, FROM_DUMP, 1_000)]
    clock.advance(NS_PER_SECOND)
    source.connect()
    eventually(lambda: recorder.status().losses.dropped == 12, "the count")
    recorder.stop()


def test_of_a_broker_that_does_not_say_it_is_not_known(recorder: Recorder, source: FakeSource):
    source.retained = []
    recorder.start(RecordingRequest(), source, "mock")
    source.send("a")
    assert recorder.stop().losses.dropped is None


def test_who_wants_to_record_the_count_gets_it(recorder: Recorder, source: FakeSource):
    status = recorder.start(RecordingRequest(filters=("$SYS/#",)), source, "mock")
    eventually(lambda: len(source.subscriptions) == 2, "the subscription to the count")
    source.send(DROPPED, b"707", 0)
    recorder.stop()
    assert session_at(status.path).payloads == [b"707"]


@pytest.mark.parametrize(
    ("qos", "same", "kept"), [(1, True, True), (1, False, False), (0, True, False), (2, True, True)]
)
def test_a_gap_says_whether_the_broker_has_kept_what_came(
    recorder: Recorder,
    source: FakeSource,
    clock: ManualClock,
    qos: int,
    same: bool,
    kept: bool,
):
    """It has for a subscription of QoS 1 or 2, if it knows the client again."""
    status = recorder.start(RecordingRequest(qos=qos), source, "mock")
    source.disconnect()
    clock.advance(2 * NS_PER_SECOND)
    source.connect(broker_session=0 if same else 1)
    source.send("a")
    losses = recorder.stop().losses
    assert (losses.gaps, losses.gap_s) == (1, 2.0)
    assert (losses.unkept, losses.unkept_s) == ((0, 0.0) if kept else (1, 2.0))
    end = session_at(status.path).events[-1]
    assert end[3] == {"duration_s": 2.0, "kept": kept}
    assert ("what was published meanwhile is missing" in end[2]) is not kept
    assert losses_at(status.path) == losses


@pytest.mark.parametrize(("qos", "doubtful"), [(1, 1), (0, 0)])
def test_a_gap_says_that_it_is_not_certain_whether_the_broker_has_kept_what_came(
    recorder: Recorder, source: FakeSource, clock: ManualClock, qos: int, doubtful: int
):
    """At QoS 0 it has not, for certain."""
    status = recorder.start(RecordingRequest(qos=qos), source, "mock")
    source.disconnect()
    clock.advance(2 * NS_PER_SECOND)
    source.connect(doubtful=True)
    losses = recorder.stop().losses
    assert (losses.gaps, losses.unkept, losses.doubtful) == (1, 1 - doubtful, doubtful)
    assert losses.doubtful_s == 2.0 * doubtful
    end = session_at(status.path).events[-1]
    assert ("it is not certain that it has kept what was published meanwhile" in end[2]) == bool(doubtful)
    assert (end[3] or {}).get("doubtful", False) == bool(doubtful)
    assert losses_at(status.path) == losses


def test_a_gap_at_the_end_is_one_for_which_nothing_is_kept(recorder: Recorder, source: FakeSource, clock: ManualClock):
    recorder.start(RecordingRequest(), source, "mock")
    source.disconnect()
    clock.advance(NS_PER_SECOND)
    assert recorder.stop().losses.unkept_s == 1.0


def test_the_most_that_waited_for_the_disk_is_known_at_the_end(recorder: Recorder, source: FakeSource):
    status = recorder.start(RecordingRequest(), source, "mock")
    source.emit(*(Message("a", b"x", 1, 0, 1_000) for _ in range(30)))
    recorder.stop()
    losses = losses_at(status.path)
    assert losses is not None
    assert losses.queue_peak == 30
