"""The paho client of one connection."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from paho.mqtt.enums import MQTTErrorCode

from mqtt.connect import Protocol, build
from mqtt.environment import Environment


class SlowWakeUp:
    """The writing end of paho's pair of wake-up sockets, in the hands of a thread that is slow to use it."""

    def __init__(self, pair: socket.socket) -> None:
        self._pair = pair
        self.about_to_send, self.closed = threading.Event(), threading.Event()

    def send(self, data: bytes) -> int:
        self.about_to_send.set()
        self.closed.wait(0.2)  # the other thread's chance to close it meanwhile
        return self._pair.send(data)

    def close(self) -> None:
        self._pair.close()
        self.closed.set()


def test_a_connection_can_be_closed_while_another_thread_subscribes(
    broker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever subscribes at that moment gets no error about a socket that is none of his business."""
    environment = Environment("replay", broker, may_publish=True)
    client = build(environment, Protocol.V311, "", 5.0)
    client.connect(environment.host, environment.port)
    client.loop(0.01)
    assert client._sockpairW is not None
    slow = SlowWakeUp(client._sockpairW)
    monkeypatch.setattr(client, "_sockpairW", slow)
    with ThreadPoolExecutor(1) as pool:
        publishing = pool.submit(client.subscribe, "a")
        assert slow.about_to_send.wait(5)
        client.close()
    publishing.result()
    assert slow.closed.is_set()
    monkeypatch.undo()
    client._sockpairW = None  # it is closed


@pytest.mark.parametrize("something_came", [True, False])
def test_whatever_comes_after_a_ping_is_a_sign_of_life(broker: str, something_came: bool) -> None:
    """Its answer can lie behind more than can be read within a keep-alive."""
    environment = Environment("replay", broker, may_publish=True)
    client = build(environment, Protocol.V311, "", 5.0)
    client.connect(environment.host, environment.port, keepalive=10)
    while not client.is_connected():
        client.loop(0.1)
    now = time.monotonic()
    client._ping_t, client._last_msg_out = now - 11, now
    client._last_bytes_received = now - (1 if something_came else 12)
    code = client.loop_misc()
    client.close()
    assert (code == MQTTErrorCode.MQTT_ERR_SUCCESS) is something_came
