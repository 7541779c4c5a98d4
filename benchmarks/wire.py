"""The few MQTT 3.1.1 packets that the load generator and the counting subscriber need, as bytes."""

from __future__ import annotations

import socket
import struct
from typing import Final

HOST: Final = "127.0.0.1"
PUBLISH: Final = 0x30
PUBACK_BYTES: Final = 4
TIMEOUT_S: Final = 60.0
"""A broker that is silent for so long is broken rather than slow."""


def connect(client_id: str) -> bytes:
    """A CONNECT with a clean session and without keep-alive."""
    variable = _text("MQTT") + bytes([4, 0x02]) + struct.pack("!H", 0)
    return _packet(0x10, variable + _text(client_id))


def subscribe(topic_filter: str, qos: int) -> bytes:
    """A SUBSCRIBE with packet identifier 1."""
    return _packet(0x82, struct.pack("!H", 1) + _text(topic_filter) + bytes([qos]))


def publish(topic: str, payload: bytes, qos: int, packet_id: int) -> bytes:
    """A PUBLISH; `packet_id` is left out at QoS 0."""
    identifier = struct.pack("!H", packet_id) if qos else b""
    return _packet(PUBLISH | qos << 1, _text(topic) + identifier + payload)


def connected(port: int, client_id: str) -> socket.socket:
    """A connection to the broker on loopback, accepted by it. Raises OSError."""
    connection = socket.create_connection((HOST, port), timeout=TIMEOUT_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(connect(client_id))
    answer = _exactly(connection, 4)
    if answer != bytes([0x20, 2, 0, 0]):
        raise ConnectionRefusedError(f"the broker answered {answer.hex()} instead of accepting the connection")
    return connection


def subscribed(connection: socket.socket, topic_filter: str, qos: int) -> None:
    """Subscribes, and returns when the broker has granted it. Nothing may have been published yet. Raises OSError."""
    connection.sendall(subscribe(topic_filter, qos))
    answer = _exactly(connection, 5)
    if answer != bytes([0x90, 3, 0, 1, qos]):
        raise ConnectionRefusedError(f"the broker answered {answer.hex()} instead of granting the subscription")


def _exactly(connection: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        more = connection.recv(size - len(found))
        if not more:
            raise ConnectionResetError("the broker closed the connection")
        found += more
    return found


def _packet(first: int, body: bytes) -> bytes:
    return bytes([first]) + _length(len(body)) + body


def _length(value: int) -> bytes:
    """The remaining length, 7 bits a byte (MQTT 3.1.1, section 2.2.3)."""
    found = bytearray()
    while True:
        value, low = divmod(value, 128)
        found.append(low | (0x80 if value else 0))
        if not value:
            return bytes(found)


def _text(value: str) -> bytes:
    encoded = value.encode()
    return struct.pack("!H", len(encoded)) + encoded
