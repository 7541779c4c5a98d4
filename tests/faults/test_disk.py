"""Disks that fill up, refuse or wait, other programs that hold the database, and clocks that are set: for real."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.services import Services
from app.settings import Settings
from core.clock import ManualClock, SystemClock
from core.message import LIVE, NS_PER_SECOND, Message
from recorder.recorder import Recorder, RecordingRequest
from recorder.status import RecordingStatus
from recorder.writer_thread import NO_END
from store import connection as store_connection
from store import tables
from store.metadata import SessionMetadata, Status
from store.repair import repair
from store.verify import verify
from store.writer import SessionWriter
from tests.app.cli.program import Program, ended, first_line
from tests.fakes import FakeSource, eventually
from tests.faults.checker import in_database, in_log
from tests.faults.publisher import NumberedPublisher
from tests.recorder.disk import Disk
from tests.recorder.sessions import session_at

REQUEST = RecordingRequest(min_free_mb=0)
BATCH = 100
PATIENCE = 60.0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_000 * NS_PER_SECOND)


@pytest.fixture
def source(clock: ManualClock) -> FakeSource:
    return FakeSource(clock)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, timeout=30, check=False)
    except FileNotFoundError:
        pytest.skip("there is no `mount` here")
    if done.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True, timeout=30)


def fill(source: FakeSource, recorder: Recorder, most: int = 400) -> int:
    """Emits numbered messages of 200 bytes until the recording has ended; returns how many."""
    for batch in range(most):
        if recorder.wait(0.01):
            return batch * BATCH
        source.emit(*(Message("a", b"%0200d" % (batch * BATCH + n), 1, LIVE, source_now(source)) for n in range(BATCH)))
    raise AssertionError("the disk does not fill up")


def source_now(source: FakeSource) -> int:
    return source._clock.now_ns()


def numbers_at(path: Path | None) -> list[int]:
    return [int(payload) for payload in session_at(path).payloads]


def check_failed(recorder: Recorder, source: FakeSource, words: str) -> RecordingStatus:
    """It has failed with a sentence; what it has is the beginning of what came; nobody is held back any more."""
    assert recorder.wait(PATIENCE)
    status = recorder.status()
    assert status.state is Status.FAILED
    assert words in status.problem
    assert "\n" not in status.problem
    got = numbers_at(status.path)
    assert got == list(range(len(got)))
    assert status.messages == len(got)
    assert source.settled == set(range(len(source.arrivals))), "everything taken is settled in the end"
    return status


def test_a_disk_that_is_full_ends_the_recording_with_all_that_it_took(
    small_disk: Path, source: FakeSource, clock: ManualClock
):
    recorder = Recorder(small_disk, clock)
    recorder.start(REQUEST, source, "mock")
    sent = fill(source, recorder)
    status = check_failed(recorder, source, "disk is full")
    assert 0 < status.messages <= sent


def test_a_session_that_a_full_disk_ended_is_whole_again_when_there_is_room(
    small_disk: Path, source: FakeSource, clock: ManualClock
):
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(2_000_000))
    recorder = Recorder(small_disk, clock)
    recorder.start(REQUEST, source, "mock")
    fill(source, recorder)
    status = check_failed(recorder, source, "disk is full")
    ballast.unlink()
    assert status.path is not None
    repair(status.path)
    assert verify(status.path).ok, verify(status.path).problems
    assert len(in_database(status.path)) == status.messages
    assert in_log(status.path.with_suffix(".log")) == in_database(status.path)


def test_a_program_that_may_not_make_files_larger_says_so_and_keeps_what_it_has(
    broker: str, topic: str, tmp_path: Path
):
    """The operating system's limit, for machines on which no small disk can be mounted."""
    program = Program(tmp_path)
    launcher = ["prlimit", "--fsize=400000"]
    if subprocess.run(["which", "prlimit"], capture_output=True, check=False).returncode:
        pytest.skip("there is no `prlimit` here")
    process = program.start("record", "--broker", broker, "--topic", f"{topic}/#", "--name", "limited")
    assert "confirmed" in first_line(process)
    subprocess.run([*launcher, "--pid", str(process.pid)], check=True, timeout=30)
    publisher = NumberedPublisher(int(broker.rsplit(":", 1)[1]), topic, rate=2_000)
    publisher.start()
    try:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
    finally:
        publisher.stop()
    result = ended(process)
    assert result.code == 1
    assert "cannot be used" in result.error_line or "disk" in result.error_line, result.error_line
    (path,) = program.sessions.glob("*.db")
    stored = [row for row in session_at(path).messages if row.topic == topic]
    assert [row.payload for row in stored] == [b'{"number": %d}' % n for n in range(len(stored))]
    assert stored, "how many depends on how many came with each transaction"
    if session_at(path).metadata["status"] != "failed":
        assert NO_END in result.error_line
    later = ManualClock(SystemClock().now_ns() + 2 * 3_600 * NS_PER_SECOND)  # nobody goes on with it any more
    started_again = Services(Settings(sessions_folder=program.sessions), later)
    try:
        assert started_again.start_up.await_end(PATIENCE)
    finally:
        started_again.close()
    assert session_at(path).metadata["status"] == "failed"
    assert verify(path).ok, verify(path).problems


def create_with_a_log_that_is_full(folder: Path, metadata: SessionMetadata) -> SessionWriter:
    """The log's file takes nothing any more, as on a full disk of its own."""
    writer = SessionWriter.create(folder, metadata)
    full = os.open("/dev/full", os.O_RDWR)
    os.dup2(full, writer._log._file.fileno())
    os.close(full)
    return writer


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_log_that_cannot_be_written_ends_the_recording_and_the_database_has_all_that_came(
    tmp_path: Path, source: FakeSource, clock: ManualClock
):
    recorder = Recorder(tmp_path, clock, create_with_a_log_that_is_full)
    recorder.start(REQUEST, source, "mock")
    source.emit(*(Message("a", b"%d" % n, 1, LIVE, clock.now_ns()) for n in range(50)))
    status = check_failed(recorder, source, ".log cannot be used")
    assert status.messages == 50
    assert status.path is not None
    repair(status.path)
    assert verify(status.path).ok, verify(status.path).problems
    assert [one.payload for one in in_log(status.path.with_suffix(".log"))] == [b"%d" % n for n in range(50)]


class Locked:
    """Another program that writes to the database."""

    def __init__(self, path: Path | None) -> None:
        assert path is not None
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("BEGIN IMMEDIATE")

    def let_go(self) -> None:
        self._connection.execute("ROLLBACK")
        self._connection.close()


def test_while_another_program_holds_the_database_the_recorder_waits_and_loses_nothing(
    tmp_path: Path, source: FakeSource, clock: ManualClock
):
    recorder = Recorder(tmp_path, clock)
    status = recorder.start(REQUEST, source, "mock")
    source.send("a", b"0")
    eventually(lambda: recorder.status().messages == 1, "the first message")
    other = Locked(status.path)
    source.send("a", b"1")
    eventually(lambda: recorder.status().lag_s == 0.0, "the message being taken")
    clock.advance(2 * NS_PER_SECOND)
    source.send("a", b"2")
    assert recorder.status().messages == 1
    assert recorder.status().lag_s >= 2.0, "the lag is shown"
    other.let_go()
    final = recorder.stop(PATIENCE)
    assert final.state is Status.COMPLETED
    assert numbers_at(status.path) == [0, 1, 2]
    assert status.path is not None
    assert verify(status.path).ok


