"""A broker on this machine: what runs is used, Mosquitto is started, the embedded one steps in."""

from __future__ import annotations

import os
import re
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.errors import BrokerError
from mqtt import connection_test, local_broker, mosquitto
from mqtt.environments import environment_for_url
from mqtt.local_broker import BrokerKind, LocalBroker, find_or_start, start_private
from mqtt.problems import Problem
from tests.brokers import SETTINGS, PrivateBroker
from tests.mqtt.silent_server import answering_server
from tests.ports import free_port

PATIENCE = 30.0


def answers(url: str) -> bool:
    return connection_test.test_connection(environment_for_url(url), PATIENCE).ok


@pytest.fixture
def keep() -> Iterator[Callable[[LocalBroker], LocalBroker]]:
    """Stops at the end what a test started."""
    started: list[LocalBroker] = []

    def add(broker: LocalBroker) -> LocalBroker:
        started.append(broker)
        return broker

    yield add
    for one in started:
        one.stop(PATIENCE)


@pytest.fixture
def no_mosquitto(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_broker, "find_mosquitto", lambda: None)


def test_a_broker_that_runs_is_used_and_never_stopped(private_broker: Callable[..., PrivateBroker]):
    running = private_broker()
    found = find_or_start(SETTINGS, port=running.port)
    assert (found.kind, found.url) == (BrokerKind.RUNNING, f"mqtt://localhost:{running.port}")
    found.stop()
    assert answers(running.url)


def test_a_broker_that_wants_a_password_is_a_broker(private_broker: Callable[..., PrivateBroker]):
    running = private_broker(extra="allow_anonymous false")
    assert find_or_start(SETTINGS, port=running.port).kind is BrokerKind.RUNNING


def test_something_else_on_the_port_is_named():
    with (
        answering_server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port,
        pytest.raises(BrokerError, match=f"Port {port} of localhost is no MQTT broker"),
    ):
        find_or_start(SETTINGS, port=port)


def test_an_unknown_host_is_not_taken_for_another_program():
    with pytest.raises(BrokerError, match=r"The host 'nowhere\.invalid' is unknown"):
        find_or_start(SETTINGS, host="nowhere.invalid")


def test_mosquitto_is_started_and_stopped(keep: Callable[[LocalBroker], LocalBroker]):
    port = free_port()
    broker = keep(find_or_start(SETTINGS, port=port))
    assert broker.kind is BrokerKind.MOSQUITTO
    assert str(port) in broker.description
    assert answers(broker.url)
    broker.stop(PATIENCE)
    broker.stop(PATIENCE)
    assert not answers(broker.url)


def test_the_configuration_file_itself_is_used_on_the_usual_port(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, keep: Callable[[LocalBroker], LocalBroker]
):
    """With 1883 and 9001 replaced by free ports, which are all that a test may use."""
    port, websocket_port = free_port(), free_port()
    conf = tmp_path / "mosquitto.conf"
    text = SETTINGS.read_text("utf-8").replace("listener 1883 ", f"listener {port} ")
    conf.write_text(text.replace("listener 9001 ", f"listener {websocket_port} "), encoding="utf-8")
    monkeypatch.setattr(local_broker, "USUAL_PORT", port)
    monkeypatch.setattr(local_broker, "USUAL_WEBSOCKET_PORT", websocket_port)
    broker = keep(find_or_start(conf, port=port))
    assert "mosquitto.conf" in broker.description
    assert answers(broker.url)
    assert answers(f"ws://localhost:{websocket_port}")


@pytest.mark.parametrize("address", ["127.0.0.2", "::1"])
def test_no_other_address_than_127_0_0_1_is_served(
    address: str, private_broker: Callable[..., PrivateBroker], keep: Callable[[LocalBroker], LocalBroker]
):
    """Who listens on all addresses, and so for the whole network, answers at these too."""
    private, configured = keep(start_private(websocket_port=free_port())), private_broker(websockets=True)
    for port in (private.port, private.websocket_port, configured.port, configured.websocket_port):
        with pytest.raises(OSError, match=r"refused|assign|unreachable|timed out"):
            socket.create_connection((address, port or 0), timeout=2.0)


def test_the_configuration_file_binds_every_listener_to_this_machine():
    """In its own words: the WebSockets listener needs more than its address."""
    words = [line for line in SETTINGS.read_text("utf-8").splitlines() if re.match(r"listener|protocol|socket", line)]
    assert words == [
        "listener 1883 127.0.0.1", "listener 9001 127.0.0.1", "protocol websockets", "socket_domain ipv4"
    ]  # fmt: skip


def test_why_mosquitto_does_not_start_is_said_in_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    conf = tmp_path / "mosquitto.conf"
    conf.write_text("no_such_setting true\n", encoding="utf-8")
    port = free_port()
    monkeypatch.setattr(local_broker, "USUAL_PORT", port)
    with pytest.raises(BrokerError, match=rf"Mosquitto cannot start on port {port}: .*no_such_setting"):
        find_or_start(conf, port=port)


