"""Which version of MQTT a connection speaks, and how sure that is."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from mqtt import connection_test
from mqtt.connect import Protocol
from mqtt.connection_test import ConnectionResult
from mqtt.environment import Environment
from mqtt.opening import Deaf, connect
from mqtt.problems import Problem

PATIENCE = 30.0
SILENCE = b""
UNKNOWN_LEVEL = b"\x20\x02\x00\x01"
BRIDGE = 0x84
ACCEPTED = {5: b"\x20\x03\x00\x00\x00", 4: b"\x20\x02\x00\x00", BRIDGE: b"\x20\x02\x00\x00"}
"""CONNACK by the level in CONNECT: 5 is MQTT 5, 4 is MQTT 3.1.1, in bridge mode with a bit more."""
LEVEL_AT = 8
"""MQTT 5.0, section 3.1.2.2, for a CONNECT of less than 128 bytes."""


@contextmanager
def server(answer: Callable[[int, int], bytes]) -> Iterator[tuple[int, list[int]]]:
    """The port of a server that gives `answer(number of connections before, level)` to CONNECT; the levels it saw."""
    levels: list[int] = []
    ending = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            held = []
            while not ending.is_set():
                connection, _ = listening.accept()
                packet = connection.recv(1_000)
                if not packet:
                    connection.close()
                    continue
                levels.append(packet[LEVEL_AT])
                said = answer(len(levels) - 1, levels[-1])
                connection.sendall(said)
                if said in ACCEPTED.values():
                    held.append(connection)
                else:
                    connection.close()
            for connection in held:
                connection.close()

        thread = threading.Thread(target=serve, name="test-server", daemon=True)
        thread.start()
        try:
            yield int(listening.getsockname()[1]), levels
        finally:
            ending.set()
            socket.create_connection(listening.getsockname()).close()
            thread.join(PATIENCE)


def result_of(port: int) -> ConnectionResult:
    return connection_test.test_connection(Environment("any", f"mqtt://127.0.0.1:{port}", may_publish=False), PATIENCE)


@pytest.mark.parametrize("refusal", [b"\x20\x02\x00\x01", b"\x20\x03\x00\x84\x00", b"\x20\x02\x00\x05"])
def test_a_broker_that_says_so_gets_mqtt_311_at_once(refusal: bytes) -> None:
    with server(lambda _, level: refusal if level == 5 else ACCEPTED[4]) as (port, levels):
        assert result_of(port).protocol == Protocol.V311
        assert levels == [5, 4]


@pytest.mark.parametrize("dropped", [1, 2])
def test_a_connection_dropped_in_silence_does_not_lead_to_mqtt_311(dropped: int) -> None:
    """A proxy drops some while its broker restarts."""
    with server(lambda before, level: SILENCE if before < dropped else ACCEPTED[level]) as (port, levels):
        assert result_of(port).protocol == Protocol.V5
        assert levels == [5] * (dropped + 1)


def test_a_broker_that_knows_mqtt_311_only_and_drops_everything_else_in_silence_is_found_out() -> None:
    with server(lambda _, level: SILENCE if level == 5 else ACCEPTED[4]) as (port, levels):
        assert result_of(port).protocol == Protocol.V311
        assert levels == [5, 5, 5, 4, 5]


def test_a_broker_that_comes_back_when_mqtt_311_is_tried_gets_mqtt_5() -> None:
    with server(lambda before, level: SILENCE if before < 3 else ACCEPTED[level]) as (port, levels):
        assert result_of(port).protocol == Protocol.V5
        assert levels == [5, 5, 5, 4, 5]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [(b"HTTP/1.1 400 Bad Request\r\n\r\n", Problem.NOT_MQTT), (b"\x20\x03\x00\x86\x00", Problem.CREDENTIALS)],
)
def test_a_refusal_for_another_reason_is_final(answer: bytes, problem: Problem) -> None:
    with server(lambda *_: answer) as (port, levels):
        assert result_of(port).problem is problem
        assert levels == [5]


def spoken_by(port: int) -> Protocol:
    environment = Environment("live", f"mqtt://127.0.0.1:{port}", may_publish=False)
    protocols = (Protocol.V5, Protocol.BRIDGE, Protocol.V311)
    link = connect(environment, protocols, "any", Deaf(), timeout=PATIENCE)
    link.close()
    return link.protocol


def test_a_broker_of_mqtt_311_is_asked_for_bridge_mode_first() -> None:
    with server(lambda _, level: UNKNOWN_LEVEL if level == 5 else ACCEPTED[level]) as (port, levels):
        assert spoken_by(port) is Protocol.BRIDGE
        assert levels == [5, BRIDGE]


@pytest.mark.parametrize("refusal", [UNKNOWN_LEVEL, SILENCE, b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_a_broker_that_refuses_bridge_mode_gets_plain_mqtt_311(refusal: bytes) -> None:
    answers = {5: UNKNOWN_LEVEL, BRIDGE: refusal, 4: ACCEPTED[4]}
    with server(lambda _, level: answers[level]) as (port, levels):
        assert spoken_by(port) is Protocol.V311
        assert levels == [5, BRIDGE, 4]


def test_a_broker_of_mqtt_5_is_not_asked_for_bridge_mode() -> None:
    with server(lambda _, level: ACCEPTED[level]) as (port, levels):
        assert spoken_by(port) is Protocol.V5
        assert levels == [5]
