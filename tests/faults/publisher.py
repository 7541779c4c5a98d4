"""A publisher whose every message has a number, and who knows for certain which of them the broker has taken.

It is not our client, and it never sends a message twice: what was not confirmed when its own connection broke stays
uncertain (the broker may have it or not), and the next message has the next number.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

HEARTBEAT: Final = b'{"alive":true}'
"""Always the same: what looks like a repetition and is none."""
HEARTBEAT_EVERY: Final = 7
TURN_S: Final = 0.005
PATIENCE_S: Final = 30.0


@dataclass(frozen=True)
class Sent:
    """The truth: what a subscriber who misses nothing has in the end."""

    topic: str
    numbers: int
    """Numbers from 0 to this one, exclusive, were sent."""
    uncertain: frozenset[int]
    """Sent, but not confirmed: the broker may have them or not."""
    heartbeats: int
    """Confirmed ones."""
    uncertain_heartbeats: int

    @property
    def confirmed(self) -> int:
        return self.numbers - len(self.uncertain)


def number_of(payload: bytes) -> int | None:
    """The number in a payload; None in a heartbeat."""
    found = json.loads(payload).get("number")
    return None if found is None else int(found)


class NumberedPublisher:
    """Publishes `{"number": n}` on `topic` at QoS 1, `rate` a second, and now and then a heartbeat on `topic`/alive."""

    def __init__(self, port: int, topic: str, rate: float = 400.0, window: int = 200) -> None:
        """`window`: so many may be unconfirmed at a time."""
        self._port = port
        self._topic = topic
        self._rate = rate
        self._window = window
        self._filler = ""
        self._goal = 0
        """Up to this number it sends as fast as it can."""
        self._number = 0
        self._heartbeats = 0
        self._packet_id = 0
        self._open: dict[int, int | None] = {}
        """Packet id -> number, or None for a heartbeat."""
        self._uncertain: set[int] = set()
        self._uncertain_heartbeats = 0
        self._burst: deque[bytes] = deque()
        self._connection: socket.socket | None = None
        self._received = bytearray()
        self._stop = threading.Event()
        self._paused = threading.Event()
        self._idle = threading.Event()
        self._thread = threading.Thread(target=self._run, name="numbered-publisher", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def pause(self) -> None:
        """Sends nothing more until `resume`; returns when all is confirmed, or the connection has ended."""
        self._paused.set()
        assert self._idle.wait(PATIENCE_S), "the broker does not confirm"

    def resume(self) -> None:
        self._idle.clear()
        self._paused.clear()

    def flood(self, count: int, filler: int = 0) -> int:
        """Sends `count` numbers as fast as the broker takes them; returns when they are confirmed. Only while paused.

        `filler`: so many more bytes in each payload. Returns how many were sent.
        """
        assert self._paused.is_set(), "pause first"
        assert self._idle.is_set(), "pause first"
        self._filler = "x" * filler
        goal = self._number + count
        self._goal = goal
        self._idle.clear()
        assert self._idle.wait(PATIENCE_S), "the broker does not take the flood"
        self._filler = ""
        return count

    def stop(self, timeout: float = PATIENCE_S) -> Sent:
        """Ends when all is confirmed, or the connection has ended. Calling it twice gives the same."""
        self._stop.set()
        self._thread.join(timeout)
        assert not self._thread.is_alive(), "the broker does not confirm"
        return Sent(self._topic, self._number, frozenset(self._uncertain), self._heartbeats, self._uncertain_heartbeats)

    @property
    def numbers(self) -> int:
        """How many were sent until now."""
        return self._number

    # --- in the thread

    def _run(self) -> None:
        due = time.monotonic()
        while not self._stop.is_set() or self._open:
            if self._connection is None and not self._connect():
                due = time.monotonic()
                self._stop.wait(0.05)
            elif self._number < self._goal:
                self._publish(self._goal - self._number)
            elif self._stop.is_set() or self._paused.is_set():
                due = time.monotonic()
            else:
                due += self._publish(int((time.monotonic() - due) * self._rate)) / self._rate
            if self._paused.is_set() and not self._open and self._number >= self._goal:
                self._idle.set()
            self._receive()
        self._lose_connection()

    def _connect(self) -> bool:
        try:
            connection = socket.create_connection(("127.0.0.1", self._port), 5)
            client_id = f"numbers-{self._port}-{id(self):x}".encode()
            body = b"\x00\x04MQTT\x04\x02\x00\x3c" + struct.pack("!H", len(client_id)) + client_id
            connection.sendall(bytes([0x10, len(body)]) + body)
            answer = connection.recv(4)  # the broker writes all four at once
        except OSError:
            answer = b""
        if answer != b"\x20\x02\x00\x00":
            return False
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(5)
        self._connection = connection
        return True

    def _publish(self, count: int) -> int:
        """Sends up to `count` numbers, and the heartbeats among them, as the window allows. Returns how many."""
        count = min(count, (self._window - len(self._open)) // 2)
        packets = bytearray()
        for _ in range(max(0, count)):
            text = json.dumps({"number": self._number, **({"filler": self._filler} if self._filler else {})})
            packets += self._packet(self._topic, text.encode(), self._number)
            self._number += 1
            if self._number % HEARTBEAT_EVERY == 0:
                packets += self._packet(f"{self._topic}/alive", HEARTBEAT, None)
        if packets:
            assert self._connection is not None
            try:
                self._connection.sendall(packets)
            except OSError:
                self._lose_connection()
        return max(0, count)

    def _packet(self, topic: str, payload: bytes, number: int | None) -> bytes:
        self._packet_id = self._packet_id % 65_535 + 1
        self._open[self._packet_id] = number
        name = topic.encode()
        body = struct.pack("!H", len(name)) + name + struct.pack("!H", self._packet_id) + payload
        return b"\x32" + b"".join(_length(len(body))) + body

    def _receive(self) -> None:
        connection = self._connection
        if connection is None:
            return
        readable, _, _ = select.select([connection], [], [], TURN_S)
        if not readable:
            return
        try:
            block = connection.recv(65_536)
        except OSError:
            block = b""
        if not block:
            self._lose_connection()
            return
        self._received += block
        whole = len(self._received) // 4 * 4
        for place in range(0, whole, 4):
            kind, size, packet_id = struct.unpack_from("!BBH", self._received, place)
            assert (kind, size) == (0x40, 2), f"the broker sends something else than PUBACK: {kind:#x}"
            if self._open.pop(packet_id) is None:
                self._heartbeats += 1
        del self._received[:whole]

    def _lose_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._received.clear()
        for number in self._open.values():
            if number is None:
                self._uncertain_heartbeats += 1
            else:
                self._uncertain.add(number)
        self._open.clear()


def _length(size: int) -> Iterator[bytes]:
    """MQTT's variable length."""
    while True:
        size, low = divmod(size, 128)
        yield bytes([low | (0x80 if size else 0)])
        if not size:
            return
