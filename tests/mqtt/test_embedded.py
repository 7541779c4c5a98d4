"""The embedded broker (amqtt) serves MQTT 3.1.1, so the client falls back to it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.errors import BrokerError
from core.message import FROM_DUMP, LIVE, LIVE_RETAINED, Message
from mqtt.client import SharedClient
from mqtt.embedded import EmbeddedBroker
from mqtt.environments import Environment
from tests.mqtt.listening import PATIENCE, Collected
from tests.ports import free_port


@pytest.fixture
def embedded() -> Iterator[tuple[str, str]]:
    """The URLs of an embedded broker: MQTT and WebSockets."""
    for attempt in range(5):
        port, websocket_port = free_port(), free_port()
        broker = EmbeddedBroker(port, websocket_port)
        try:
            broker.start(PATIENCE)
        except BrokerError:
            if attempt == 4:
                raise
        else:
            break
    yield f"mqtt://localhost:{port}", f"ws://localhost:{websocket_port}"
    broker.stop(PATIENCE)


@pytest.mark.parametrize("way", [0, 1], ids=["tcp", "websockets"])
def test_the_client_falls_back_and_messages_flow(
    way: int, embedded: tuple[str, str], client_factory: Callable[..., SharedClient]
):
    client = client_factory(Environment("replay", embedded[way], may_publish=True))
    assert client.connection().protocol == "MQTT 3.1.1"
    listener = Collected()
    client.subscribe("#")  # first: from a/# to # there would be a handover, in which a slow copy comes twice
    client.subscribe_listener(["a/#"], listener)
    assert client.await_subscribed(PATIENCE)
    payload = bytes(range(250)) * 4_000
    messages = [Message("a/b", b"first", 1, LIVE, 0), Message("a/b", payload, 1, LIVE_RETAINED, 0)]
    for one in messages:
        delivery = client.publish_batch([one])
        assert delivery.wait(PATIENCE)
        assert delivery.confirmed() == 1
    assert [one.payload for one in listener.await_count(2)] == [b"first", payload]
    stored = client.fetch_retained(["#", "a/+"], PATIENCE)
    assert [(one.topic, one.payload, one.retain) for one in stored] == [("a/b", payload, FROM_DUMP)]


def test_it_writes_no_file_and_no_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    client_factory: Callable[..., SharedClient],
):
    monkeypatch.chdir(tmp_path)
    port = free_port()
    broker = EmbeddedBroker(port)
    with caplog.at_level(logging.INFO):
        broker.start(PATIENCE)
        client = client_factory(Environment("replay", f"mqtt://localhost:{port}", may_publish=True))
        client.stop(PATIENCE)
        broker.stop(PATIENCE)
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")
    assert caplog.messages == []


def test_a_port_in_use_is_one_sentence(embedded: tuple[str, str]):
    port = int(embedded[0].rpartition(":")[2])
    with pytest.raises(BrokerError, match=r"^The embedded broker cannot start: .*in use"):
        EmbeddedBroker(port).start(PATIENCE)


def test_stopping_ends_its_thread():
    broker = EmbeddedBroker(free_port())
    broker.start(PATIENCE)
    name = broker._thread.name
    broker.stop(PATIENCE)
    broker.stop(PATIENCE)
    assert name not in [thread.name for thread in threading.enumerate()]


def test_it_refuses_bridge_mode_and_the_client_says_that_flags_do_not_come(
    embedded: tuple[str, str], client_factory: Callable[..., SharedClient]
):
    client = client_factory(Environment("live", embedded[0], may_publish=False))
    assert client.connection().protocol == "MQTT 3.1.1"
    assert not client.connection().carries_retain_flags
