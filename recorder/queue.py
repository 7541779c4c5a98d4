"""The bounded queue between the network thread and the disk."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import Generic, TypeVar

from core.message import Message

MAX_QUEUED_MESSAGES = 50_000
"""Half a second of the fastest traffic that a broker was seen to deliver: rides over a slow disk flush."""
MAX_QUEUED_BYTES = 64 * 1024 * 1024
"""Keeps the process small when payloads are large (camera pictures)."""
MUCH = 0.25
"""From this part of the bound on it is urgent to write."""
ROOMY = 0.5
"""Down to this part of the bound a queue that was full has to shrink: reading on and off for each message is slow."""

Control = TypeVar("Control")


class RecordingQueue(Generic[Control]):
    """Batches of messages, and controls between them, in the order in which they were put.

    Messages are bounded by `ready`: whoever puts them looks at it, and stops reading from the broker while it is not
    set, so that TCP holds the rest back there. `put` itself never blocks: the network thread has to keep the connection
    alive. So the queue can exceed its bound by what was read already. Controls are few and never wait.
    """

    def __init__(self, max_messages: int = MAX_QUEUED_MESSAGES, max_bytes: int = MAX_QUEUED_BYTES) -> None:
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._items: deque[Sequence[Message] | Control] = deque()
        self._sizes: deque[tuple[int, int]] = deque()
        self._lock = threading.Lock()
        self._bytes = 0
        self.messages = 0
        """How many messages wait."""
        self.closed = False
        self.ready = threading.Event()
        """Cleared when the queue is full, set again when it is half empty, and by `close`."""
        self.ready.set()
        self.wake = threading.Event()
        """Set while there is something to take, and after `close`."""
        self.urgent = threading.Event()
        """Set while much waits, and after `close`."""

    def put(self, batch: Sequence[Message]) -> None:
        """Adds a batch. After `close` it does nothing: the recording has ended."""
        size = sum([len(message.payload) for message in batch])
        with self._lock:
            self._add(batch, len(batch), size)

    def put_control(self, control: Control) -> None:
        """Adds a control."""
        with self._lock:
            self._add(control, 0, 0)

    def take(self, at_most: int) -> list[Sequence[Message] | Control]:
        """What waits, oldest first: items with about `at_most` messages, at least one item unless it is empty."""
        taken: list[Sequence[Message] | Control] = []
        count = 0
        with self._lock:
            while self._items and count < at_most:
                taken.append(self._items.popleft())
                messages, size = self._sizes.popleft()
                count += messages
                self._bytes -= size
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
            self.urgent.set()

    def discard(self) -> None:
        """Throws away what waits; for the end of a recording that can no longer write."""
        self.take(self.messages + 1)

    def _add(self, item: Sequence[Message] | Control, messages: int, size: int) -> None:
        if self.closed:
            return
        self._items.append(item)
        self._sizes.append((messages, size))
        self.messages += messages
        self._bytes += size
        if not self.wake.is_set():
            self.wake.set()
        fill = self._fill()
        if fill >= MUCH and not self.urgent.is_set():
            self.urgent.set()
        if fill >= 1.0:
            self.ready.clear()

    def _fill(self) -> float:
        """The part of what may wait that does wait: 1 is full, and it can be more."""
        return max(self.messages / self._max_messages, self._bytes / self._max_bytes)

    def _update_signals(self) -> None:
        fill = self._fill()
        if not self._items:
            self.wake.clear()
        if fill < MUCH:
            self.urgent.clear()
        if fill <= ROOMY:
            self.ready.set()
