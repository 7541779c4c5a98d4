"""Tries out a connection to a broker and says in one sentence why it does not work."""

from __future__ import annotations

from dataclasses import dataclass

from mqtt.environments import Environment


@dataclass(frozen=True)
class ConnectionResult:
    """What a connection test found."""

    ok: bool
    reason: str
    """One plain sentence, also when it worked."""
    protocol: str
    """`MQTT 5` or `MQTT 3.1.1`; empty if there is no connection."""
    milliseconds: float
    """From the first packet to the broker's answer."""


def test_connection(environment: Environment, timeout: float = 5.0) -> ConnectionResult:
    """Connects, and disconnects at once. Takes `timeout` seconds at most."""
    raise NotImplementedError
