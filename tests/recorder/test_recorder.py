"""The recorder with a real session on disk."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.errors import BrokerError, StateError, StorageError, UsageError
from core.message import FROM_DUMP, LIVE, LIVE_RETAINED, NS_PER_SECOND, Message
from recorder.description import BRIDGE_MODE, OLDER_PROTOCOL, why_lowered
from recorder.recorder import Recorder, RecordingRequest
from store.events import Event, EventKind
from store.metadata import Status, new_metadata
from store.writer import SessionWriter
from tests.fakes import FakeSource, eventually
from tests.recorder.conftest import START_NS
from tests.recorder.sessions import session_at


def written(recorder: Recorder, messages: int) -> None:
    eventually(lambda: recorder.status().messages == messages, f"writing {messages} messages")


def test_a_recorder_that_never_recorded_says_so(recorder: Recorder):
    status = recorder.status()
    assert (status.state, status.active, status.path) == (None, False, None)
    assert recorder.wait(0)


def test_starting_walks_through_all_states_at_once(recorder: Recorder, source: FakeSource):
    status = recorder.start(RecordingRequest(source="Line 1", tags=("x",), note="n"), source, "mock")
    assert status.state is Status.IN_PROGRESS
    assert status.active
    assert status.name == "session_20261121_081500"
    assert (status.environment, status.broker, status.started_ns) == ("mock", "mqtt://fake:1883", START_NS)
    recorder.stop()
    metadata = session_at(status.path).metadata
    assert (metadata["source"], metadata["tags"], metadata["note"]) == ("Line 1", ["x"], "n")
    assert (metadata["filters"], metadata["environment"], metadata["id"]) == (["#"], "mock", status.session_id)


def test_messages_are_written_as_they_arrived(recorder: Recorder, source: FakeSource, clock: ManualClock):
    status = recorder.start(RecordingRequest(), source, "mock")
    source.send("a/1", b"\xff\x00", qos=2)
    clock.advance(5_000)
    source.send("a/2", b"", qos=0, retain=LIVE_RETAINED)
    end = recorder.stop()
    assert session_at(status.path).messages == [
        ("a/1", b"\xff\x00", START_NS, 2, LIVE),
        ("a/2", b"", START_NS + 5_000, 0, LIVE_RETAINED),
    ]
    assert (end.messages, end.bytes, end.topics, end.queued) == (2, 2, 2, 0)


def test_a_single_message_is_written_at_once(recorder: Recorder, source: FakeSource):
    """The clock stands still: nothing waits for a batch to fill, or for a timer."""
    status = recorder.start(RecordingRequest(), source, "mock")
    source.send("a")
    written(recorder, 1)
    assert len(session_at(status.path).messages) == 1


def test_stopping_writes_all_that_has_arrived_and_finalises(recorder: Recorder, source: FakeSource, clock: ManualClock):
    status = recorder.start(RecordingRequest(), source, "mock")
    for number in range(500):
        source.send("a", b"%d" % number)
    clock.advance(3 * NS_PER_SECOND)
    end = recorder.stop()
    session = session_at(status.path)
    assert session.payloads == [b"%d" % number for number in range(500)]
    assert (end.state, end.active, end.ended_ns) == (Status.COMPLETED, False, START_NS + 3 * NS_PER_SECOND)
    assert (session.metadata["status"], session.metadata["ended_ns"]) == ("completed", end.ended_ns)
    assert session.metadata["ended_reason"] == end.ended_reason == "Stopped."
    assert end.elapsed_s == 3.0
    assert source.subscriptions == {}
    assert recorder.wait(0)


def test_excluded_topics_are_subscribed_and_not_written(recorder: Recorder, source: FakeSource):
    request = RecordingRequest(filters=("a/#", "b"), exclude=("a/camera",), qos=2)
    status = recorder.start(request, source, "mock")
    assert [(filters, qos) for filters, _, qos in source.subscriptions.values()] == [(("a/#", "b"), 2)]
    for topic in ("a/1", "a/camera", "b", "c"):
        source.send(topic)
    recorder.stop()
    assert [row.topic for row in session_at(status.path).messages] == ["a/1", "b"]


def test_what_arrives_while_paused_is_not_written(recorder: Recorder, source: FakeSource, clock: ManualClock):
    status = recorder.start(RecordingRequest(), source, "mock")
    source.send("a", b"before")
    clock.advance(10)
    assert recorder.pause().state is Status.PAUSED
    source.send("a", b"paused")
    clock.advance(10)
    assert recorder.resume().state is Status.IN_PROGRESS
    source.send("a", b"after")
    recorder.stop()
    session = session_at(status.path)
    assert session.payloads == [b"before", b"after"]
    assert [(at, kind) for at, kind, _, _ in session.events] == [(START_NS + 10, "pause"), (START_NS + 20, "resume")]


def test_a_message_from_before_the_pause_is_written_even_if_it_is_handed_on_later(
    recorder: Recorder, source: FakeSource, clock: ManualClock
):
    """The arrival time decides, not the moment at which the queue is read."""
    status = recorder.start(RecordingRequest(), source, "mock")
    early = Message("a", b"early", 1, LIVE, clock.now_ns())
    clock.advance(10)
    recorder.pause()
    source.emit(early)
    recorder.stop()
    assert session_at(status.path).payloads == [b"early"]


def test_a_paused_session_says_so_on_disk(recorder: Recorder, source: FakeSource):
    status = recorder.start(RecordingRequest(), source, "mock")
    recorder.pause()
    eventually(lambda: session_at(status.path).metadata["status"] == "paused", "the stored status")
    assert recorder.stop().state is Status.COMPLETED


def test_a_mark_is_an_event_at_this_moment(recorder: Recorder, source: FakeSource, clock: ManualClock):
    status = recorder.start(RecordingRequest(), source, "mock")
    clock.advance(7)
    assert (recorder.status().marks, recorder.status().last_mark) == (0, None)
    recorder.mark()
    status = recorder.mark("order placed")
    assert (status.marks, status.last_mark) == (2, Event(START_NS + 7, EventKind.MARK, "order placed"))
    recorder.stop()
    marks = [(START_NS + 7, "mark", "", None), (START_NS + 7, "mark", "order placed", None)]
    assert session_at(status.path).events == marks


def test_exactly_the_maximum_of_messages_is_written(recorder: Recorder, source: FakeSource):
    status = recorder.start(RecordingRequest(max_messages=1_000), source, "mock")
    for number in range(300):
        source.emit(*(Message("a", b"%d" % (number * 7 + i), 1, LIVE, START_NS) for i in range(7)))
    assert recorder.wait(10)
    end = recorder.status()
    session = session_at(status.path)
    assert session.payloads == [b"%d" % number for number in range(1_000)]
    assert (end.state, end.messages) == (Status.COMPLETED, 1_000)
    assert session.metadata["ended_reason"] == "The number of messages was reached."
    assert source.subscriptions == {}


def test_the_duration_ends_a_recording_in_which_nothing_arrives(
    recorder: Recorder, source: FakeSource, clock: ManualClock
):
    recorder.start(RecordingRequest(duration_s=60), source, "mock")
    assert clock.await_waiter(10)
    clock.advance(60 * NS_PER_SECOND - 1)
    assert recorder.status().active
    clock.advance(1)
    assert recorder.wait(10)
    assert recorder.status().ended_reason == "The duration was reached."


def test_pauses_do_not_count_for_the_duration(recorder: Recorder, source: FakeSource, clock: ManualClock):
    status = recorder.start(RecordingRequest(duration_s=60), source, "mock")
    clock.advance(20 * NS_PER_SECOND)
    recorder.pause()
    clock.advance(1_000 * NS_PER_SECOND)
    assert recorder.status().elapsed_s == 20.0
    recorder.resume()
    source.send("a", b"kept")
    clock.advance(40 * NS_PER_SECOND)
    assert recorder.wait(10)
    assert recorder.status().elapsed_s == 60.0
    assert session_at(status.path).payloads == [b"kept"]


def test_a_paused_recording_does_not_end_by_its_duration(recorder: Recorder, source: FakeSource, clock: ManualClock):
    recorder.start(RecordingRequest(duration_s=60), source, "mock")
    recorder.pause()
    clock.advance(3_600 * NS_PER_SECOND)
    recorder.mark()
    assert not recorder.wait(0.05)
    assert recorder.status().state is Status.PAUSED


def test_the_brokers_stored_messages_are_written_first_and_marked(
    recorder: Recorder, source: FakeSource, clock: ManualClock
):
    source.retained = [Message("a/state", b"stored", 1, LIVE, 0), Message("b", b"not asked for", 1, LIVE, 0)]
    status = recorder.start(RecordingRequest(filters=("a/#",), retained=True), source, "mock")
    source.send("a/x", b"live")
    recorder.stop()
    session = session_at(status.path)
    assert [(row.payload, row.retain) for row in session.messages] == [(b"stored", FROM_DUMP), (b"live", LIVE)]
    assert session.metadata["retained"] is True


def test_a_missing_connection_is_a_gap_with_its_duration(recorder: Recorder, source: FakeSource, clock: ManualClock):
    status = recorder.start(RecordingRequest(), source, "mock")
    assert not recorder.status().in_gap
    clock.advance(1_000)
    source.disconnect("The broker went away.")
    assert (recorder.status().gaps, recorder.status().in_gap) == (1, True)
    clock.advance(2 * NS_PER_SECOND)
    source.connect()
    assert (recorder.status().gaps, recorder.status().in_gap) == (1, False)
    recorder.stop()
    back_ns = START_NS + 1_000 + 2 * NS_PER_SECOND
    assert session_at(status.path).events == [
        (START_NS + 1_000, "gap_start", "The broker went away.", None),
        (back_ns, "gap_end", "The connection to the broker is back.", {"duration_s": 2.0, "kept": True}),
    ]


def test_a_recording_that_starts_without_a_connection_starts_with_a_gap(tmp_path: Path, clock: ManualClock):
    source = FakeSource(clock, connected=False)
    recorder = Recorder(tmp_path, clock)
    status = recorder.start(RecordingRequest(), source, "mock")
    assert recorder.status().in_gap
    source.connect()
    source.send("a")
    recorder.stop()
    assert session_at(status.path).kinds == ["gap_start", "gap_end"]


def test_a_gap_at_the_end_is_closed_with_the_session(recorder: Recorder, source: FakeSource, clock: ManualClock):
    status = recorder.start(RecordingRequest(), source, "mock")
    source.disconnect()
    clock.advance(NS_PER_SECOND)
    end = recorder.stop()
    assert not end.in_gap
    assert session_at(status.path).events[-1][1:] == (
        "gap_end",
        "The recording ended during the gap.",
        {"duration_s": 1.0, "kept": False},
    )


REFUSED = (
    "The broker refuses the subscription to secret/#: what is published there is missing. "
    "Check whether this user may read these topics."
)


def test_a_refused_filter_is_in_the_status_and_a_warning_in_the_session(
    recorder: Recorder, source: FakeSource, clock: ManualClock
):
    """Said once, however often the broker repeats it; what others subscribed to is none of its business."""
    status = recorder.start(RecordingRequest(filters=("a", "secret/#")), source, "mock")
    assert status.problem == ""
    clock.advance(5)
    source.refuse("a/page", "secret/#")
    source.refuse("secret/#")
    assert (recorder.status().problem, recorder.status().state) == (REFUSED, Status.IN_PROGRESS)
    source.disconnect()
    source.connect(refused=("secret/#",))
    end = recorder.stop()
    assert (end.state, end.problem) == (Status.COMPLETED, REFUSED)
    session = session_at(status.path)
    assert session.events[0] == (START_NS + 5, "warning", REFUSED, None)
    assert session.kinds == ["warning", "gap_start", "gap_end"]


def test_what_was_refused_before_the_start_is_said_too(recorder: Recorder, source: FakeSource):
    source.refuse("secret/#")
    status = recorder.start(RecordingRequest(filters=("secret/#",)), source, "mock")
    assert status.problem == REFUSED
    recorder.stop()
    assert session_at(status.path).kinds == ["warning"]


def test_a_filter_that_is_granted_after_all_is_no_problem_any_more(recorder: Recorder, source: FakeSource):
    status = recorder.start(RecordingRequest(filters=("secret/#",)), source, "mock")
    source.refuse("secret/#")
    source.refuse()
    assert recorder.status().problem == ""
    source.refuse("secret/#")
    recorder.stop()
    assert session_at(status.path).kinds == ["warning", "warning"]


def test_a_filter_that_is_granted_with_a_lower_qos_is_in_the_status_and_a_warning_in_the_session(
    recorder: Recorder, source: FakeSource, monkeypatch: pytest.MonkeyPatch
):
    """Of the recording's own filters, once."""
    status = recorder.start(RecordingRequest(filters=("a", "b")), source, "mock")
    low = replace(source.connection(), lowered=("b", "page/#"))
    monkeypatch.setattr(source, "_status", low)
    for listener in 2 * tuple(source._connection_listeners):
        listener(low)
    assert recorder.status().problem == why_lowered(["b"])
    assert recorder.stop().state is Status.COMPLETED
    assert [event[1:3] for event in session_at(status.path).events] == [("warning", why_lowered(["b"]))]


