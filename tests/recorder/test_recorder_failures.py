"""The recorder when the disk is slow, or fails."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.errors import StateError, StorageError
from core.message import LIVE, Message
from recorder.queue import MAX_QUEUED_MESSAGES
from recorder.recorder import Recorder, RecordingRequest
from recorder.writer_thread import NO_END
from store.metadata import SessionMetadata, Status
from store.writer import SessionWriter
from tests.fakes import FakeSource, eventually
from tests.recorder.disk import FULL, Disk
from tests.recorder.sessions import session_at


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_000)


@pytest.fixture
def recorder(tmp_path: Path, clock: ManualClock, disk: Disk) -> Recorder:
    return Recorder(tmp_path, clock, disk.create)


def many(count: int, begin: int = 0) -> list[Message]:
    return [Message("a", b"%d" % number, 1, LIVE, 1_000) for number in range(begin, begin + count)]


def test_a_slow_disk_holds_the_network_back_and_nothing_is_lost(recorder: Recorder, source: FakeSource, disk: Disk):
    disk.free.clear()
    status = recorder.start(RecordingRequest(), source, "mock")
    source.send("a", b"first")
    assert disk.writing.wait(10)
    source.emit(*many(MAX_QUEUED_MESSAGES))
    blocked = threading.Thread(target=lambda: source.emit(*many(10, MAX_QUEUED_MESSAGES)), daemon=True)
    blocked.start()
    blocked.join(0.2)
    assert blocked.is_alive(), "nothing may arrive"
    assert recorder.status().queued == MAX_QUEUED_MESSAGES
    assert recorder.status().messages == 0
    disk.free.set()
    blocked.join(30)
    assert not blocked.is_alive()
    assert recorder.stop(60).queued == 0
    assert session_at(status.path).payloads == [b"first", *(b"%d" % i for i in range(MAX_QUEUED_MESSAGES + 10))]


def test_stopping_while_the_broker_holds_back_writes_what_came_and_says_that_the_rest_is_missing(
    recorder: Recorder, source: FakeSource, disk: Disk
):
    disk.free.clear()
    status = recorder.start(RecordingRequest(), source, "mock")
    source.send("a", b"first")
    assert disk.writing.wait(10)
    source.emit(*many(MAX_QUEUED_MESSAGES))
    blocked = threading.Thread(target=lambda: source.emit(*many(10, MAX_QUEUED_MESSAGES)), daemon=True)
    blocked.start()
    blocked.join(0.2)
    with pytest.raises(StorageError, match=r"is not finished after 0.2 s: \d+ messages still wait"):
        recorder.stop(0.2)
    blocked.join(10)
    assert not blocked.is_alive(), "a recording that ends holds nobody back"
    with pytest.raises(StateError, match="ending"):
        recorder.mark("too late")
    disk.free.set()
    assert recorder.stop(60).state is Status.COMPLETED
    session = session_at(status.path)
    assert len(session.messages) == 1 + MAX_QUEUED_MESSAGES
    assert session.kinds == ["warning"]
    assert "what the broker held back" in session.events[0][2]


def test_a_recording_that_has_all_that_it_was_asked_for_misses_nothing(
    recorder: Recorder, source: FakeSource, disk: Disk
):
    """Though the broker holds messages back when it ends."""
    disk.free.clear()
    status = recorder.start(RecordingRequest(max_messages=1), source, "mock")
    source.send("a", b"the one")
    assert disk.writing.wait(10)
    source.emit(*many(MAX_QUEUED_MESSAGES))
    assert not source.is_ready()
    disk.free.set()
    assert recorder.wait(30)
    session = session_at(status.path)
    assert (session.payloads, session.kinds) == ([b"the one"], [])


def test_a_full_disk_ends_the_recording_as_failed_and_keeps_what_was_written(
    recorder: Recorder, source: FakeSource, disk: Disk
):
    status = recorder.start(RecordingRequest(), source, "mock")
    source.send("a", b"kept")
    eventually(lambda: recorder.status().messages == 1, "writing")
    disk.fails = True
    source.send("a", b"lost")
    assert recorder.wait(10)
    end = recorder.status()
    assert (end.state, end.active, end.problem, end.messages) == (Status.FAILED, False, FULL, 1)
    assert source.subscriptions == {}
    session = session_at(status.path)
    assert session.payloads == [b"kept"]
    assert (session.metadata["status"], session.metadata["ended_reason"]) == ("failed", FULL)


def test_after_a_failure_the_recorder_can_start_again(recorder: Recorder, source: FakeSource, disk: Disk):
    recorder.start(RecordingRequest(), source, "mock")
    disk.fails = True
    source.send("a")
    assert recorder.wait(10)
    disk.fails = False
    again = recorder.start(RecordingRequest(), source, "mock")
    assert (again.problem, again.messages) == ("", 0)
    source.send("a", b"again")
    recorder.stop()
    assert session_at(again.path).payloads == [b"again"]


def test_a_failure_ends_the_holding_back(recorder: Recorder, source: FakeSource, disk: Disk):
    disk.free.clear()
    disk.fails = True
    recorder.start(RecordingRequest(), source, "mock")
    source.send("a")
    assert disk.writing.wait(10)
    source.emit(*many(MAX_QUEUED_MESSAGES))
    blocked = threading.Thread(target=lambda: source.emit(*many(10)), daemon=True)
    blocked.start()
    disk.free.set()
    blocked.join(30)
    assert not blocked.is_alive()
    assert recorder.wait(10)
    assert (recorder.status().state, recorder.status().queued) == (Status.FAILED, 0)


def test_a_failure_while_the_rest_is_written_is_in_the_status_of_stop(
    recorder: Recorder, source: FakeSource, disk: Disk
):
    disk.free.clear()
    recorder.start(RecordingRequest(), source, "mock")
    source.send("a")
    assert disk.writing.wait(10)
    disk.fails = True
    threading.Timer(0.1, disk.free.set).start()
    end = recorder.stop()
    assert (end.state, end.problem) == (Status.FAILED, FULL)


def test_a_disk_that_does_not_even_take_the_end_fails_with_the_first_problem(
    tmp_path: Path, clock: ManualClock, source: FakeSource, disk: Disk
):
    def create(folder: Path, metadata: SessionMetadata) -> SessionWriter:
        writer = disk.create(folder, metadata)
        close = writer.close

        def failing_close(final: SessionMetadata) -> None:
            close(final)
            raise StorageError("The end cannot be written.")

        writer.close = failing_close  # type: ignore[method-assign, assignment]  # a real writer on a disk that can fail
        return writer

    recorder = Recorder(tmp_path, clock, create)
    recorder.start(RecordingRequest(), source, "mock")
    end = recorder.stop()
    assert (end.state, end.problem) == (Status.FAILED, f"The end cannot be written. {NO_END}")
    recorder.start(RecordingRequest(), source, "mock")
    disk.fails = True
    source.send("a")
    assert recorder.wait(10)
    assert recorder.status().problem == f"{FULL} {NO_END}"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_that_nobody_expects_ends_the_recording_as_failed(recorder: Recorder, source: FakeSource, disk: Disk):
    disk.explodes = True
    status = recorder.start(RecordingRequest(), source, "mock")
    thread = next(thread for thread in threading.enumerate() if thread.name == "recorder-writer")
    source.send("a")
    assert recorder.wait(10)
    thread.join(10)  # its error is printed after the recording has ended
    end = recorder.status()
    assert end.state is Status.FAILED
    assert "error in the program itself" in end.problem
    assert source.subscriptions == {}
    assert session_at(status.path).metadata["status"] == "failed"
