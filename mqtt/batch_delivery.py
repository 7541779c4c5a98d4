"""What became of one batch of published messages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence


class BatchDelivery:
    """What became of one batch. Implements core.ports.Delivery. Thread-safe."""

    def __init__(self, messages: int, cancel: Callable[[BatchDelivery], int]) -> None:
        self.cancelled = False
        """Whether what is not at the broker shall not go there any more."""
        self._cancel = cancel
        self._sent_ns: list[int | None] = [None] * messages
        self._open = messages
        self._confirmed = 0
        self._failed = 0
        self._changed = threading.Condition()

    def confirmed(self) -> int:
        with self._changed:
            return self._confirmed

    def failed(self) -> int:
        with self._changed:
            return self._failed

    def wait(self, timeout: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._open == 0, timeout)

    def sent_ns(self) -> Sequence[int | None]:
        return tuple(self._sent_ns)

    def cancel(self) -> int:
        return self._cancel(self)

    def sent(self, places: Sequence[int], at_ns: int) -> None:
        """These messages of the batch have been written to the connection."""
        if isinstance(places, range):
            self._sent_ns[places.start : places.stop] = [at_ns] * len(places)
        else:
            for place in places:
                self._sent_ns[place] = at_ns

    def unsent(self, places: Sequence[int]) -> int:
        """How many of these messages were never written to the connection."""
        return sum(self._sent_ns[place] is None for place in places)

    def settle(self, *, confirmed: int = 0, failed: int = 0) -> None:
        """So many more messages of the batch have come to their end."""
        with self._changed:
            self._open -= confirmed + failed
            self._confirmed += confirmed
            self._failed += failed
            if self._open == 0:
                self._changed.notify_all()
