"""Ports for servers that tests start, stop and start again."""

from __future__ import annotations

import random
import socket
from typing import Final

FIRST: Final = 10_000
LAST: Final = 32_000
"""Below those that the system gives to outgoing connections: from among them somebody may take a port while its server
is not there, at worst a client that tries to reach it and is connected to itself."""


def free_port() -> int:
    """One on loopback that nobody listens on at the moment, and that nobody else is likely to choose."""
    for _ in range(1_000):
        port = random.SystemRandom().randrange(FIRST, LAST)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError(f"no port is free between {FIRST} and {LAST}")