def test_a_database_that_another_program_does_not_let_go_ends_the_recording_with_a_sentence(
    tmp_path: Path, source: FakeSource, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(store_connection, "RECORDING_BUSY_SECONDS", 0.2)
    monkeypatch.setattr(tables, "BUSY_SECONDS", 0.2)
    recorder = Recorder(tmp_path, clock)
    status = recorder.start(REQUEST, source, "mock")
    source.send("a", b"0")
    eventually(lambda: recorder.status().messages == 1, "the first message")
    other = Locked(status.path)
    source.send("a", b"1")
    check_failed(recorder, source, "is in use by another program")
    other.let_go()
    assert numbers_at(status.path) == [0]
    assert status.path is not None
    repair(status.path)
    assert verify(status.path).ok


def test_a_slow_disk_shows_its_lag_and_drops_nothing(tmp_path: Path, source: FakeSource, clock: ManualClock):
    disk = Disk()
    disk.free.clear()
    recorder = Recorder(tmp_path, clock, disk.create)
    status = recorder.start(REQUEST, source, "mock")
    source.send("a", b"0")
    assert disk.writing.wait(PATIENCE)
    clock.advance(7 * NS_PER_SECOND)
    source.send("a", b"1")
    shown = recorder.status()
    assert (shown.messages, shown.queued, shown.lag_s) == (0, 1, 7.0)
    disk.free.set()
    final = recorder.stop(PATIENCE)
    assert (final.messages, final.lag_s, final.losses.queue_peak) == (2, 0.0, 1)
    assert numbers_at(status.path) == [0, 1]


@pytest.mark.parametrize("step_s", [3_600, -3_600])
def test_a_clock_that_is_set_by_an_hour_bends_no_time_and_ends_no_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step_s: int
):
    clock = SystemClock()
    source = FakeSource(clock)
    recorder = Recorder(tmp_path, clock)
    request = RecordingRequest(min_free_mb=0, duration_s=1_800)
    status = recorder.start(request, source, "mock")
    source.send("a", b"0")
    real, real_ns = time.time, time.time_ns
    monkeypatch.setattr(time, "time", lambda: real() + step_s)
    monkeypatch.setattr(time, "time_ns", lambda: real_ns() + step_s * NS_PER_SECOND)
    source.send("a", b"1")
    source.disconnect()
    source.connect()
    eventually(lambda: recorder.status().messages == 2, "both messages")
    assert recorder.status().active, "the duration counts as before"
    final = recorder.stop(PATIENCE)
    assert final.elapsed_s < 1_800
    session = session_at(status.path)
    moments = [row.at_ns for row in session.messages] + [at_ns for at_ns, *_ in session.events]
    assert all(0 <= at_ns - status.started_ns < 1_800 * NS_PER_SECOND for at_ns in moments)
    assert status.path is not None
    assert verify(status.path).ok


@pytest.mark.parametrize("step_s", [3_600, -1_000, -3_600])
def test_a_clock_that_is_set_between_a_crash_and_the_continuation_costs_no_message(tmp_path: Path, step_s: int):
    """The second program begins at the new time; what comes then came after what is there, whatever the clocks say."""
    first = ManualClock(1_000_000 * NS_PER_SECOND)
    source = FakeSource(first)
    writers: list[SessionWriter] = []

    def create(folder: Path, metadata: SessionMetadata) -> SessionWriter:
        writers.append(SessionWriter.create(folder, metadata))
        return writers[-1]

    recorder = Recorder(tmp_path, first, create)
    path = recorder.start(REQUEST, source, "mock").path
    assert path is not None
    source.send("a", b"0")
    first.advance(NS_PER_SECOND)
    recorder.pause()
    first.advance(2_000 * NS_PER_SECOND)
    recorder.resume()
    source.send("a", b"1")
    eventually(lambda: recorder.status().messages == 2, "both messages")
    copied = tmp_path / "crashed"
    copied.mkdir()
    for name in (path.name, f"{path.name}-wal", path.with_suffix(".log").name):  # as kill -9 leaves them
        (copied / name).write_bytes((tmp_path / name).read_bytes())
    recorder.stop(PATIENCE)

    second = ManualClock(first.now_ns() + step_s * NS_PER_SECOND)
    later = FakeSource(second)
    again = Recorder(copied, second)
    again.continue_session(copied / path.name, later, "mock")
    later.send("a", b"2")
    assert again.stop(PATIENCE).state is Status.COMPLETED
    assert numbers_at(copied / path.name) == [0, 1, 2]
    assert verify(copied / path.name).ok, verify(copied / path.name).problems
