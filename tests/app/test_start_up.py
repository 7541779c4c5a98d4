"""What the app does at its start about recordings that a crash had interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.services import Services
from app.settings import BrokersSettings, ReplayBroker, Settings
from core.clock import SystemClock
from core.message import LIVE, NS_PER_SECOND, Message
from store.events import EventKind
from store.metadata import SessionMetadata, Status, new_metadata
from store.reader import SessionReader
from store.verify import verify
from store.writer import SessionWriter
from tests.app.cli.program import publish
from tests.fakes import eventually
from tests.ports import free_port

PATIENCE = 60.0

RECORDING_APP = """
import sys, threading
from app.services import Services
from app.settings import BrokersSettings, ReplayBroker, Settings
from recorder.recorder import RecordingRequest

folder, broker, port, topic, step = sys.argv[1:]
replay = ReplayBroker(url=broker)
services = Services(Settings(sessions_folder=folder, environments=BrokersSettings(replay=replay), port=int(port)))
assert services.client("replay").await_connected(30)  # else the recording begins with a gap
request = RecordingRequest(name="Night shift", filters=(topic + "/#",), duration_s=60)
if step:
    services.prepare_recording(request, "replay")
    if step == "source":
        services.recorders.of("replay").assign_source("Line 1")
else:
    services.start_recording(request, "replay")