def test_that_the_broker_speaks_an_older_protocol_is_said_once(
    recorder: Recorder, source: FakeSource, clock: ManualClock
):
    """Whenever it turns out; and the session keeps the oldest version that it was recorded with."""
    status = recorder.start(RecordingRequest(), source, "mock")
    for protocol in ("MQTT 5", "MQTT 3.1.1", "MQTT 3.1.1", "MQTT 5", "MQTT 3.1.1"):
        source.disconnect()
        clock.advance(5)
        source.connect(protocol=protocol)
    recorder.stop()
    session = session_at(status.path)
    warnings = [event for event in session.events if event[1] == "warning"]
    assert warnings == [
        (
            START_NS + 10,
            "warning",
            "The broker speaks MQTT 3.1.1 only: message properties and the retain flag of live messages are not "
            "transmitted, so the retain flags of this recording are not trustworthy.",
            None,
        )
    ]
    assert session.metadata["extra"]["protocol"] == "MQTT 3.1.1"


def test_an_older_protocol_from_the_start_is_in_the_session_at_once(recorder: Recorder, clock: ManualClock):
    source = FakeSource(clock, connected=False)
    source.connect(protocol="MQTT 3.1.1")
    status = recorder.start(RecordingRequest(), source, "mock")
    recorder.stop()
    assert session_at(status.path).kinds == ["warning"]
    assert session_at(status.path).metadata["extra"]["protocol"] == "MQTT 3.1.1"


