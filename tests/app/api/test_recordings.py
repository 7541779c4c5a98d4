"""Marks over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.api.application import create_api
from app.services import Services
from app.settings import Settings
from recorder.recorder import RecordingRequest
from store.events import EventKind

MARK = "/recordings/current/mark"


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    found = Services(Settings(sessions_folder=tmp_path))
    yield found
    found.close()


Post = Callable[..., httpx.Response]


@pytest.fixture
def post(services: Services) -> Post:
    """Posts to the API as a program on this machine would."""
    transport = httpx.ASGITransport(create_api(lambda: services))

    async def answer(path: str, **options: Any) -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8507") as client:
            return await client.post(path, **options)

    return lambda path, **options: asyncio.run(answer(path, **options))


def marks(services: Services) -> list[str]:
    path = services.recorders.of("mock").stop().path
    assert path is not None
    with services.read_session(path) as reader:
        return [event.text for event in reader.events() if event.kind is EventKind.MARK]


def test_a_mark_is_noted_in_the_running_recording_with_or_without_a_text(services: Services, post: Post):
    status = services.start_recording(RecordingRequest(name="Order 7"), "mock")
    answer = post(MARK, json={"text": " gripper jams "})
    assert answer.status_code == 200
    assert (answer.json()["session_id"], answer.json()["name"]) == (status.session_id, "Order 7")
    assert post(MARK).status_code == 200
    assert marks(services) == ["gripper jams", ""]


def test_a_mark_says_where_it_lies_in_the_session(services: Services, post: Post):
    """Seconds recorded leave pauses out; positions in a session do not."""
    services.start_recording(RecordingRequest(), "mock")
    recorder = services.recorders.of("mock")
    recorder.pause()
    said = post(MARK).json()
    path = recorder.stop().path
    assert path is not None
    with services.read_session(path) as reader:
        (mark,) = [event for event in reader.events() if event.kind is EventKind.MARK]
        assert said["last_mark"] == round((mark.at_ns - reader.metadata.started_ns) / 1e9, 3)
    assert said["elapsed_seconds"] <= said["last_mark"]


def test_without_a_recording_it_is_a_conflict_with_a_sentence(post: Post):
    answer = post(MARK, json={"text": "x"})
    assert answer.status_code == 409
    assert answer.json()["detail"].endswith(".")


@pytest.mark.parametrize("body", [{"text": 1}, {"txt": "x"}, {"text": "x" * 10_001}])
def test_what_is_no_mark_is_refused(services: Services, post: Post, body: dict[str, object]):
    services.start_recording(RecordingRequest(), "mock")
    assert post(MARK, json=body).status_code == 422
    assert marks(services) == []


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example:8507"}])
def test_another_site_cannot_mark(services: Services, post: Post, headers: dict[str, str]):
    services.start_recording(RecordingRequest(), "mock")
    assert post(MARK, json={"text": "x"}, headers=headers).status_code == 403
    assert marks(services) == []


def test_a_recording_is_paused_resumed_and_stopped(services: Services, post: Post):
    services.start_recording(RecordingRequest(name="Order 7"), "mock")
    for step, state in (("pause", "paused"), ("resume", "in_progress"), ("stop", "completed")):
        answer = post(f"/recordings/current/{step}")
        assert (answer.status_code, answer.json()["state"]) == (200, state)
    assert post("/recordings/current/stop").status_code == 409


def test_of_several_recordings_the_environment_says_which_one(services: Services, post: Post):
    services.start_recording(RecordingRequest(name="One"), "mock")
    services.start_recording(RecordingRequest(name="Other"), "replay")
    answer = post(MARK)
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "Several recordings run: say on which environment you mean, mock, replay.",
    )
    assert post(MARK, params={"environment": "replay"}).json()["name"] == "Other"
    assert post("/recordings/current/stop", params={"environment": "mock"}).json()["name"] == "One"
    assert post(MARK).json()["name"] == "Other"
