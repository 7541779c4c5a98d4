"""A recording whose program died goes on where it ended."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.errors import StateError
from core.message import LIVE, LIVE_RETAINED, NS_PER_SECOND, Message
from recorder.recorder import Recorder, RecordingRequest
from store.events import Event, EventKind
from store.metadata import Status, new_metadata
from store.verify import verify
from store.writer import SessionWriter
from tests.fakes import FakeSource, eventually
from tests.recorder.conftest import START_NS
from tests.recorder.sessions import session_at

S = NS_PER_SECOND


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START_NS + 100 * S)


def message(text: str, at_s: float) -> Message:
    return Message("a", text.encode(), 1, LIVE, START_NS + round(at_s * S))


def died(folder: Path, *events: Event, at_s: float = 10.0, **fields: object) -> Path:
    """A session with two messages, whose recorder lived until `at_s` after its start."""
    fields = {"status": Status.IN_PROGRESS, "name": "Cut", **fields}
    writer = SessionWriter.create(folder, new_metadata(started_ns=START_NS, **fields))  # type: ignore[arg-type]
    writer.write([message("1", 1), message("2", 2)], [1, 2])
    for event in events:
        writer.add_event(event)
    writer.abandon()
    os.utime(writer.log_path, ns=(0, START_NS + round(at_s * S)))
    return writer.db_path


def waiting(folder: Path, status: Status, noted: bool) -> Path:
    """A guided recording whose program died before it had begun."""
    source = "Line 1" if status is Status.SOURCE_ASSIGNED else "Unknown"
    metadata = new_metadata("Guided", START_NS, status=status, source=source, retained=True, extra={"duration_s": 5})
    writer = SessionWriter.create(folder, metadata)
    if noted:
        writer.add_event(Event(START_NS, EventKind.PAUSE, "It waits."))
    writer.abandon()
    os.utime(writer.log_path, ns=(0, START_NS + 10 * S))
    return writer.db_path


def event(kind: EventKind, at_s: float) -> Event:
    return Event(START_NS + round(at_s * S), kind)


def test_it_says_when_it_was_interrupted_and_that_something_may_be_missing(
    recorder: Recorder, clock: ManualClock, tmp_path: Path
):
    path = died(tmp_path, extra={"client_id": "msm1", "duration_s": 3600})
    source = FakeSource(clock, connected=False)
    status = recorder.continue_session(path, source, "live")
    assert (status.active, status.name, status.in_gap, status.path) == (True, "Cut", True, path)
    assert status.duration_s == 3600
    clock.advance(S)
    source.connect()
    source.send("a", b"3")
    eventually(lambda: recorder.status().messages == 3, "going on")
    end = recorder.stop()
    assert (end.state, end.messages, end.gaps) == (Status.COMPLETED, 3, 1)
    session = session_at(path)
    assert session.payloads == [b"1", b"2", b"3"]
    assert session.kinds == ["gap_start", "state", "gap_end"]
    start, state, back = session.events
    assert start[0] == START_NS + 10 * S
    assert state[0] == START_NS + 100 * S
    assert state[2] == (
        "The recording was interrupted at 2026-11-21T08:15:10Z and continued at 2026-11-21T08:16:40Z, 90.0 s later."
    )
    assert state[3] == {"interrupted_ns": start[0], "continued_ns": state[0], "duration_s": 90.0}
    assert back[3]["duration_s"] == 91.0
    assert (session.metadata["environment"], session.metadata["extra"].get("client_id")) == ("live", None)
    assert verify(path).problems == []


def test_it_goes_on_with_what_was_asked_for_and_with_the_rest_of_its_limits(
    recorder: Recorder, clock: ManualClock, tmp_path: Path
):
    path = died(tmp_path, filters=("a", "b/#"), exclude=("b/x",), qos=2, extra={"max_messages": 4, "duration_s": 30})
    source = FakeSource(clock)
    status = recorder.continue_session(path, source, "mock")
    assert [(filters, qos) for filters, _, qos in source.subscriptions.values()] == [(("a", "b/#"), 2)]
    assert status.elapsed_s == 10.0
    for topic in ("b/x", "b/1", "a", "a"):
        source.send(topic)
    assert recorder.wait(30)
    end = recorder.status()
    assert (end.messages, end.ended_reason) == (4, "The number of messages was reached.")
    assert [row.topic for row in session_at(path).messages] == ["a", "a", "b/1", "a"]


def test_the_interruption_and_the_pauses_before_do_not_count_for_the_duration(
    recorder: Recorder, clock: ManualClock, tmp_path: Path
):
    pauses = event(EventKind.PAUSE, 3), event(EventKind.RESUME, 5)
    path = died(tmp_path, *pauses, extra={"duration_s": 30})
    recorder.continue_session(path, FakeSource(clock), "mock")
    assert recorder.status().elapsed_s == 8.0
    assert clock.await_waiter()
    clock.advance(22 * S - 1)
    assert recorder.status().active
    clock.advance(1)
    assert recorder.wait(30)
    assert recorder.status().ended_reason == "The duration was reached."


def test_one_that_was_paused_stays_paused(recorder: Recorder, clock: ManualClock, tmp_path: Path):
    path = died(tmp_path, event(EventKind.PAUSE, 4), status=Status.PAUSED)
    source = FakeSource(clock)
    assert recorder.continue_session(path, source, "mock").state is Status.PAUSED
    source.send("a", b"not this one")
    clock.advance(S)
    assert recorder.resume().elapsed_s == 4.0
    source.send("a", b"3")
    recorder.stop()
    assert session_at(path).payloads == [b"1", b"2", b"3"]


@pytest.mark.parametrize("status", [Status.RECORDING, Status.SOURCE_ASSIGNED])
@pytest.mark.parametrize("noted", [True, False], ids=["noted", "killed before it could note that it waits"])
def test_a_guided_one_that_had_not_begun_waits_again_at_the_same_step(
    recorder: Recorder, clock: ManualClock, tmp_path: Path, status: Status, noted: bool
):
    path = waiting(tmp_path, status, noted)
    source = FakeSource(clock, connected=False)
    now = recorder.continue_session(path, source, "mock")
    assert (now.state, now.duration_s, now.elapsed_s) == (status, 5, 0)
    clock.advance(S)
    source.connect()
    source.send("a", b"too early")
    clock.advance(S)
    source.retained = [Message("a", b"stored", 1, LIVE_RETAINED, 0)]
    if status is Status.RECORDING:
        recorder.assign_source("Line 1")
    recorder.begin()
    source.send("a", b"1")
    clock.advance(4 * S)
    assert recorder.status().elapsed_s == 4
    end = recorder.stop()
    assert (end.state, end.source, end.losses.gaps) == (Status.COMPLETED, "Line 1", 0)
    session = session_at(path)
    assert session.payloads == [b"stored", b"1"]
    assert session.kinds.count("pause") == session.kinds.count("resume") == 1
    assert verify(path).problems == []


def test_a_gap_in_which_it_died_goes_on(recorder: Recorder, clock: ManualClock, tmp_path: Path):
    path = died(tmp_path, event(EventKind.GAP_START, 3))
    recorder.continue_session(path, FakeSource(clock), "mock")
    assert recorder.stop().gaps == 1
    session = session_at(path)
    assert session.kinds == ["gap_start", "state", "gap_end"]
    assert session.events[2][3]["duration_s"] == 97.0


@pytest.mark.parametrize(
    ("kinds", "doubtful"), [((), 0), ((EventKind.GAP_START,), 1), ((EventKind.GAP_START, EventKind.GAP_END), 0)]
)
def test_where_it_died_without_a_connection_nobody_knows_whether_the_broker_has_kept_anything(
    recorder: Recorder, clock: ManualClock, tmp_path: Path, kinds: tuple[EventKind, ...], doubtful: int
):
    """An attempt of the program that died may have begun the session state that the broker says it has."""
    path = died(tmp_path, *(event(kind, at_s) for at_s, kind in enumerate(kinds, 3)))
    source = FakeSource(clock, connected=False)
    recorder.continue_session(path, source, "live")
    source.connect()
    source.disconnect()
    source.connect()
    losses = recorder.stop().losses
    assert (losses.doubtful, losses.unkept) == (doubtful, 0), "that is about the first of the gaps"


def test_a_clock_that_was_set_back_bends_nothing(recorder: Recorder, tmp_path: Path):
    """By an hour, while the program was dead."""
    path = died(tmp_path)
    clock = ManualClock(START_NS - 3_600 * S)
    recorder = Recorder(tmp_path, clock)
    source = FakeSource(clock)
    recorder.continue_session(path, source, "mock")
    source.send("a", b"3")
    end = recorder.stop()
    assert (end.messages, end.state) == (3, Status.COMPLETED)
    session = session_at(path)
    assert session.payloads == [b"1", b"2", b"3"]
    assert session.events[1][3]["duration_s"] == 0.0
    assert verify(path).problems == []


def test_a_clock_that_was_set_back_into_a_pause_leaves_nothing_out(tmp_path: Path):
    """That pause had ended, whatever the clock says now."""
    path = died(tmp_path, event(EventKind.PAUSE, 3), event(EventKind.RESUME, 5))
    clock = ManualClock(START_NS + 4 * S)
    recorder, source = Recorder(tmp_path, clock), FakeSource(clock)
    recorder.continue_session(path, source, "mock")
    source.send("a", b"3")
    recorder.stop()
    assert session_at(path).payloads == [b"1", b"2", b"3"]


def test_only_an_interrupted_session_can_be_continued(recorder: Recorder, clock: ManualClock, tmp_path: Path):
    source = FakeSource(clock)
    path = recorder.start(RecordingRequest(), source, "mock").path
    assert path is not None
    other = Recorder(tmp_path, clock)
    with pytest.raises(StateError, match="is being recorded by a running program"):
        other.continue_session(path, source, "mock")
    recorder.stop()
    with pytest.raises(StateError, match="has ended; only an interrupted recording"):
        other.continue_session(path, source, "mock")
    assert other.status().state is None


def test_a_log_that_is_ahead_of_the_database_is_taken_over(recorder: Recorder, clock: ManualClock, tmp_path: Path):
    path = died(tmp_path)
    writer = SessionWriter.reopen(path)
    writer.log([message("3", 3)])
    writer.abandon()
    recorder.continue_session(path, FakeSource(clock), "mock")
    assert recorder.stop().messages == 3
    assert session_at(path).payloads == [b"1", b"2", b"3"]
    assert verify(path).problems == []


def test_a_session_that_cannot_be_opened_again_fails_with_a_sentence(
    recorder: Recorder, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """It stays as it was: nothing is written into it."""
    path = died(tmp_path)

    def refuse(path: Path) -> SessionWriter:
        raise StateError("Somebody is faster.")

    monkeypatch.setattr("store.recovery.reopen", refuse)
    source = FakeSource(clock)
    recorder.continue_session(path, source, "mock")
    assert recorder.wait(30)
    assert (recorder.status().state, recorder.status().problem) == (Status.FAILED, "Somebody is faster.")
    assert source.subscriptions == {}
    assert session_at(path).metadata["status"] == "in_progress"


def test_a_broker_that_has_kept_nothing_makes_it_forget_what_could_have_come_again(
    recorder: Recorder, clock: ManualClock, tmp_path: Path
):
    """At once, before anything arrives: it may be killed again, and then a number may mean another message."""
    path = died(tmp_path)
    source = FakeSource(clock, connected=False)
    recorder.continue_session(path, source, "mock")
    assert deliveries(path) == 1
    source.connect(broker_session=1)
    eventually(lambda: deliveries(path) == 0, "forgetting")


def deliveries(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM deliveries").fetchone()[0])
