"""What has been published and is not confirmed yet: bounded, so that a slow broker slows the replay down."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from core.message import Message, payload_bytes
from core.ports import Delivery
from core.timing import TimingHistogram

MAX_OPEN_MESSAGES: Final = 2_000
"""Keeps a broker on the same machine busy between two confirmations, and is lost in memory."""
MAX_OPEN_BYTES: Final = 32 * 1024 * 1024
"""Payloads of 10 MB exist; a few of them may be under way."""


class _Batch(NamedTuple):
    delivery: Delivery
    messages: int
    bytes: int
    due_ns: Sequence[int | None]


class Window:
    """Counts confirmations of batches and measures when they were sent.

    One thread adds, waits and cancels, any thread reads the counts.
    """

    def __init__(
        self, timing: TimingHistogram, max_messages: int = MAX_OPEN_MESSAGES, max_bytes: int = MAX_OPEN_BYTES
    ) -> None:
        self._timing = timing
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._open: deque[_Batch] = deque()
        self._settled_confirmed = 0
        self._settled_failed = 0
        self._published = 0
        self._cancelled = 0
        self._open_bytes = 0
        self._lock = threading.Lock()

    def add(self, delivery: Delivery, messages: Sequence[Message], due_ns: Sequence[int | None]) -> None:
        """Counts a batch that has just been published; `due_ns` holds each message's moment, None without one."""
        size = payload_bytes(messages)
        with self._lock:
            self._open.append(_Batch(delivery, len(messages), size, due_ns))
            self._open_bytes += size
            self._published += len(messages)

    def cancel(self) -> None:
        """Gives up what waits to be sent: what never was counts as not published."""
        with self._lock:
            self._cancelled += sum([batch.delivery.cancel() for batch in self._open])

    def close(self) -> None:
        """Measures what was sent and is not confirmed yet. Nothing is measured afterwards."""
        with self._lock:
            self._settle()
            for number, batch in enumerate(self._open):
                self._measure(batch)
                self._open[number] = batch._replace(due_ns=())

    def counts(self) -> tuple[int, int, int]:
        """Published, confirmed, failed."""
        with self._lock:
            self._settle()
            confirmed = self._settled_confirmed + sum(batch.delivery.confirmed() for batch in self._open)
            failed = self._settled_failed + sum(batch.delivery.failed() for batch in self._open)
            return self._published - self._cancelled, confirmed, failed - self._cancelled

    def withdrawn(self) -> int:
        """How many were given up before they were sent."""
        with self._lock:
            return self._cancelled

    def settled(self) -> int:
        """How many are confirmed or failed."""
        _, confirmed, failed = self.counts()
        return confirmed + failed

    def open(self) -> int:
        """How many are neither confirmed nor failed."""
        published, confirmed, failed = self.counts()
        return published - confirmed - failed

    def room(self) -> int:
        """How many messages may be published now; 0 if none."""
        free = self._max_messages - self.open()
        return max(0, free) if self._open_bytes < self._max_bytes else 0

    def has_room(self, messages: int) -> bool:
        """Whether so many may be published now. Looks at what is confirmed only where that makes a difference."""
        with self._lock:
            not_accounted = self._published - self._settled_confirmed - self._settled_failed
            if not_accounted + messages <= self._max_messages and self._open_bytes < self._max_bytes:
                return True
        return self.room() >= messages

    def account(self) -> None:
        """Takes out what is settled, and measures it."""
        with self._lock:
            self._settle()

    def wait(self, timeout: float) -> bool:
        """Blocks until the oldest open batch is settled; False when `timeout` (seconds) is over first."""
        with self._lock:
            self._settle()
            oldest = self._open[0] if self._open else None
        return True if oldest is None else oldest.delivery.wait(timeout)

    def _settle(self) -> None:
        while self._open:
            delivery, messages, size, _ = self._open[0]
            confirmed, failed = delivery.confirmed(), delivery.failed()
            if confirmed + failed < messages:
                return
            self._measure(self._open.popleft())
            self._open_bytes -= size
            self._settled_confirmed += confirmed
            self._settled_failed += failed

    def _measure(self, batch: _Batch) -> None:
        """Compares when the messages left us with when they were due; a message that waited in line was late."""
        for due_ns, sent_ns in zip(batch.due_ns, batch.delivery.sent_ns(), strict=False):
            if due_ns is not None and sent_ns is not None:
                self._timing.add(sent_ns - due_ns)