assert services.client("replay").await_subscribed(30)
print(services.recorders.of("replay").status().path, flush=True)
threading.Event().wait()
"""


@pytest.fixture
def settings(tmp_path: Path, broker: str) -> Settings:
    replay = ReplayBroker(url=broker)
    folder = tmp_path / "sessions"
    return Settings(sessions_folder=folder, environments=BrokersSettings(replay=replay), port=free_port())


@pytest.fixture
def killed(settings: Settings, broker: str, topic: str) -> Path:
    """The session of an app that was killed after it had recorded one message."""
    with recording_app(settings, broker, topic) as (app, path):
        publish(broker, (f"{topic}/a", b"1"))
        eventually(lambda: payloads(path) == [b"1"], "recording", PATIENCE)
        app.send_signal(signal.SIGKILL)
    return path


@contextmanager
def recording_app(
    settings: Settings, broker: str, topic: str, step: str = ""
) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """An app that records, or with `step` has created a guided recording: "created", or with its "source"."""
    arguments = [str(settings.sessions_folder), broker, str(settings.port), topic, step]
    with subprocess.Popen([sys.executable, "-c", RECORDING_APP, *arguments], stdout=subprocess.PIPE, text=True) as app:
        assert app.stdout is not None
        yield app, Path(app.stdout.readline().strip())


def payloads(path: Path) -> list[bytes]:
    with SessionReader.open(path) as reader:
        return [message.payload for message in reader.stream()]


def left_open(settings: Settings, name: str, age_s: float, **fields: object) -> Path:
    """A session whose recorder died so long ago."""
    now_ns = SystemClock().now_ns()
    began_ns = now_ns - round((age_s + 1) * NS_PER_SECOND)
    metadata: SessionMetadata = new_metadata(name, began_ns, **{"status": Status.IN_PROGRESS, **fields})
    writer = SessionWriter.create(settings.sessions_folder, metadata)
    writer.write([Message("a", b"1", 1, LIVE, began_ns + NS_PER_SECOND)])
    writer.abandon()
    os.utime(writer.log_path, ns=(0, began_ns + NS_PER_SECOND))
    return writer.db_path


def status_of(path: Path) -> Status:
    with SessionReader.open(path) as reader:
        return reader.metadata.status


def test_its_own_recording_goes_on_with_what_the_broker_kept(
    settings: Settings, killed: Path, broker: str, topic: str
) -> None:
    publish(broker, (f"{topic}/a", b"2"), (f"{topic}/b", b"3"))
    services = Services(settings)
    try:
        (continued,) = services.continued
        assert (continued.name, continued.path) == ("Night shift", killed)
        assert services.recorders.of("replay").status().active
        eventually(lambda: len(payloads(killed)) == 3, "what was published meanwhile", PATIENCE)
        publish(broker, (f"{topic}/a", b"4"))
        eventually(lambda: len(payloads(killed)) == 4, "going on", PATIENCE)
        assert services.start_up.await_end(PATIENCE)
        assert services.recovered == []
        services.dismiss_continued()
        assert services.continued == ()
    finally:
        services.close()
    assert payloads(killed) == [b"1", b"2", b"3", b"4"]
    assert status_of(killed) is Status.COMPLETED
    assert verify(killed).problems == []
    with SessionReader.open(killed) as reader:
        kinds = [event.kind for event in reader.events()]
    assert kinds == [EventKind.GAP_START, EventKind.STATE, EventKind.GAP_END]


@pytest.mark.parametrize(("step", "state"), [("created", Status.RECORDING), ("source", Status.SOURCE_ASSIGNED)])
def test_a_guided_recording_that_had_not_begun_waits_at_the_same_step_again(
    settings: Settings, broker: str, topic: str, step: str, state: Status
) -> None:
    with recording_app(settings, broker, topic, step) as (app, path):
        eventually(lambda: status_of(path) is state, "waiting", PATIENCE)
        app.send_signal(signal.SIGKILL)
    publish(broker, (f"{topic}/a", b"nobody records yet"))
    services = Services(settings)
    try:
        recorder = services.recorders.of("replay")
        assert [one.name for one in services.continued] == ["Night shift"]
        assert (recorder.status().state, recorder.status().duration_s) == (state, 60)
        assert services.client("replay").await_connected(PATIENCE)
        if state is Status.RECORDING:
            recorder.assign_source("Line 1")
        recorder.begin()
        publish(broker, (f"{topic}/a", b"recorded"))
        eventually(lambda: recorder.status().messages, "recording", PATIENCE)
        assert recorder.status().losses.gaps == 0
    finally:
        services.close()
    assert payloads(path) == [b"recorded"]
    with SessionReader.open(path) as reader:
        assert (reader.metadata.status, reader.metadata.source) == (Status.COMPLETED, "Line 1")
    assert verify(path).problems == []


def test_one_that_had_not_begun_waits_however_long_nobody_was_there(settings: Settings, broker: str) -> None:
    """Nothing has to be held for it."""
    Services(settings).close()
    installation = (settings.sessions_folder / ".installation").read_text().strip()
    extra = {"client_id": f"{installation}-{settings.port}-replay"}
    left_open(settings, "Old", 90_000, status=Status.RECORDING, broker=broker, environment="replay", extra=extra)
    services = Services(settings)
    try:
        assert services.recorders.of("replay").status().state is Status.RECORDING
    finally:
        services.close()


def test_one_of_another_broker_gets_its_end(settings: Settings, killed: Path) -> None:
    """Nothing can wait for it there."""
    elsewhere = BrokersSettings(replay=ReplayBroker(url=f"mqtt://127.0.0.1:{free_port()}"))
    services = Services(settings.model_copy(update={"environments": elsewhere}))
    try:
        assert services.continued == ()
        assert services.start_up.await_end(PATIENCE)
        assert [entry.path for entry in services.recovered] == [killed]
    finally:
        services.close()
    assert status_of(killed) is Status.FAILED


def test_an_old_one_gets_its_end(settings: Settings, broker: str) -> None:
    """Its broker has given up what it kept."""
    made = Services(settings)
    made.close()
    installation = (settings.sessions_folder / ".installation").read_text().strip()
    extra = {"client_id": f"{installation}-{settings.port}-replay"}
    old = left_open(settings, "Old", 3_601, broker=broker, environment="replay", extra=extra)
    services = Services(settings)
    try:
        assert services.continued == ()
        assert services.start_up.await_end(PATIENCE)
        assert [entry.path for entry in services.recovered] == [old]
        assert services.start_up.repairing == ""
    finally:
        services.close()
    assert status_of(old) is Status.FAILED


def test_one_of_the_command_line_is_left_for_it_as_long_as_it_can_go_on(settings: Settings) -> None:
    young = left_open(settings, "Young", 3_500, extra={"client_id": "msm123"})
    old = left_open(settings, "Old", 3_601, extra={"client_id": "msm456"})
    services = Services(settings)
    try:
        assert services.start_up.await_end(PATIENCE)
        assert [entry.path for entry in services.recovered] == [old]
    finally:
        services.close()
    assert (status_of(young), status_of(old)) == (Status.IN_PROGRESS, Status.FAILED)
