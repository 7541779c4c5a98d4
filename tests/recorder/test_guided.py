"""The guided flow: a session is made, gets its source, and only then begins to record."""

from __future__ import annotations

from math import inf

import pytest

from core.clock import ManualClock
from core.errors import BrokerError, StateError, UsageError
from core.message import FROM_DUMP, LIVE_RETAINED, NS_PER_SECOND, Message
from recorder.recorder import Recorder, RecordingRequest
from store.metadata import Status
from tests.fakes import FakeSource, eventually
from tests.recorder.sessions import session_at


def test_each_step_leads_to_the_next_state(recorder: Recorder, source: FakeSource, clock: ManualClock) -> None:
    assert recorder.prepare(RecordingRequest(name="Guided"), source, "mock").state is Status.RECORDING
    assert recorder.assign_source("Line 1").state is Status.SOURCE_ASSIGNED
    assert recorder.begin().state is Status.IN_PROGRESS
    recorder.stop()
    session = session_at(recorder.status().path)
    assert (session.metadata["name"], session.metadata["source"]) == ("Guided", "Line 1")
    assert session.kinds == ["pause", "state", "resume"]


def test_nothing_is_recorded_before_the_beginning(recorder: Recorder, source: FakeSource, clock: ManualClock) -> None:
    recorder.prepare(RecordingRequest(), source, "mock")
    source.send("a", b"before the source")
    clock.advance(NS_PER_SECOND)
    recorder.assign_source("")
    source.send("a", b"before the beginning")
    clock.advance(NS_PER_SECOND)
    recorder.begin()
    source.send("a", b"recorded")
    recorder.stop()
    session = session_at(recorder.status().path)
    assert session.payloads == [b"recorded"]
    assert session.metadata["source"] == "Unknown"
    eventually(lambda: source.settled == set(range(len(source.arrivals))), "settling all that arrived")


def test_the_duration_counts_from_the_beginning(recorder: Recorder, source: FakeSource, clock: ManualClock) -> None:
    recorder.prepare(RecordingRequest(duration_s=100), source, "mock")
    clock.advance(60 * NS_PER_SECOND)
    recorder.assign_source("Line 1")
    assert recorder.begin(duration_s=5).elapsed_s == 0
    assert recorder.status().duration_s == 5
    source.send("a")
    clock.advance(4 * NS_PER_SECOND)
    source.send("a")
    assert recorder.status().elapsed_s == 4
    clock.advance(2 * NS_PER_SECOND)
    assert recorder.wait(10)
    assert recorder.status().ended_reason == "The duration was reached."
    assert session_at(recorder.status().path).metadata["extra"]["duration_s"] == 5


def test_at_the_beginning_the_limit_can_be_taken_away(
    recorder: Recorder, source: FakeSource, clock: ManualClock
) -> None:
    recorder.prepare(RecordingRequest(duration_s=5), source, "mock")
    recorder.assign_source("Line 1")
    assert recorder.begin(duration_s=inf).duration_s is None
    clock.advance(60 * NS_PER_SECOND)
    source.send("a", b"late")
    recorder.stop()
    session = session_at(recorder.status().path)
    assert session.payloads == [b"late"]
    assert "duration_s" not in session.metadata["extra"]


def test_the_source_can_be_taken_back_until_the_beginning(
    recorder: Recorder, source: FakeSource, clock: ManualClock
) -> None:
    recorder.prepare(RecordingRequest(), source, "mock")
    with pytest.raises(StateError, match="waits for its source"):
        recorder.withdraw_source()
    assert recorder.assign_source("Line 1").source == "Line 1"
    status = recorder.withdraw_source()
    assert (status.state, status.source) == (Status.RECORDING, "Unknown")
    recorder.assign_source("Line 2")
    recorder.begin()
    with pytest.raises(StateError, match="in progress"):
        recorder.withdraw_source()
    recorder.stop()
    assert session_at(recorder.status().path).metadata["source"] == "Line 2"


def test_the_initial_state_is_that_of_the_beginning(recorder: Recorder, source: FakeSource, clock: ManualClock) -> None:
    source.retained = [Message("state", b"old", 1, LIVE_RETAINED, 0)]
    recorder.prepare(RecordingRequest(retained=True), source, "mock")
    recorder.assign_source("Line 1")
    source.retained = [Message("state", b"new", 1, LIVE_RETAINED, 0)]
    clock.advance(NS_PER_SECOND)
    recorder.begin()
    source.send("a", b"live")
    recorder.stop()
    session = session_at(recorder.status().path)
    assert session.payloads == [b"new", b"live"]
    assert [message.retain for message in session.messages] == [FROM_DUMP, 0]


def test_a_step_out_of_turn_is_refused_and_changes_nothing(
    recorder: Recorder, source: FakeSource, clock: ManualClock
) -> None:
    with pytest.raises(StateError):
        recorder.assign_source("Line 1")
    recorder.prepare(RecordingRequest(), source, "mock")
    with pytest.raises(StateError, match="waits for its source"):
        recorder.begin()
    with pytest.raises(StateError, match="being recorded already"):
        recorder.prepare(RecordingRequest(), source, "mock")
    recorder.assign_source("Line 1")
    with pytest.raises(StateError):
        recorder.assign_source("Line 2")
    with pytest.raises(UsageError, match="more than 0 seconds"):
        recorder.begin(duration_s=0)
    assert recorder.status().state is Status.SOURCE_ASSIGNED
    recorder.begin()
    with pytest.raises(StateError):
        recorder.begin()


def test_without_the_broker_the_beginning_can_be_tried_again(
    recorder: Recorder, source: FakeSource, clock: ManualClock
) -> None:
    recorder.prepare(RecordingRequest(retained=True), source, "mock")
    recorder.assign_source("Line 1")
    source.disconnect()
    with pytest.raises(BrokerError):
        recorder.begin()
    assert recorder.status().state is Status.SOURCE_ASSIGNED
    source.connect()
    assert recorder.begin().state is Status.IN_PROGRESS


@pytest.mark.parametrize("steps", [0, 1])
def test_it_can_be_ended_before_it_has_begun(
    recorder: Recorder, source: FakeSource, clock: ManualClock, steps: int
) -> None:
    recorder.prepare(RecordingRequest(), source, "mock")
    if steps:
        recorder.assign_source("Line 1")
    source.send("a")
    assert recorder.stop().state is Status.COMPLETED
    assert session_at(recorder.status().path).payloads == []
