"""The limit: a subscriber that reads, counts and acknowledges on a bare socket, and does nothing else.

Called with port and QoS. Prints the number of messages (QoS 1) or of bytes (QoS 0) at SIGINT.
"""

from __future__ import annotations

import os
import socket
import sys
from typing import Final

from benchmarks import wire

BLOCK: Final = 1 << 20


class Counter:
    """Counts PUBLISH packets of QoS 1, and answers them."""

    def __init__(self) -> None:
        self.messages = 0
        self._rest = b""

    def take(self, data: bytes) -> bytes:
        """Counts the packets that `data` completes; returns their acknowledgements."""
        if self._rest:
            data = self._rest + data
        answers: list[bytes] = []
        start, end = 0, len(data)
        # A packet's parts are only looked at when they are there: 5 bytes of header, 2 of the topic's length.
        while end - start > 6:
            length, place = data[start + 1], start + 2
            if length > 127:
                length, place = _long_length(data, start)
            following = place + length
            if following > end:
                break
            identifier = place + 2 + (data[place] << 8 | data[place + 1])
            answers.append(data[identifier : identifier + 2])
            start = following
        self._rest = data[start:]
        self.messages += len(answers)
        return b"\x40\x02" + b"\x40\x02".join(answers) if answers else b""


def _long_length(data: bytes, start: int) -> tuple[int, int]:
    length, shift, place = 0, 0, start + 1
    while True:
        byte = data[place]
        place += 1
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 128:
            return length, place


def count_bytes(connection: socket.socket) -> int:
    """Reads until SIGINT; returns how many bytes came."""
    received, buffer = 0, bytearray(BLOCK)
    try:
        while size := connection.recv_into(buffer):
            received += size
    except KeyboardInterrupt:
        pass
    return received


def count_messages(connection: socket.socket) -> int:
    """Reads and acknowledges until SIGINT; returns how many messages came."""
    counter = Counter()
    try:
        while data := connection.recv(BLOCK):
            connection.sendall(counter.take(data))
    except KeyboardInterrupt:
        pass
    return counter.messages


def main() -> None:
    """Subscribes to everything and counts."""
    port, qos = int(sys.argv[1]), int(sys.argv[2])
    with wire.connected(port, f"counting-{os.getpid()}") as connection:
        wire.subscribed(connection, "#", qos)
        connection.settimeout(None)
        print(count_messages(connection) if qos else count_bytes(connection))


if __name__ == "__main__":
    main()
