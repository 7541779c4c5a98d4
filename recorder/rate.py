"""How many messages went through in the last full second."""

from __future__ import annotations

from core.message import NS_PER_SECOND


class RateMeter:
    """Counts per second of the clock. One thread adds, any thread reads: the counts are replaced as one value."""

    def __init__(self) -> None:
        self._counts = (0, 0, 0)
        """The second, its count, and the count of the second before it."""

    def add(self, count: int, now_ns: int) -> None:
        """Counts `count` messages in the second of `now_ns`."""
        second = now_ns // NS_PER_SECOND
        current, this, before = self._counts
        if second == current:
            self._counts = (second, this + count, before)
        else:
            self._counts = (second, count, this if second == current + 1 else 0)

    def per_second(self, now_ns: int) -> float:
        """The count of the last full second."""
        second = now_ns // NS_PER_SECOND
        current, this, before = self._counts
        if second == current:
            return float(before)
        return float(this) if second == current + 1 else 0.0
