"""Which messages the broker may forget: in the order of their arrival, each batch when nobody needs it any more."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

Acknowledge = Callable[[Sequence[int]], None]
"""Tells the broker: packet identifiers in the order of arrival; 0 needs no word."""
Settle = Callable[[], None]

REMEMBERED: Final = 2_000
"""About so many messages are remembered after they were acknowledged: the connection can break before the broker has
read that, and then it sends them again."""
LARGE: Final = 4_096
"""Bytes of payload that count as one message more, where a batch has few of them: so large ones do not fill memory."""


class Batch:
    """What arrived together: anything with packet identifiers, and who must still settle it."""

    __slots__ = ("content", "open", "packet_ids", "weight")

    def __init__(self, packet_ids: Sequence[int], content: object, weight: int, keepers: int) -> None:
        self.packet_ids = packet_ids
        self.content = content
        """What was handed in with them."""
        self.weight = weight
        self.open = keepers


class Acknowledgements:
    """The batches of one connection that are not acknowledged yet. `settle` works from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._send: Acknowledge | None = None
        self._pending: deque[Batch] = deque()
        self._released: deque[Batch] = deque()
        """Acknowledged a short time ago, in that order."""
        self._weight = 0
        self.unacknowledged = 0
        """How many messages of QoS 1 have come and are not acknowledged."""
        self.most = 0
        """The largest number of them on this connection: so many the broker sends without waiting."""

    def attach(self, send: Acknowledge) -> None:
        """There is a connection, on which nothing has arrived yet."""
        with self._lock:
            self._forget()
            self._send = send

    def detach(self) -> list[Batch]:
        """The connection is gone: what is settled from now on is of no use. Returns what the broker may send again.

        In the order of arrival: what is not acknowledged, and before it what was acknowledged lately.
        """
        with self._lock:
            perhaps = [*self._released, *self._pending]
            self._forget()
        return perhaps

    def arrived(self, packet_ids: Sequence[int], keepers: int, content: object = None, weight: int = 1) -> list[Settle]:
        """A batch has come, and so many keepers get something of it: each settles his own part, once or more often.

        Without a keeper it counts as settled. In the network thread.
        """
        if not any(packet_ids):
            return [_nothing] * keepers
        batch = Batch(packet_ids, content, weight, keepers)
        with self._lock:
            self._pending.append(batch)
            self.unacknowledged += len(packet_ids) - packet_ids.count(0)
            self.most = max(self.most, self.unacknowledged)
            if not keepers:
                self._release()
        return [_Settlement(self, batch) for _ in range(keepers)]

    def unsettled(self) -> int:
        """How many batches are not acknowledged."""
        with self._lock:
            return len(self._pending)

    def settle(self, settlement: _Settlement) -> None:
        """One keeper needs his part of a batch no more."""
        with self._lock:
            batch, settlement.batch = settlement.batch, None
            if batch is None:
                return
            batch.open -= 1
            if batch.open == 0:
                self._release()

    def _release(self) -> None:
        """Sent under the lock, so that two threads keep the order. Sending never waits for the network."""
        done: list[int] = []
        while self._pending and self._pending[0].open == 0:
            batch = self._pending.popleft()
            done += batch.packet_ids
            self._released.append(batch)
            self._weight += batch.weight
        while self._weight > REMEMBERED and len(self._released) > 1:
            self._weight -= self._released.popleft().weight
        if done and self._send is not None:
            self.unacknowledged -= len(done) - done.count(0)
            self._send(done)

    def _forget(self) -> None:
        self._send, self._weight = None, 0
        self.unacknowledged = self.most = 0
        self._pending, self._released = deque(), deque()


class _Settlement:
    """One keeper's word for one batch."""

    __slots__ = ("_owner", "batch")

    def __init__(self, owner: Acknowledgements, batch: Batch) -> None:
        self._owner = owner
        self.batch: Batch | None = batch

    def __call__(self) -> None:
        self._owner.settle(self)


def _nothing() -> None:
    """The broker waits for no word about messages of QoS 0, and has had it for QoS 2."""
