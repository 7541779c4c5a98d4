"""A recording notices when its files are taken away, and when the disk gets full."""

from __future__ import annotations

import shutil
import sqlite3
from collections import namedtuple
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.errors import StorageError
from core.message import NS_PER_MICROSECOND, NS_PER_SECOND
from recorder.recorder import Recorder, RecordingRequest
from store.metadata import Status
from store.repair import repair
from store.verify import verify
from tests.fakes import FakeSource, eventually
from tests.recorder.sessions import session_at

USAGE = namedtuple("USAGE", "total used free")


def started(recorder: Recorder, source: FakeSource) -> Path:
    """The database of a recording that holds one message."""
    path = recorder.start(RecordingRequest(), source, "mock").path
    assert path is not None
    source.send("a", b"1")
    eventually(lambda: recorder.status().messages == 1, "writing")
    return path


def ended(recorder: Recorder, clock: ManualClock) -> str:
    """The problem with which the recording ends after a second in which nothing arrives."""
    assert clock.await_waiter()
    clock.advance(NS_PER_SECOND)
    assert recorder.wait(30)
    assert recorder.status().state is Status.FAILED
    return recorder.status().problem


def test_a_log_that_was_deleted_ends_it_and_is_written_anew_by_repair(
    recorder: Recorder, source: FakeSource, clock: ManualClock
):
    path = started(recorder, source)
    path.with_suffix(".log").unlink()
    problem = ended(recorder, clock)
    assert f"The log {path.with_suffix('.log')} was deleted or replaced" in problem
    assert f"session-manager repair {path.stem}" in problem
    assert source.subscriptions == {}
    session = session_at(path)
    assert (session.payloads, session.metadata["status"]) == ([b"1"], "failed")
    repair(path)
    assert verify(path).problems == []


def test_a_database_that_was_replaced_ends_it_and_is_made_from_the_log_by_repair(
    recorder: Recorder, source: FakeSource, clock: ManualClock
):
    path = started(recorder, source)
    path.unlink()
    path.write_bytes(b"something else")
    assert f"The database {path} was deleted or replaced" in ended(recorder, clock)
    repair(path)
    assert session_at(path).payloads == [b"1"]
    assert verify(path).problems == []


def test_when_both_are_gone_it_says_that_nothing_can_be_saved(
    recorder: Recorder, source: FakeSource, clock: ManualClock
):
    path = started(recorder, source)
    shutil.rmtree(path.parent)
    assert "what they held cannot be saved" in ended(recorder, clock)


def test_the_log_tells_until_when_the_recorder_lived_also_when_nothing_arrives(
    recorder: Recorder, source: FakeSource, clock: ManualClock
):
    """After a crash it is known from that how long the interruption was, and whether the broker can still hold it."""
    path = started(recorder, source)
    assert clock.await_waiter()
    clock.advance(5 * NS_PER_SECOND)
    log = path.with_suffix(".log")
    eventually(lambda: abs(log.stat().st_mtime_ns - clock.now_ns()) < NS_PER_MICROSECOND, "the sign of life")


def test_a_recording_does_not_begin_without_room(
    recorder: Recorder, source: FakeSource, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: USAGE(0, 0, 99_999_999))
    with pytest.raises(StorageError, match=r"was not started. Only 99 MB are free on the disk of .*asks for 100"):
        recorder.start(RecordingRequest(), source, "mock")
    assert list(tmp_path.iterdir()) == []
    assert recorder.start(RecordingRequest(min_free_mb=99), source, "mock").active


def test_it_ends_before_the_disk_is_full_with_all_that_had_arrived(
    recorder: Recorder, source: FakeSource, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    path = started(recorder, source)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: USAGE(0, 0, 50_000_000))
    problem = ended(recorder, clock)
    assert "ended before the disk is full; all that had arrived is stored. Only 50 MB are free" in problem
    session = session_at(path)
    assert (session.payloads, session.metadata["ended_reason"]) == ([b"1"], problem)
    assert verify(path).problems == []


def test_nobody_looks_at_a_disk_without_a_limit(
    recorder: Recorder, source: FakeSource, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: USAGE(0, 0, 0))
    recorder.start(RecordingRequest(min_free_mb=0), source, "mock")
    clock.advance(5 * NS_PER_SECOND)
    source.send("a")
    eventually(lambda: recorder.status().messages == 1, "writing")
    assert recorder.stop().state is Status.COMPLETED


def test_a_log_that_cannot_be_written_ends_it_and_the_status_counts_what_the_database_has(
    recorder: Recorder, source: FakeSource, monkeypatch: pytest.MonkeyPatch
):
    path = started(recorder, source)

    def refuse(self: object, lines: bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr("store.log_file.LogAppender.append", refuse)
        source.send("a", b"2")
        assert recorder.wait(30)
    status = recorder.status()
    assert (status.state, status.messages, status.queued) == (Status.FAILED, 2, 0)
    assert "The disk is full" in status.problem
    assert session_at(path).payloads == [b"1", b"2"]
    repair(path)
    assert verify(path).problems == []


@pytest.fixture
def locked_for(recorder: Recorder, source: FakeSource) -> Iterator[sqlite3.Connection]:
    """Another program that can lock the database of a recording."""
    path = started(recorder, source)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        yield other


def test_a_database_that_is_locked_by_another_program_delays_and_loses_nothing(
    recorder: Recorder, source: FakeSource, clock: ManualClock, locked_for: sqlite3.Connection
):
    locked_for.execute("BEGIN IMMEDIATE")
    source.send("a", b"2")
    clock.advance(3 * NS_PER_SECOND)
    assert recorder.status().lag_s == 3.0
    assert recorder.status().messages == 1
    locked_for.execute("ROLLBACK")
    eventually(lambda: recorder.status().messages == 2, "going on")
    assert recorder.status().lag_s == 0.0
    assert recorder.stop().state is Status.COMPLETED


def test_a_database_that_stays_locked_ends_it_with_a_sentence(
    tmp_path: Path, clock: ManualClock, source: FakeSource, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("store.connection.RECORDING_BUSY_SECONDS", 0.2)
    monkeypatch.setattr("store.tables.BUSY_SECONDS", 0.1)
    recorder = Recorder(tmp_path, clock)
    path = started(recorder, source)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        source.send("a", b"2")
        assert recorder.wait(30)
        assert "is in use by another program" in recorder.status().problem
        other.execute("ROLLBACK")
    repair(path)
    assert session_at(path).payloads == [b"1"]
    assert verify(path).problems == []


def test_the_size_ends_it(recorder: Recorder, source: FakeSource):
    status = recorder.start(RecordingRequest(max_bytes=300_000), source, "mock")
    for number in range(30):
        source.send("a", b"%02d" % number + b"x" * 10_000)
    assert recorder.wait(30)
    end = recorder.status()
    assert (end.state, end.ended_reason) == (Status.COMPLETED, "The size on disk was reached.")
    assert 9 <= end.messages <= 15
    assert status.path is not None
    size = status.path.stat().st_size + status.path.with_suffix(".log").stat().st_size
    assert 260_000 <= size <= 400_000
    assert end.max_bytes == 300_000
