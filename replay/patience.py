"""How long a replay waits for a broker that confirms nothing."""

from __future__ import annotations

from collections.abc import Callable

from core.clock import Clock
from core.errors import BrokerError
from core.message import NS_PER_SECOND


class Patience:
    """Runs out when nothing has been settled for too long."""

    def __init__(self, clock: Clock, limit_s: float, settled: Callable[[], int], label: str) -> None:
        self._clock = clock
        self._limit_s = limit_s
        self._settled = settled
        self._label = label
        self._seen = settled()
        self._since_ns = clock.now_ns()

    def check(self) -> None:
        """Looks whether something was settled since the last look. Raises BrokerError if not for too long."""
        settled, now_ns = self._settled(), self._clock.now_ns()
        if settled != self._seen:
            self._seen, self._since_ns = settled, now_ns
        if now_ns - self._since_ns >= self._limit_s * NS_PER_SECOND:
            raise BrokerError(
                f"{self._label} has confirmed nothing for {self._limit_s:g} s, so the replay was given up. "
                "Check the broker, then replay again."
            )
