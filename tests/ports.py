"""Ports for servers that tests start, stop and start again."""

from __future__ import annotations

import os
import random
import socket
from collections import deque
from typing import Final

FIRST: Final = 10_000
LAST: Final = 32_000
"""Below those that the system gives to outgoing connections: from among them somebody may take a port while its server
is not there, at worst a client that tries to reach it and is connected to itself."""
CLAIMED: Final = 200
"""So many ports that were given out last are nobody else's: their servers listen by then, or have ended."""

_claims: deque[int] = deque()
"""Their file descriptors, oldest first."""


def free_port() -> int:
    """One on loopback that nobody listens on at the moment, and that no other process of tests gets meanwhile.

    On a busy machine seconds pass until the server listens. So the same port is taken for UDP, of which no test makes
    use: that keeps everybody else who asks here from it, also in other processes, and ends with this one.
    """
    for _ in range(1_000):
        port = random.SystemRandom().randrange(FIRST, LAST)
        claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            claim.bind(("127.0.0.1", port))
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        _claims.append(claim.detach())
        while len(_claims) > CLAIMED:
            os.close(_claims.popleft())
        return port
    raise AssertionError(f"no port is free between {FIRST} and {LAST}")
