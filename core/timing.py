"""How late messages were: a histogram whose memory does not grow with the number of messages."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from statistics import median
from typing import Final

from core.message import NS_PER_MICROSECOND, NS_PER_MILLISECOND

MANTISSA_BITS: Final = 8
"""Errors are kept in microseconds with this many leading bits: exact to 0.4 percent, some thousand counters at most."""
DRIFT_MESSAGES: Final = 100
"""Drift compares the medians of this many first and last messages: one late message is not a drift."""
STEPS: Final = (1, 2, 5)
"""The upper ends of a histogram's columns within a power of ten: few enough to be read."""


@dataclass(frozen=True, slots=True)
class TimingError:
    """How late messages were against their due time, in milliseconds; all 0 at speed `max`."""

    p50: float = 0.0
    p99: float = 0.0
    max: float = 0.0


Columns = tuple[tuple[float, int], ...]
"""A histogram: for each column its upper end in milliseconds, inclusive, and how many messages are in it."""


def _rounded(error_us: int) -> int:
    shift = max(0, error_us.bit_length() - MANTISSA_BITS)
    return error_us >> shift << shift


class TimingHistogram:
    """Errors of publishing against due times. Negative ones (there should be none) count by their size."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self._first: list[int] = []
        self._last: deque[int] = deque(maxlen=DRIFT_MESSAGES)
        self._max_ns = 0

    def add(self, error_ns: int) -> None:
        """Adds one message's error."""
        size_ns = abs(error_ns)
        self._counts[_rounded(size_ns // NS_PER_MICROSECOND)] += 1
        self._max_ns = max(self._max_ns, size_ns)
        if len(self._first) < DRIFT_MESSAGES:
            self._first.append(error_ns)
        self._last.append(error_ns)

    def error_ms(self) -> TimingError:
        """The figures of the report; all 0 without any message."""
        return TimingError(self.percentile_ms(50), self.percentile_ms(99), round(self._max_ns / NS_PER_MILLISECOND, 3))

    def percentile_ms(self, percent: float) -> float:
        """The error that `percent` of the messages do not exceed (nearest rank); 0 without any."""
        rank = -(-self._counts.total() * percent // 100)
        seen = 0
        for error_us in sorted(self._counts):
            seen += self._counts[error_us]
            if seen >= rank:
                return error_us * NS_PER_MICROSECOND / NS_PER_MILLISECOND
        return 0.0

    def columns(self) -> Columns:
        """From 0.01 ms up to the largest error, with the empty ones between; none without any message."""
        columns: list[tuple[float, int]] = []
        waiting = deque(sorted(self._counts.items()))
        power_us = 10
        while waiting:
            for step in STEPS:
                upper_us, count = power_us * step, 0
                while waiting and waiting[0][0] <= upper_us:
                    count += waiting.popleft()[1]
                columns.append((upper_us * NS_PER_MICROSECOND / NS_PER_MILLISECOND, count))
                if not waiting:
                    break
            power_us *= 10
        return tuple(columns)

    def drift_ms(self) -> float:
        """How much later the last messages were than the first ones; 0 with fewer than two."""
        half = min(DRIFT_MESSAGES, self._counts.total() // 2)
        if not half:
            return 0.0
        return (median(list(self._last)[-half:]) - median(self._first[:half])) / NS_PER_MILLISECOND
