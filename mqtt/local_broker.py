"""A broker on this machine: the one that runs already, Mosquitto, or the embedded one."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path


class BrokerKind(StrEnum):
    """Where a local broker comes from."""

    RUNNING = "running"
    MOSQUITTO = "mosquitto"
    EMBEDDED = "embedded"


class LocalBroker:
    """A broker on this machine. `stop` ends what was started for it; one that ran already is left alone."""

    kind: BrokerKind
    url: str
    description: str

    def stop(self, timeout: float = 5.0) -> None:
        raise NotImplementedError


def find_or_start(conf: Path, host: str = "localhost", port: int = 1883) -> LocalBroker:
    """The broker that listens; else Mosquitto with `conf`; else the embedded one. Raises BrokerError."""
    raise NotImplementedError


def start_private(port: int | None = None, websocket_port: int | None = None) -> LocalBroker:
    """A broker of our own on loopback, on a free port unless one is given. Raises BrokerError."""
    raise NotImplementedError
