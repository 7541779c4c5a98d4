"""The bounded queue between the network thread and the disk."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

from core.ports import Arrival

MAX_QUEUED_MESSAGES = 50_000
"""Half a second of the fastest traffic that a broker was seen to deliver: rides over a slow disk flush."""
MAX_QUEUED_BYTES = 64 * 1024 * 1024
"""Keeps the process small when payloads are large (camera pictures)."""
MUCH = 0.25
"""From this part of the bound on it is urgent to write."""
FEW_UNACKNOWLEDGED = 10
"""From so many messages on that wait for their acknowledgement it is urgent: some brokers send no more than 20
(Mosquitto) or 10 (HiveMQ) that are not acknowledged, and would stand still until somebody writes."""
ROOMY = 0.5
"""Down to this part of the bound a queue that was full has to shrink: reading on and off for each message is slow."""

Control = TypeVar("Control")


class RecordingQueue(Generic[Control]):
    """What arrives, and controls between that, in the order in which they were put.

    Messages are bounded by `ready`: whoever puts them looks at it, and stops reading from the broker while it is not
    set, so that TCP holds the rest back there. `put` itself never blocks: the network thread has to keep the connection
    alive. So the queue can exceed its bound by what was read already. Controls are few and never wait.

    Who takes an arrival settles it; what the queue cannot keep it settles itself.
    """

    def __init__(self, max_messages: int = MAX_QUEUED_MESSAGES, max_bytes: int = MAX_QUEUED_BYTES) -> None:
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._items: deque[Arrival | Control] = deque()
        self._sizes: deque[tuple[int, int, int]] = deque()
        """For each item: messages, bytes, messages that wait for their acknowledgement."""
        self._lock = threading.Lock()
        self._bytes = 0
        self._unacknowledged = 0
        self.messages = 0
        """How many messages wait."""
        self.most_messages = 0
        """How many have waited at once so far."""
        self.closed = False
        self.ready = threading.Event()
        """Cleared when the queue is full, set again when it is half empty, and by `close`."""
        self.ready.set()
        self.wake = threading.Event()
        """Set while there is something to take, and after `close`."""
        self.urgent = threading.Event()
        """Set while it should not wait any longer, and after `close`."""
        self.much = threading.Event()
        """Set while so much waits that this is the reason, and after `close`."""

    def put(self, arrival: Arrival) -> None:
        """Adds messages. After `close` it only settles them: the recording has ended."""
        size = sum([len(message.payload) for message in arrival.messages])
        unacknowledged = len(arrival.packet_ids) - arrival.packet_ids.count(0)
        with self._lock:
            added = self._add(arrival, len(arrival.messages), size, unacknowledged)
        if not added:
            arrival.settle()

    def oldest_ns(self) -> int | None:
        """When the first of those that wait arrived; None if none waits."""
        with self._lock:
            return next((item.messages[0].at_ns for item in self._items if isinstance(item, Arrival)), None)

    def put_control(self, control: Control) -> None:
        """Adds a control."""
        with self._lock:
            self._add(control, 0, 0, 0)

    def take(self, at_most: int, at_most_bytes: int | None = None) -> list[Arrival | Control]:
        """What waits, oldest first: items with about so many messages, or bytes of payload, or less; at least one item
        unless it is empty.
        """
        taken: list[Arrival | Control] = []
        count = bytes_taken = 0
        with self._lock:
            while self._items and count < at_most and (at_most_bytes is None or bytes_taken < at_most_bytes):
                taken.append(self._items.popleft())
                messages, size, unacknowledged = self._sizes.popleft()
                count += messages
                bytes_taken += size
                self._bytes -= size
                self._unacknowledged -= unacknowledged
            self.messages -= count
            if not self.closed:
                self._update_signals()
        return taken

    def close(self) -> None:
        """Nothing is added any more; what waits can still be taken."""
        with self._lock:
            self.closed = True
            self.ready.set()
            self.wake.set()
            self.much.set()
            self.urgent.set()

    def discard(self) -> None:
        """Throws away what waits; for the end of a recording that can no longer write."""
        while taken := self.take(self.messages + 1):
            for item in taken:
                if isinstance(item, Arrival):
                    item.settle()

    def _add(self, item: Arrival | Control, messages: int, size: int, unacknowledged: int) -> bool:
        if self.closed:
            return False
        self._items.append(item)
        self._sizes.append((messages, size, unacknowledged))
        self.messages += messages
        self.most_messages = max(self.most_messages, self.messages)
        self._bytes += size
        self._unacknowledged += unacknowledged
        if not self.wake.is_set():
            self.wake.set()
        fill = self._fill()
        if fill >= MUCH and not self.much.is_set():
            self.much.set()
        if not self.urgent.is_set() and self._is_urgent(fill):
            self.urgent.set()
        if fill >= 1.0:
            self.ready.clear()
        return True

    def _fill(self) -> float:
        """The part of what may wait that does wait: 1 is full, and it can be more."""
        return max(self.messages / self._max_messages, self._bytes / self._max_bytes)

    def _is_urgent(self, fill: float) -> bool:
        return fill >= MUCH or self._unacknowledged >= FEW_UNACKNOWLEDGED

    def _update_signals(self) -> None:
        fill = self._fill()
        if not self._items:
            self.wake.clear()
        if fill < MUCH:
            self.much.clear()
        if not self._is_urgent(fill):
            self.urgent.clear()
        if fill <= ROOMY:
            self.ready.set()
