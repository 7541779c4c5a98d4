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

    def sent(self, index: int, at_ns: int) -> None:
        """This message of the batch has been written to the connection."""
        self._sent_ns[index] = at_ns

    def was_sent(self, index: int) -> bool:
        """Whether this message of the batch was ever written to the connection."""
        return self._sent_ns[index] is not None

    def settle(self, *, confirmed: bool) -> None:
        """One message of the batch has come to its end."""
        with self._changed:
            self._open -= 1
            if confirmed:
                self._confirmed += 1
            else:
                self._failed += 1
            if self._open == 0:
                self._changed.notify_all()
