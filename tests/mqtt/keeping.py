"""A keeper that a test looks at, and that settles when the test says so."""

from __future__ import annotations

import threading
from collections.abc import Callable

from core.message import Message
from core.ports import Arrival
from tests.mqtt.listening import PATIENCE


class Keeping:
    """Keeps all arrivals, and settles each at once or when it is told to."""

    def __init__(self, *, settles: bool = True) -> None:
        self.arrivals: list[Arrival] = []
        self.settles = settles
        self._changed = threading.Condition()

    def __call__(self, arrival: Arrival) -> None:
        with self._changed:
            self.arrivals.append(arrival)
            self._changed.notify_all()
        if self.settles:
            arrival.settle()

    @property
    def messages(self) -> list[Message]:
        return [message for arrival in tuple(self.arrivals) for message in arrival.messages]

    @property
    def payloads(self) -> list[bytes]:
        return [message.payload for message in self.messages]

    @property
    def packet_ids(self) -> list[int]:
        return [packet_id for arrival in tuple(self.arrivals) for packet_id in arrival.packet_ids]

    @property
    def redelivered(self) -> list[bytes]:
        """The payloads of messages with the DUP flag."""
        return [arrival.messages[place].payload for arrival in tuple(self.arrivals) for place in arrival.redelivered]

    def settle(self) -> None:
        """All that has come until now, and from now on at once."""
        self.settles = True
        for arrival in tuple(self.arrivals):
            arrival.settle()

    def await_that(self, holds: Callable[[Keeping], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: holds(self), PATIENCE), self.payloads[-3:]