def test_bridge_mode_lacks_the_properties_only_and_what_it_falls_back_to_lacks_more(
    recorder: Recorder, source: FakeSource, clock: ManualClock
):
    status = recorder.start(RecordingRequest(), source, "mock")
    for protocol in ("MQTT 3.1.1 (bridge mode)", "MQTT 5", "MQTT 3.1.1 (bridge mode)", "MQTT 3.1.1", "MQTT 5"):
        source.disconnect()
        clock.advance(5)
        source.connect(protocol=protocol)
    recorder.stop()
    session = session_at(status.path)
    assert [event[2] for event in session.events if event[1] == "warning"] == [BRIDGE_MODE, OLDER_PROTOCOL]
    assert session.metadata["extra"]["protocol"] == "MQTT 3.1.1"


def test_the_protocol_of_a_recording_that_waits_for_its_connection_is_in_the_session(
    recorder: Recorder, clock: ManualClock
):
    source = FakeSource(clock, connected=False)
    status = recorder.start(RecordingRequest(), source, "mock")
    source.connect()
    recorder.stop()
    assert session_at(status.path).metadata["extra"]["protocol"] == "MQTT 5"


def test_a_second_recording_is_refused_while_one_is_active(recorder: Recorder, source: FakeSource, tmp_path: Path):
    recorder.start(RecordingRequest(name="first"), source, "mock")
    with pytest.raises(StateError, match="'first' is being recorded already; stop it first"):
        recorder.start(RecordingRequest(name="second"), source, "mock")
    recorder.stop()
    assert len(list(tmp_path.glob("*.db"))) == 1


