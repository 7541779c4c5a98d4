"""The composition root: one of everything, and an end that leaves nothing behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from app.services import Services
from app.settings import BrokersSettings, ReplayBroker, Settings
from core.clock import SystemClock
from core.errors import PublishRefused, StateError, StorageError
from core.message import LIVE, Message
from recorder.recorder import RecordingRequest
from replay.player import Player, ReplayRequest, ReplayState, ReplayStatus
from store.metadata import Status
from store.reader import SessionReader
from tests.builders import message, session
from tests.ports import free_port

PATIENCE = 30.0
"""Seconds after which something is broken rather than slow."""


def settings_in(folder: Path, broker: str) -> Settings:
    replay = ReplayBroker(url=broker)
    return Settings(sessions_folder=folder / "sessions", environments=BrokersSettings(replay=replay), port=free_port())


@pytest.fixture
def services(tmp_path: Path, broker: str) -> Iterator[Services]:
    made = Services(settings_in(tmp_path, broker))
    yield made
    made.close()


class StubbornPlayer:
    """Ends by itself between the look and the call."""

    def status(self) -> ReplayStatus:
        return ReplayStatus(state=ReplayState.PLAYING, active=True)

    def stop(self, timeout: float) -> None:
        raise StateError("Nothing is being replayed.")


def record_one(services: Services, topic: str) -> Path:
    """Starts a recording and waits until it holds a message."""
    services.start_recording(RecordingRequest(filters=(f"{topic}/#",)), "replay")
    client = services.client("replay")
    assert client.await_subscribed(PATIENCE)
    arrived = threading.Event()
    undo = client.add_listener(lambda _: arrived.set())  # called after the recorder, which came first
    client.publish_batch([Message(topic, b"1", 1, LIVE, SystemClock().now_ns())])
    assert arrived.wait(PATIENCE)
    undo()
    path = services.recorders.of("replay").status().path
    assert path is not None
    return path


def test_ending_finalises_the_recording_whatever_else_fails(services: Services, topic: str) -> None:
    """One step that does not work must not keep the others from being done."""
    path = record_one(services, topic)
    services.player = cast("Player", StubbornPlayer())
    problems = services.close()
    assert [str(problem) for problem in problems] == ["Nothing is being replayed."]
    assert not services.recorders.of("replay").status().active
    with SessionReader.open(path) as reader:
        assert reader.metadata.status is Status.COMPLETED
        assert reader.summary().messages == 1


def test_nothing_can_be_started_once_the_program_is_ending(services: Services, tmp_path: Path) -> None:
    """Nobody would end it."""
    services.close()
    for start in (
        lambda: services.client("mock"),
        services.start_factory,
        lambda: services.start_recording(RecordingRequest(), "replay"),
        lambda: services.start_replay(ReplayRequest(tmp_path / "any.db"), "replay"),
    ):
        with pytest.raises(StateError, match="ending"):
            start()
    assert services.mock.status() is None
    assert not services.recorders.of("replay").status().active


def test_an_environment_has_one_client_for_the_whole_process(services: Services) -> None:
    """Pages, recorder and player share it."""
    assert services.client("replay") is services.client("replay")


def test_the_mock_environment_has_a_broker_and_a_factory_of_its_own(services: Services) -> None:
    """Looking at it is enough to start both."""
    client = services.client("mock")
    assert client.await_connected(PATIENCE)
    status = services.mock.status()
    assert status is not None
    assert status.running
    assert services.environments.get("mock").url == client.connection().url
    assert client.may_publish


def test_the_installation_keeps_its_name(tmp_path: Path, broker: str) -> None:
    """Client ids are the same after a restart, and differ between installations."""
    names = []
    for folder in ("one", "one", "other"):
        made = Services(settings_in(tmp_path / folder, broker))
        made.close()
        names.append((tmp_path / folder / "sessions" / ".installation").read_text())
    assert names[0] == names[1] != names[2]


def test_a_folder_that_cannot_be_written_is_refused_at_once(tmp_path: Path, broker: str) -> None:
    """Not when the first recording is started."""
    (tmp_path / "sessions").write_text("a file where a folder should be")
    with pytest.raises(StorageError, match="sessions folder"):
        Services(settings_in(tmp_path, broker))


def test_a_replay_can_be_started_again_with_its_settings(services: Services, topic: str, tmp_path: Path):
    path = session(tmp_path, [message(f"{topic}/{number}", offset_s=60.0 * number) for number in range(3)])
    with pytest.raises(StateError, match="start a replay first"):
        services.replay_again()
    first = services.start_replay(ReplayRequest(path, speed=None, exclude=(f"{topic}/1",)), "replay")
    assert services.player.wait(PATIENCE)
    again = services.replay_again()
    assert services.player.wait(PATIENCE)
    report = services.player.report()
    assert report is not None
    assert (report.confirmed, report.speed) == (2, None)
    assert again.run_id == report.run_id != first.run_id


def test_what_was_confirmed_for_one_replay_does_not_hold_for_the_next(services: Services, topic: str, tmp_path: Path):
    path = session(tmp_path, [message(topic)])
    live = services.settings.broker_environments()[0]
    assert live.name == "live"
    services.start_replay(ReplayRequest(path, paused=True), "live", confirmed=live.display_url)
    services.player.stop()
    with pytest.raises(PublishRefused, match="not marked for publishing"):
        services.replay_again()
