"""Tries out a connection to a broker and says in one sentence why it does not work."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass

from mqtt.connect import Protocol
from mqtt.environment import Environment
from mqtt.opening import Deaf, connect
from mqtt.problems import LinkProblem, Problem, where


@dataclass(frozen=True)
class ConnectionResult:
    """What a connection test found."""

    ok: bool
    reason: str
    """One plain sentence, also when it worked."""
    protocol: str
    """`MQTT 5` or `MQTT 3.1.1`; empty if there is no connection."""
    milliseconds: float
    """From looking up the host to the broker's answer, or to giving up."""
    problem: Problem | None = None
    """The kind of problem, for programs; None if it worked."""


def test_connection(environment: Environment, timeout: float = 5.0) -> ConnectionResult:  # noqa: PT028  no test of ours
    """Connects, and disconnects at once. Takes `timeout` seconds at most, but for a name server that is slower."""
    began = time.monotonic()
    client_id = f"session-manager-test-{uuid.uuid4().hex[:8]}"
    try:
        link = connect(environment, (Protocol.V5, Protocol.V311), client_id, Deaf(), timeout=timeout)
    except LinkProblem as problem:
        return ConnectionResult(
            ok=False, reason=str(problem), protocol="", milliseconds=_milliseconds_since(began), problem=problem.problem
        )
    milliseconds = _milliseconds_since(began)
    try:
        link.finish()
    finally:
        link.close()
    reason = f"{where(environment)} answered in {milliseconds:.0f} ms with {link.protocol}."
    return ConnectionResult(ok=True, reason=reason, protocol=link.protocol, milliseconds=milliseconds)


def _milliseconds_since(began: float) -> float:
    return (time.monotonic() - began) * 1_000
