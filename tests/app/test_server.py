"""The server listens so that small answers go at once."""

from __future__ import annotations

import socket

from app.server import _listening_sockets
from app.settings import Settings
from mqtt.local_broker import free_port


def test_no_answer_waits_for_the_acknowledgement_of_the_one_before() -> None:
    """Asyncio turns that waiting (Nagle's algorithm) off where a socket names its protocol only."""
    (listening,) = _listening_sockets(Settings(host="127.0.0.1", port=free_port()))
    with listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP
