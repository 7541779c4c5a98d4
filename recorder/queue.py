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

Control = TypeVar("Control")


class RecordingQueue(Generic[Control]):
    """Batches of messages, and controls between them, in the order in which they were put.

    Messages are bounded: `put` blocks while the queue is full, which makes the network thread stop reading, so that
    TCP holds the rest back at the broker. Controls are few and never wait.
    """

    def __init__(self, max_messages: int = MAX_QUEUED_MESSAGES, max_bytes: int = MAX_QUEUED_BYTES) -> None:
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._items: deque[Sequence[Message] | Control] = deque()
        self._sizes: deque[tuple[int, int]] = deque()
        self._room = threading.Condition()
        self._bytes = 0
        self._bounded = True
        self.messages = 0
        """How many messages wait."""
        self.closed = False
        self.wake = threading.Event()
        """Set while there is something to take, and after `close`."""
        self.urgent = threading.Event()
        """Set while much waits (a quarter of what may), and after `close`."""

    def put(self, batch: Sequence[Message]) -> None:
        """Adds a batch, when there is room; a batch that is too large by itself needs an empty queue.

        After `close` it does nothing: the recording has ended.
        """
        size = sum([len(message.payload) for message in batch])
        with self._room:
            while not self._has_room(len(batch), size):
                self._room.wait()
            self._add(batch, len(batch), size)

    def put_control(self, control: Control) -> None:
        """Adds a control; never blocks."""
        with self._room:
            self._add(control, 0, 0)

    def take(self, at_most: int) -> list[Sequence[Message] | Control]:
        """What waits, oldest first: items with about `at_most` messages, at least one item unless it is empty."""
        taken: list[Sequence[Message] | Control] = []
        count = 0
        with self._room:
            while self._items and count < at_most:
                taken.append(self._items.popleft())
                messages, size = self._sizes.popleft()
                count += messages
                self._bytes -= size
            self.messages -= count
            if not self.closed:
                self._clear_signals()
            self._room.notify_all()
        return taken

    def unbind(self) -> None:
        """From now on `put` does not block: who unsubscribes must not wait for a network thread that waits for room."""
        with self._room:
            self._bounded = False
            self._room.notify_all()

    def close(self) -> None:
        """Nothing is added any more; what waits can still be taken."""
        with self._room:
            self.closed = True
            self._bounded = False
            self.wake.set()
            self.urgent.set()
            self._room.notify_all()

    def discard(self) -> None:
        """Throws away what waits; for the end of a recording that can no longer write."""
        self.take(self.messages + 1)

    def _has_room(self, messages: int, size: int) -> bool:
        if not self._bounded or not self.messages:
            return True
        return self.messages + messages <= self._max_messages and self._bytes + size <= self._max_bytes

    def _add(self, item: Sequence[Message] | Control, messages: int, size: int) -> None:
        if self.closed:
            return
        self._items.append(item)
        self._sizes.append((messages, size))
        self.messages += messages
        self._bytes += size
        if not self.wake.is_set():
            self.wake.set()
        if not self.urgent.is_set() and self._much():
            self.urgent.set()

    def _much(self) -> bool:
        return self.messages * 4 >= self._max_messages or self._bytes * 4 >= self._max_bytes

    def _clear_signals(self) -> None:
        if not self._items:
            self.wake.clear()
        if not self._much():
            self.urgent.clear()
