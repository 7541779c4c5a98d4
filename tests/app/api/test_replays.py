"""Replays over HTTP, to a real broker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.api.application import create_api
from app.services import Services
from app.settings import BrokersSettings, LiveBroker, ReplayBroker, Settings
from core.message import LIVE, Message
from tests.fakes import eventually
from tests.ports import free_port
from tests.replay.sessions import message, session

REPLAYS = "/replays"
PATIENCE = 30.0


@pytest.fixture
def services(tmp_path: Path, broker: str, topic: str) -> Iterator[Services]:
    environments = BrokersSettings(replay=ReplayBroker(url=broker), live=LiveBroker(url=broker))
    found = Services(Settings(sessions_folder=tmp_path, environments=environments, port=free_port()))
    session(tmp_path, [message(at * 10, f"{topic}/{at % 2}", b"%d" % at) for at in range(6)], "Order 7")
    yield found
    assert not found.close()


Call = Callable[..., httpx.Response]


@pytest.fixture
def call(services: Services) -> Call:
    """Calls the API as a program on this machine would."""
    transport = httpx.ASGITransport(create_api(lambda: services))

    async def answer(method: str, path: str, **options: Any) -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8507") as client:
            return await client.request(method, REPLAYS + path, **options)

    return lambda method, path, **options: asyncio.run(answer(method, path, **options))


def heard(services: Services, topic: str) -> list[Message]:
    """What arrives from now on."""
    client = services.client("replay")
    client.subscribe(f"{topic}/#")
    assert client.await_subscribed(PATIENCE)
    found: list[Message] = []
    client.add_listener(lambda messages: found.extend(one for one in messages if one.topic.startswith(topic)))
    return found


def test_a_replay_is_started_and_its_report_read(services: Services, call: Call):
    body = {"session": "Order 7", "speed": "max", "prove": True, "loop": 2, "retain": "always"}
    started = call("POST", "", json=body)
    assert started.status_code == 201, started.text
    assert (started.json()["planned"], started.json()["speed"]) == (12, "max")
    assert services.player.wait(PATIENCE)
    report = call("GET", "/current/report").json()
    assert report["faithful"], report
    assert report["transforms"] == ["Every message has the retain flag."]
    assert (report["published"], report["proof"]["delivered"]) == (12, 12)
    assert call("GET", "/current").json()["state"] == "finished"


def test_a_replay_is_steered(services: Services, call: Call, topic: str):
    arrived = heard(services, topic)
    assert call("POST", "", json={"session": "Order 7", "paused": True}).json()["state"] == "paused"
    call("POST", "/current/step")
    call("POST", "/current/step", json={"topic": f"{topic}/0"})
    eventually(lambda: [one.payload for one in arrived] == [b"0", b"1", b"2"], "three messages", PATIENCE)
    assert call("POST", "/current/seek", json={"position": 45}).json()["position"] == 45
    assert call("POST", "/current/seek", json={"position": "0:30"}).json()["position"] == 30
    assert "neither a time" in call("POST", "/current/seek", json={"position": "half"}).json()["detail"]
    assert call("POST", "/current/speed", json={"speed": 2.5}).json()["speed"] == 2.5
    assert call("POST", "/current/resume").json()["state"] == "playing"
    assert call("POST", "/current/pause").json()["state"] == "paused"
    assert call("POST", "/current/reset").json()["position"] == 0
    assert call("POST", "/current/stop").json()["state"] == "stopped"


def test_messages_that_come_with_the_request_are_sent_first(services: Services, call: Call, topic: str):
    """As the files of a folder hold them; from the middle on they stand for the state."""
    arrived = heard(services, topic)
    first = [{"topic": f"{topic}/ready", "payload": {"is": True}}, {"topic": f"{topic}/0", "payload": "x"}]
    body = {"session": "Order 7", "start": 50, "speed": "max", "preload": first}
    assert call("POST", "", json=body).status_code == 201
    assert services.player.wait(PATIENCE)
    report = call("GET", "/current/report").json()
    assert (report["faithful"], report["preload"]["messages"]) == (True, 2)
    eventually(lambda: len(arrived) == 3, "three messages", PATIENCE)
    assert [one.payload for one in arrived] == [b'{"is":true}', b"x", b"5"]


def test_a_barrier_is_opened(services: Services, call: Call):
    call("POST", "", json={"session": "Order 7", "speed": "max", "wait": ["at 30 until key"]})
    eventually(lambda: call("GET", "/current").json()["waits_for_key"], "the barrier", PATIENCE)
    assert call("GET", "/current").json()["published"] == 3
    assert call("POST", "/current/release").status_code == 200
    assert services.player.wait(PATIENCE)
    assert call("GET", "/current/report").json()["barriers"] == ["at 30 until key"]


def test_while_it_plays_other_publishers_are_named_with_topic_and_count(services: Services, call: Call, topic: str):
    call("POST", "", json={"session": "Order 7", "paused": True})
    assert call("POST", "/current/step").json()["warnings"] == []  # from then on it listens
    others = [Message(f"{topic}/0", b"other", 1, LIVE, 0)] * 2
    assert services.client("replay").publish_batch(others).wait(PATIENCE)
    wanted = f"Live and replay mix: 2 messages of other publishers came on the replayed topics '{topic}/0' (2)."
    eventually(lambda: wanted in "".join(call("GET", "/current").json()["warnings"]), "the warning", PATIENCE)
    call("POST", "/current/stop")


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({"session": "nowhere"}, 404, "nowhere"),
        ({"session": "Order 7", "environment": "live"}, 403, "not marked for publishing"),
        ({"session": "Order 7", "environment": "live", "confirm_broker": "mqtt://else"}, 403, "not the address"),
        ({"session": "Order 7", "wait": ["soon"]}, 422, "soon"),
        ({"session": "Order 7", "faults": ["burn 1%"]}, 422, "burn"),
        ({"session": "Order 7", "start": "the jam"}, 422, "the jam"),
        ({"session": "Order 7", "environment": "moon"}, 422, "moon"),
        ({"session": "Order 7", "speed": 0}, 422, "\"'speed' should be greater than 0, or 'max', not 0.\""),
        ({"session": "Order 7", "retain": "often"}, 422, "'retain' should be"),
        (
            {"session": "Order 7", "preload": [{"topic": "a", "payload": 1}, {"topic": "a"}]},
            422,
            "2 of 'preload' cannot",
        ),
        ({"session": "Order 7", "preload": "/tmp"}, 422, "'preload' should be 'none' or 'state', or a valid list"),
        ({"session": "Order 7", "quickly": True}, 422, "\"'quickly' is not known here: check its spelling.\""),
        ({}, 422, "\"'session' is missing.\""),
        ({"session": "Order 7", "loop": "often"}, 422, "'loop' should be a valid integer, or 'forever', not 'often'."),
    ],
)
def test_what_cannot_be_replayed_is_refused_with_the_reason(call: Call, body: dict[str, Any], code: int, words: str):
    answer = call("POST", "", json=body)
    assert (answer.status_code, words in answer.text) == (code, True), answer.text
    assert call("GET", "/current").json()["state"] == "idle"


def test_a_broker_that_is_not_marked_receives_a_replay_when_its_address_is_confirmed(
    services: Services, call: Call, broker: str
):
    address = services.environments.get("live").display_url
    body = {"session": "Order 7", "environment": "live", "confirm_broker": address, "speed": "max"}
    assert call("POST", "", json=body).status_code == 201
    assert services.player.wait(PATIENCE)
    assert call("GET", "/current/report").json()["confirmed"] == 6
    assert not services.client("live").may_publish


@pytest.mark.parametrize("action", ["pause", "resume", "stop", "release", "step"])
def test_without_a_replay_it_is_a_conflict_with_a_sentence(call: Call, action: str):
    answer = call("POST", f"/current/{action}")
    assert (answer.status_code, answer.json()["detail"].endswith(".")) == (409, True)
    assert call("GET", "/current/report").status_code == 409


def test_only_one_plays_at_a_time(call: Call):
    assert call("POST", "", json={"session": "Order 7", "paused": True}).status_code == 201
    second = call("POST", "", json={"session": "Order 7"})
    assert (second.status_code, "stop it first" in second.text) == (409, True)
    call("POST", "/current/stop")


def test_another_page_cannot_start_one(call: Call):
    answer = call("POST", "", json={"session": "Order 7"}, headers={"Origin": "http://elsewhere.example"})
    assert answer.status_code == 403
