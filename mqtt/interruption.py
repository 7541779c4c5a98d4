"""An outage on purpose: how long a client stays away from its broker."""

from __future__ import annotations

import threading
import time


class Interruption:
    """When the client may come back. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0

    def begin(self, duration_s: float) -> None:
        """From now on for so long, or longer if one lasts longer already."""
        with self._lock:
            self._until = max(self._until, time.monotonic() + duration_s)

    def left_s(self) -> float:
        """How many seconds it still lasts; 0 or less if there is none."""
        with self._lock:
            return self._until - time.monotonic()

    def stay_away(self, stop: threading.Event) -> None:
        """Blocks until it is over, or `stop` is set."""
        while (left := self.left_s()) > 0 and not stop.wait(left):
            pass
