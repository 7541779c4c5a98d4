"""A broker on this machine: the one that runs already, Mosquitto, or the embedded one."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from core.errors import BrokerError
from mqtt.embedded import EmbeddedBroker
from mqtt.environment import is_loopback
from mqtt.mosquitto import PRIVATE_SETTINGS, MayNotRead, Mosquitto, find_mosquitto, speaks_mqtt, start_configured
from mqtt.problems import Problem

USUAL_PORT: Final = 1883
USUAL_WEBSOCKET_PORT: Final = 9001
ATTEMPTS: Final = 5
"""Another program can take a port between our look and our use of it."""


class BrokerKind(StrEnum):
    """Where a local broker comes from."""

    RUNNING = "running"
    MOSQUITTO = "mosquitto"
    EMBEDDED = "embedded"


@dataclass(frozen=True)
class LocalBroker:
    """A broker on this machine."""

    kind: BrokerKind
    url: str
    description: str
    """One line for people."""
    port: int
    websocket_port: int | None = None
    _stop: Callable[[float], None] | None = None
    _why_ended: Callable[[], BrokerError | None] | None = None

    def stop(self, timeout: float = 5.0) -> None:
        """Ends what was started for it; a broker that ran already is left alone. Twice does no harm."""
        if self._stop is not None:
            self._stop(timeout)

    def why_ended(self) -> BrokerError | None:
        """What happened, if a broker that was started here has ended by itself; None while it runs."""
        return self._why_ended() if self._why_ended is not None else None


def find_or_start(conf: Path, host: str = "localhost", port: int = USUAL_PORT) -> LocalBroker:
    """The broker that listens at `host` and `port`; else Mosquitto with `conf`; else the embedded one.

    Raises BrokerError: something else listens there, `host` is another machine, or the broker cannot start.
    """
    url = f"mqtt://{host}:{port}"
    found, problem = speaks_mqtt(host, port)
    if found:
        return LocalBroker(BrokerKind.RUNNING, url, f"The broker that already runs at {host}:{port}.", port)
    if problem is Problem.UNKNOWN_HOST:
        raise BrokerError(f"The host '{host}' is unknown: check the name and the network.")
    if problem is not Problem.REFUSED:
        raise BrokerError(
            f"Port {port} of {host} is no MQTT broker ({problem}): stop what listens there, or choose another port."
        )
    if not is_loopback(host):
        raise BrokerError(f"Nothing listens at {host}:{port}, and a broker can only be started on this machine.")
    program = find_mosquitto()
    if program is None:
        return _embedded(port, USUAL_WEBSOCKET_PORT if port == USUAL_PORT else None)
    if not conf.is_file():
        raise BrokerError(f"The settings of Mosquitto are missing: there is no file {conf}.")
    if port != USUAL_PORT:
        return _configured(program, conf.read_text("utf-8"), port, None)
    broker = Mosquitto(program, conf, port)
    try:
        broker.start()
    except MayNotRead:
        return _embedded(port, USUAL_WEBSOCKET_PORT, f"; Mosquitto may not read {conf}")
    return _mosquitto(broker, port, USUAL_WEBSOCKET_PORT, f"Mosquitto, started with {conf.name}")


def start_private(port: int | None = None, websocket_port: int | None = None) -> LocalBroker:
    """A broker of our own on loopback, on a free port unless one is given. Raises BrokerError."""
    program = find_mosquitto()
    problem: BrokerError | None = None
    for _ in range(1 if port is not None else ATTEMPTS):
        chosen = port if port is not None else free_port()
        try:
            if program is None:
                return _embedded(chosen, websocket_port)
            return _configured(program, PRIVATE_SETTINGS, chosen, websocket_port)
        except BrokerError as found:
            problem = found
    assert problem is not None
    raise problem


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _configured(program: str, settings: str, port: int, websocket_port: int | None) -> LocalBroker:
    try:
        return _mosquitto(start_configured(program, settings, port, websocket_port), port, websocket_port)
    except MayNotRead:
        return _embedded(port, websocket_port, "; Mosquitto may not read its settings")


def _mosquitto(broker: Mosquitto, port: int, websocket_port: int | None, started: str = "Mosquitto") -> LocalBroker:
    description = f"{started}, on port {port}{_and_websockets(websocket_port)}."
    return _started(BrokerKind.MOSQUITTO, broker, description, port, websocket_port)


def _embedded(port: int, websocket_port: int | None, why: str = "") -> LocalBroker:
    broker = EmbeddedBroker(port, websocket_port)
    broker.start()
    description = f"The embedded broker (MQTT 3.1.1 only), on port {port}{_and_websockets(websocket_port)}{why}."
    return _started(BrokerKind.EMBEDDED, broker, description, port, websocket_port)


def _started(
    kind: BrokerKind, broker: Mosquitto | EmbeddedBroker, description: str, port: int, websocket_port: int | None
) -> LocalBroker:
    url = f"mqtt://localhost:{port}"
    return LocalBroker(kind, url, description, port, websocket_port, broker.stop, broker.why_ended)


def _and_websockets(port: int | None) -> str:
    return "" if port is None else f" and, for WebSockets, {port}"
