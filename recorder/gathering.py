"""How long to wait for more before the next transaction."""

from __future__ import annotations

from typing import Final, Generic, TypeVar

from core.clock import Clock
from core.message import NS_PER_SECOND
from recorder.queue import RecordingQueue

Control = TypeVar("Control")

GATHER_S: Final = 0.02
"""The least time between two transactions, unless it is urgent. Each costs about 100 microseconds, ten times what a
message costs, so that without it a fast stream would be written message by message. Nobody sees 20 ms."""
LISTEN_S: Final = 0.002
"""A broker from which nothing comes for so long, while it could send, waits for acknowledgements."""
TRUST_NS: Final = NS_PER_SECOND
"""For so long nobody waits again for a broker that has stood still."""


class Gathering(Generic[Control]):
    """Lets messages gather, so that transactions grow with the load, but never while the broker stands still.

    How many messages a broker sends without acknowledgement is its secret: Mosquitto 20, HiveMQ 10, others 65,535. So
    it is tried out: while more keeps coming it is waited for, and once nothing more came not again for a while.
    """

    def __init__(self, queue: RecordingQueue[Control], clock: Clock) -> None:
        self._queue = queue
        self._clock = clock
        self._hasty_until_ns = 0

    def wait(self) -> None:
        """Returns when it is time for the next transaction."""
        queue, began_ns = self._queue, self._clock.now_ns()
        if not queue.urgent.wait(GATHER_S) or began_ns < self._hasty_until_ns:
            return
        for _ in range(round(GATHER_S / LISTEN_S)):
            before = queue.messages
            if queue.much.wait(LISTEN_S) or self._clock.now_ns() - began_ns >= GATHER_S * NS_PER_SECOND:
                return
            if queue.messages == before:
                self._hasty_until_ns = self._clock.now_ns() + TRUST_NS
                return
