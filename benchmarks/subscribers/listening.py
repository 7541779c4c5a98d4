"""The independent subscriber: a bare socket that notes when each message came, and which one it was.

Called with the port. Subscribes at QoS 1, and at SIGINT prints JSON: the moments (CLOCK_MONOTONIC, which all processes
of a machine share) and the fingerprints.
"""

from __future__ import annotations

import gc
import json
import os
import socket
import sys
import time
import zlib
from typing import Final

from benchmarks import wire
from mqtt.publish_packets import packet_bounds

BLOCK: Final = 1 << 20


class Listening:
    """What came, taken apart after it was noted when."""

    def __init__(self) -> None:
        self.arrived_ns: list[int] = []
        self.fingerprints: list[int] = []
        self._rest = b""

    def take(self, data: bytes, at_ns: int) -> bytes:
        """Notes the messages of QoS 0 and 1 that `data` completes; returns their acknowledgements."""
        data, at, answers = self._rest + data, 0, bytearray()
        while at + 5 < len(data):
            begin, end = packet_bounds(data, at)
            if end > len(data):
                break
            topic_end = begin + 2 + (data[begin] << 8 | data[begin + 1])
            body = topic_end + (data[at] & 2)
            if data[at] & 2:
                answers += b"\x40\x02" + data[topic_end:body]
            self.arrived_ns.append(at_ns)
            self.fingerprints.append(zlib.crc32(data[body:end], zlib.crc32(data[begin + 2 : topic_end])))
            at = end
        self._rest = data[at:]
        return bytes(answers)


def listen(connection: socket.socket) -> Listening:
    """Until SIGINT."""
    heard = Listening()
    gc.disable()  # a collection would look like a late message
    try:
        while data := connection.recv(BLOCK):
            answers = heard.take(data, time.monotonic_ns())
            if answers:
                connection.sendall(answers)
    except KeyboardInterrupt:
        pass
    return heard


def main() -> None:
    """Subscribes to everything and listens."""
    with wire.connected(int(sys.argv[1]), f"listening-{os.getpid()}") as connection:
        wire.subscribed(connection, "#", 1)
        connection.settimeout(None)
        heard = listen(connection)
        print(json.dumps({"arrived_ns": heard.arrived_ns, "fingerprints": heard.fingerprints}))


if __name__ == "__main__":
    main()
