"""The load generator, a process of its own: publishes packets that were encoded before, and counts confirmations.

Says `ready`, waits for a line on its standard input, publishes at QoS 1, prints what it did as JSON, and ends.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from benchmarks import wire
from benchmarks.load import Load, load

BLOCK: Final = 50
"""Messages in one write: so few that the pace is even, so many that writing costs next to nothing."""
WINDOW: Final = 1_000
"""Messages on their way to the broker without confirmation: keeps it busy, and holds the generator to its pace."""


@dataclass(frozen=True, slots=True)
class Published:
    """What the generator did."""

    messages: int
    """All of them confirmed by the broker."""
    seconds: float
    cpu_s: float


def cycle(name: str) -> Load:
    """What is published again and again: the load, in whole blocks."""
    messages = load(name)
    return messages[: len(messages) // BLOCK * BLOCK]


def blocks_of(name: str) -> list[bytes]:
    """One cycle as packets, BLOCK messages in each."""
    packets = [wire.publish(topic, payload, 1, number) for number, (topic, payload) in enumerate(cycle(name), 1)]
    return [b"".join(packets[start : start + BLOCK]) for start in range(0, len(packets), BLOCK)]


def publish(connection: socket.socket, blocks: Sequence[bytes], count: int, rate: float | None) -> Published:
    """Publishes `count` messages (a multiple of BLOCK), `rate` of them in a second if given, else as fast as the broker
    confirms. Raises OSError when the broker goes away.
    """
    sent, acknowledged = 0, 0
    started_ns, cpu_s = time.monotonic_ns(), time.process_time()
    while acknowledged < count * wire.PUBACK_BYTES:
        wait_s: float | None = None
        if sent < count and sent - acknowledged // wire.PUBACK_BYTES <= WINDOW - BLOCK:
            wait_s = _too_early_s(sent, rate, started_ns)
            if wait_s <= 0:
                connection.sendall(blocks[sent // BLOCK % len(blocks)])
                sent += BLOCK
                wait_s = 0
        if select.select([connection], [], [], wait_s)[0]:
            received = len(connection.recv(1 << 16))
            if not received:
                raise ConnectionResetError("the broker closed the generator's connection")
            acknowledged += received
    return Published(count, (time.monotonic_ns() - started_ns) / 1e9, time.process_time() - cpu_s)


def _too_early_s(sent: int, rate: float | None, started_ns: int) -> float:
    return 0.0 if rate is None else sent / rate - (time.monotonic_ns() - started_ns) / 1e9


def main() -> None:
    """Publishes what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--load", required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--rate", type=float)
    options = parser.parse_args()
    blocks = blocks_of(options.load)
    with wire.connected(options.port, f"generator-{os.getpid()}") as connection:
        print("ready", flush=True)
        if sys.stdin.readline():
            print(json.dumps(asdict(publish(connection, blocks, options.count, options.rate))), flush=True)


if __name__ == "__main__":
    main()