def test_a_websocket_port_that_is_taken_is_an_error_too(private_broker: Callable[..., PrivateBroker]):
    with pytest.raises(BrokerError, match=r"Mosquitto cannot start .*websockets listener"):
        start_private(websocket_port=private_broker().port)


def test_a_missing_configuration_file_is_named(tmp_path: Path):
    with pytest.raises(BrokerError, match="there is no file"):
        find_or_start(tmp_path / "nothing.conf", port=free_port())


def test_no_broker_is_started_for_another_machine(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(local_broker, "speaks_mqtt", lambda *_: (False, Problem.REFUSED))
    with pytest.raises(BrokerError, match="only be started on this machine"):
        find_or_start(SETTINGS, host="192.0.2.1")


def test_without_mosquitto_the_embedded_broker_steps_in(no_mosquitto: None, keep: Callable[[LocalBroker], LocalBroker]):
    broker = keep(find_or_start(SETTINGS, port=free_port()))
    assert broker.kind is BrokerKind.EMBEDDED
    assert "embedded" in broker.description
    assert answers(broker.url)


def test_private_brokers_get_ports_of_their_own(keep: Callable[[LocalBroker], LocalBroker]):
    one, other = keep(start_private()), keep(start_private(websocket_port=free_port()))
    assert one.port != other.port
    assert answers(one.url)
    assert answers(f"ws://localhost:{other.websocket_port}")


def test_a_port_that_was_taken_in_between_is_exchanged_for_another(
    monkeypatch: pytest.MonkeyPatch, private_broker: Callable[..., PrivateBroker], keep: Callable[..., LocalBroker]
):
    taken, free = private_broker().port, free_port()
    choice = iter([taken, free])
    monkeypatch.setattr(local_broker, "free_port", lambda: next(choice))
    assert keep(start_private()).port == free


def test_a_given_port_that_is_taken_is_an_error(private_broker: Callable[..., PrivateBroker]):
    with pytest.raises(BrokerError, match="is taken by another program"):
        start_private(port=private_broker().port)


def test_ctrl_c_in_the_terminal_does_not_reach_the_broker(keep: Callable[..., LocalBroker]):
    """It has a session, so a process group, of its own."""
    broker = keep(start_private())
    process = broker._stop.__self__._process  # type: ignore[union-attr]  # the started Mosquitto
    assert os.getpgid(process.pid) != os.getpgid(0)


def test_a_broker_that_does_not_end_is_ended(keep: Callable[..., LocalBroker]):
    broker = keep(start_private())
    process = broker._stop.__self__._process  # type: ignore[union-attr]  # the started Mosquitto
    os.kill(process.pid, signal.SIGSTOP)
    broker.stop(0.1)
    assert process.returncode == -signal.SIGKILL


def test_private_brokers_have_the_settings_of_the_configuration_file():
    def significant(text: str) -> set[str]:
        return {line for line in text.splitlines() if re.match(r"\w", line) and "listener" not in line}

    assert significant(SETTINGS.read_text("utf-8")) - {"protocol websockets", "socket_domain ipv4"} == significant(
        mosquitto.PRIVATE_SETTINGS
    )


def test_a_broker_that_was_killed_is_said_to_have_ended(keep: Callable[..., LocalBroker]):
    broker = keep(start_private())
    process = broker._stop.__self__._process  # type: ignore[union-attr]  # the started Mosquitto
    assert broker.why_ended() is None
    process.kill()
    process.wait(PATIENCE)
    assert (
        str(broker.why_ended()) == f"Mosquitto on port {broker.port} has ended (by the signal SIGKILL): start it again."
    )
    broker.stop()
    assert broker.why_ended() is None


def test_an_embedded_broker_that_was_stopped_has_not_ended_by_itself(
    no_mosquitto: None, keep: Callable[..., LocalBroker]
):
    broker = keep(start_private())
    assert broker.why_ended() is None
    broker.stop(PATIENCE)
    assert broker.why_ended() is None


@pytest.mark.parametrize("start", [lambda: find_or_start(SETTINGS, port=free_port()), start_private])
def test_the_embedded_broker_steps_in_where_mosquitto_may_not_read_its_settings(
    start: Callable[[], LocalBroker],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    keep: Callable[[LocalBroker], LocalBroker],
):
    confined = tmp_path / "mosquitto"
    confined.write_text('#!/bin/sh\necho "1: Error: Unable to open config file $2." >&2\nexit 3\n', encoding="utf-8")
    confined.chmod(0o755)
    monkeypatch.setattr(local_broker, "find_mosquitto", lambda: str(confined))
    broker = keep(start())
    assert broker.kind is BrokerKind.EMBEDDED
    assert "Mosquitto may not read" in broker.description
    assert answers(broker.url)


def test_nothing_is_left_behind(keep: Callable[..., LocalBroker], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    broker = start_private()
    assert len(list(tmp_path.iterdir())) == 1
    broker.stop(PATIENCE)
    assert list(tmp_path.iterdir()) == []
    assert not [thread for thread in threading.enumerate() if thread.name == f"mosquitto-{broker.port}"]
