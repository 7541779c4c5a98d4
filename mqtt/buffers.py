"""Bounded buffers: the newest messages of each filter that somebody looks at."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import Final

from core.message import Message
from core.topics import matches

MAX_MESSAGES: Final = 1_000
MAX_BYTES: Final = 16_000_000
"""For one buffer: a thousand camera pictures would not fit into memory."""


class Buffer:
    """The newest messages that one filter matches. Thread-safe."""

    def __init__(self, topic_filter: str, max_messages: int = MAX_MESSAGES, max_bytes: int = MAX_BYTES) -> None:
        self.topic_filter = topic_filter
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._bytes = 0
        self._messages: deque[Message] = deque()
        self._lock = threading.Lock()

    def takes(self, topic: str) -> bool:
        """Whether messages on this topic belong here."""
        return matches(self.topic_filter, topic)

    def extend(self, messages: Sequence[Message]) -> None:
        """Appends messages in order; the oldest go, but the newest always stays, however large."""
        newest = messages[-self._max_messages :]
        with self._lock:
            self._messages.extend(newest)
            self._bytes += sum(len(message.payload) for message in newest)
            while len(self._messages) > 1 and (
                len(self._messages) > self._max_messages or self._bytes > self._max_bytes
            ):
                self._bytes -= len(self._messages.popleft().payload)

    def snapshot(self) -> list[Message]:
        """A copy, newest last."""
        with self._lock:
            return list(self._messages)
