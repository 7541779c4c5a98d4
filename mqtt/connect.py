"""Builds the paho client for one connection: protocol, TLS, WebSockets, credentials."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from mqtt.batching import BatchingClient
from mqtt.environment import Environment
from mqtt.problems import LinkProblem, Problem

KEEPALIVE_S: Final = 15
"""A link that broke without a sign is noticed after twice this time."""
CONNECT_TIMEOUT_S: Final = 5.0


class Protocol(StrEnum):
    """The versions of MQTT that we speak, by the name that is shown."""

    V5 = "MQTT 5"
    V311 = "MQTT 3.1.1"
    BRIDGE = "MQTT 3.1.1 (bridge mode)"
    """Live messages bear the retain flag as published, and the client's own do not come. Not all brokers have it."""


def protocols_to_try(only: Protocol | None, *, bridge: bool) -> tuple[Protocol, ...]:
    """In this order. With `only` that one, and plain 3.1.1 after bridge mode; else all, with `bridge` mode or not."""
    if only is Protocol.BRIDGE:
        return (Protocol.BRIDGE, Protocol.V311)
    if only is not None:
        return (only,)
    return (Protocol.V5, Protocol.BRIDGE, Protocol.V311) if bridge else (Protocol.V5, Protocol.V311)


def without_bridge(protocols: Sequence[Protocol]) -> tuple[Protocol, ...]:
    """The same, but for bridge mode."""
    return tuple(one for one in protocols if one is not Protocol.BRIDGE) or (Protocol.V311,)


def build(
    environment: Environment, protocol: Protocol, client_id: str, connect_timeout: float, *, clean_session: bool = True
) -> BatchingClient:
    """A client that is not connected yet. Raises LinkProblem if the CA file cannot be used."""
    client = BatchingClient(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=None if protocol is Protocol.V5 else clean_session,
        protocol=MQTTProtocolVersion.MQTTv5 if protocol is Protocol.V5 else MQTTProtocolVersion.MQTTv311,
        transport="websockets" if environment.websockets else "tcp",
        reconnect_on_failure=False,  # we choose the protocol and the moment ourselves
    )
    if protocol is Protocol.BRIDGE:
        client.enable_bridge_mode()
    client.connect_timeout = max(0.1, min(CONNECT_TIMEOUT_S, connect_timeout))
    client.max_inflight_messages = 0  # no limit: the outbox keeps the window
    # Set, so that other threads only queue packets and wake the network thread, which alone writes to the socket.
    client.on_socket_register_write = _nothing
    if environment.username:
        client.username_pw_set(environment.username, environment.password or None)
    if environment.websockets:
        client.ws_set_options(path=environment.path)
    if environment.tls:
        client.tls_set_context(_tls_context(environment))
    return client


def _nothing(*_: object) -> None:
    """The select loop asks by itself whether there is something to write."""


def _tls_context(environment: Environment) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=None if environment.ca_file is None else str(environment.ca_file))
    except OSError as problem:
        reason = problem.strerror or "it holds no certificate"
        raise LinkProblem(Problem.TLS, f"The CA file {environment.ca_file} cannot be used: {reason}.") from None
    if not environment.verify_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
