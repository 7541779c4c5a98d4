"""A broker of a few lines on a real port: it refuses filters and delays its answers as a test wants it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

CONNECT, SUBSCRIBE, UNSUBSCRIBE, PINGREQ = 1, 8, 10, 12
REFUSED = 0x80
LEVEL_AT = 6
"""In the body of CONNECT (MQTT 3.1.1, section 3.1.2.2)."""
BRIDGE = 0x80
"""The bit of the level that asks for bridge mode."""


class ScriptedBroker:
    """MQTT 3.1.1 for one client at a time, without bridge mode; publishes nothing."""

    def __init__(self) -> None:
        self.refuses: frozenset[str] = frozenset()
        self.grants = 1
        """The QoS granted."""
        self.answers = threading.Event()
        """While it is not set, a SUBSCRIBE waits for its answer."""
        self.answers.set()
        self.asked = threading.Event()
        """Set when a SUBSCRIBE has come."""
        self._ending = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._client: socket.socket | None = None
        self._thread = threading.Thread(target=self._serve, name="test-broker", daemon=True)

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self._server.getsockname()[1]}"

    def start(self) -> None:
        self._thread.start()

    def drop_client(self) -> None:
        """Ends the connection without a word."""
        assert self._client is not None
        self._client.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        self._ending.set()
        self.answers.set()
        socket.create_connection(self._server.getsockname()).close()
        self._thread.join(10)
        self._server.close()

    def _serve(self) -> None:
        while not self._ending.is_set():
            client, _ = self._server.accept()
            with client:
                self._client = client
                try:
                    while not self._ending.is_set() and self._answer(client):
                        pass
                except OSError:
                    continue  # the client is gone

    def _answer(self, client: socket.socket) -> bool:
        first = client.recv(1)
        if not first:
            return False
        kind, body = first[0] >> 4, _body(client)
        if kind == CONNECT:
            bridge = body[LEVEL_AT] & BRIDGE != 0
            client.sendall(b"\x20\x02\x00\x01" if bridge else b"\x20\x02\x00\x00")
            return not bridge
        if kind == SUBSCRIBE:
            self.asked.set()
            assert self.answers.wait(60)
            codes = bytes(REFUSED if one in self.refuses else self.grants for one in _filters(body[2:]))
            client.sendall(bytes([0x90, 2 + len(codes)]) + body[:2] + codes)
        elif kind == UNSUBSCRIBE:
            client.sendall(b"\xb0\x02" + body[:2])
        elif kind == PINGREQ:
            client.sendall(b"\xd0\x00")
        return True


def _body(client: socket.socket) -> bytes:
    length = client.recv(1)[0]
    assert length < 128, "a test's packets are short"
    body = b""
    while len(body) < length:
        body += client.recv(length - len(body))
    return body


def _filters(rest: bytes) -> list[str]:
    found = []
    while rest:
        size = int.from_bytes(rest[:2], "big")
        found.append(rest[2 : 2 + size].decode())
        rest = rest[3 + size :]
    return found


@contextmanager
def scripted_broker() -> Iterator[ScriptedBroker]:
    """Started, and stopped at the end."""
    broker = ScriptedBroker()
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


def await_dropped_for_silence(host: str, port: int, keepalive_s: int) -> None:
    """Blocks until a real broker has ended a connection of this keep-alive on which nothing was said: since then it has
    found all others that were silent for so long, too.
    """
    with socket.create_connection((host, port), timeout=60) as client:
        client.sendall(b"\x10\x0f\x00\x04MQTT\x04\x02" + keepalive_s.to_bytes(2, "big") + b"\x00\x03mum")
        assert client.recv(4) == b"\x20\x02\x00\x00"
        assert client.recv(1) == b""