def test_one_recording_after_another_gives_two_sessions(recorder: Recorder, source: FakeSource):
    first = recorder.start(RecordingRequest(), source, "mock")
    source.send("a", b"1")
    recorder.stop()
    second = recorder.start(RecordingRequest(), source, "mock")
    source.send("a", b"2")
    recorder.stop()
    assert first.path != second.path
    assert session_at(first.path).payloads == [b"1"]
    assert session_at(second.path).payloads == [b"2"]


@pytest.mark.parametrize("action", ["stop", "pause", "resume", "mark"])
def test_nothing_can_be_done_with_a_recording_that_does_not_exist(recorder: Recorder, action: str):
    with pytest.raises(StateError, match="Nothing is being recorded"):
        getattr(recorder, action)()


def test_stopping_after_the_limit_says_that_nothing_is_being_recorded(recorder: Recorder, source: FakeSource):
    recorder.start(RecordingRequest(max_messages=1), source, "mock")
    source.send("a")
    assert recorder.wait(10)
    with pytest.raises(StateError):
        recorder.stop()


def test_resuming_what_is_not_paused_is_refused(recorder: Recorder, source: FakeSource):
    recorder.start(RecordingRequest(), source, "mock")
    with pytest.raises(StateError, match="it is in progress"):
        recorder.resume()


