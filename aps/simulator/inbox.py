"""What reaches the factory from outside, between the network's thread and its own."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Sequence
from typing import Final

from aps.simulator.commands import FILTERS
from core.message import Message
from core.topics import matches

MOST: Final = 1_000
"""Commands that wait at most; a flood of them is not for a factory: the oldest are dropped."""


class Inbox:
    """Keeps the messages of others until the factory takes them; thread-safe.

    The factory publishes on the topics that it listens to, as its central control gives the same commands. What it has
    published itself comes back once, and is not for it.
    """

    def __init__(self) -> None:
        self.wake = threading.Event()
        """Set when there is something to do: a message, or to stop."""
        self.stopping = False
        self._lock = threading.Lock()
        self._own: Counter[tuple[str, bytes]] = Counter()
        self._waiting: deque[Message] = deque(maxlen=MOST)

    def expect(self, messages: Sequence[Message]) -> None:
        """These are about to be published by the factory itself."""
        own = [(one.topic, one.payload) for one in messages if any(matches(each, one.topic) for each in FILTERS)]
        with self._lock:
            if len(self._own) > MOST:
                self._own.clear()  # they do not come back: the broker does not let the factory listen
            self._own.update(own)

    def receive(self, messages: Sequence[Message]) -> None:
        """The broker has sent these."""
        with self._lock:
            for message in messages:
                key = (message.topic, message.payload)
                if self._own[key] > 0:
                    self._own[key] -= 1
                else:
                    self._waiting.append(message)
                if not self._own[key]:
                    del self._own[key]
            if self._waiting:
                self.wake.set()

    def take(self) -> list[Message]:
        """What has come from others since the last time."""
        with self._lock:
            found = list(self._waiting)
            self._waiting.clear()
            if not self.stopping:
                self.wake.clear()
            return found

    def stop(self) -> None:
        """The factory shall end."""
        with self._lock:
            self.stopping = True
            self.wake.set()
