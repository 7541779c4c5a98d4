"""A listener that keeps what it gets and can be waited for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from core.message import Message

PATIENCE = 30.0
"""Seconds after which something is broken rather than slow."""


class Collected:
    """All messages in the order of their arrival."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._changed = threading.Condition()

    def __call__(self, messages: Sequence[Message]) -> None:
        with self._changed:
            self.messages += messages
            self._changed.notify_all()

    def await_count(self, count: int) -> list[Message]:
        """Blocks until there are so many, and returns all."""
        return self.await_that(lambda messages: len(messages) >= count)

    def await_payload(self, payload: bytes) -> list[Message]:
        """Blocks until a message with this payload has come, and returns all."""
        return self.await_that(lambda messages: any(one.payload == payload for one in messages))

    def await_that(self, holds: Callable[[list[Message]], bool]) -> list[Message]:
        with self._changed:
            assert self._changed.wait_for(lambda: holds(self.messages), PATIENCE), self.messages[-3:]
            return list(self.messages)