@pytest.mark.parametrize("request_", [RecordingRequest(filters=("a#",)), RecordingRequest(max_messages=0)])
def test_a_wrong_request_leaves_nothing_behind(
    recorder: Recorder, source: FakeSource, tmp_path: Path, request_: RecordingRequest
):
    with pytest.raises(UsageError):
        recorder.start(request_, source, "mock")
    assert recorder.status().state is None
    assert (source.subscriptions, list(tmp_path.iterdir())) == ({}, [])


def test_a_folder_that_cannot_be_made_is_said_by_start(source: FakeSource, clock: ManualClock, tmp_path: Path):
    (tmp_path / "file").touch()
    recorder = Recorder(tmp_path / "file" / "sessions", clock)
    with pytest.raises(StorageError):
        recorder.start(RecordingRequest(), source, "mock")
    assert source.subscriptions == {}
    assert not recorder.status().active


def test_without_a_broker_the_stored_messages_cannot_be_had_and_start_says_so(clock: ManualClock, tmp_path: Path):
    source = FakeSource(clock, connected=False)
    with pytest.raises(BrokerError):
        Recorder(tmp_path, clock).start(RecordingRequest(retained=True), source, "mock")
    assert (source.subscriptions, list(tmp_path.iterdir())) == ({}, [])


def test_the_rate_is_that_of_the_last_full_second(recorder: Recorder, source: FakeSource, clock: ManualClock):
    recorder.start(RecordingRequest(), source, "mock")
    for _ in range(12):
        source.send("a")
    written(recorder, 12)
    clock.advance(NS_PER_SECOND)
    assert recorder.status().rate_per_s == 12.0


def test_the_writer_thread_bears_its_owners_name_and_ends_with_the_recording(recorder: Recorder, source: FakeSource):
    recorder.start(RecordingRequest(), source, "mock")
    thread = next(thread for thread in threading.enumerate() if thread.name == "recorder-writer")
    assert thread.daemon
    recorder.stop()
    thread.join(10)
    assert not thread.is_alive()


def test_a_continuation_counts_the_marks_of_before(tmp_path: Path, clock: ManualClock, source: FakeSource):
    writer = SessionWriter.create(tmp_path, new_metadata("Night shift", START_NS, status=Status.IN_PROGRESS))
    first = Event(START_NS, EventKind.MARK, "before the crash")
    writer.add_event(first)
    writer.abandon()
    recorder = Recorder(tmp_path, clock)
    status = recorder.continue_session(writer.db_path, source, "mock")
    assert (status.marks, status.last_mark) == (1, first)
    assert recorder.mark("after it").marks == 2
    recorder.stop()
