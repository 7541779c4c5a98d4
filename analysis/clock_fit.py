"""How fast the distance between two clocks changes: a line through points most of which are late by some chance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

MIN_POINTS: Final = 30
"""Fewer say nothing."""
MIN_SPAN_S: Final = 60.0
"""Seconds; in less the delays of single messages are larger than any drift."""
MIN_CHANGE_MS: Final = 20.0
"""A distance that has changed by less in all is the resolution of somebody's clock."""
SPREADS: Final = 5.0
"""And by so many times what single points are usually away from the line: delays come and go together."""
SURE: Final = 1.96
"""Standard deviations to both sides that hold 95 percent of a normal distribution."""
MS_PER_HOUR: Final = 3_600_000.0


@dataclass(frozen=True, slots=True)
class Drift:
    """A change in milliseconds per hour, with the interval in which it lies with 95 percent certainty."""

    ms_per_h: float
    low: float
    high: float
    spread_ms: float
    """Half of the points are no further away from the line than this."""
    span_s: float
    points: int

    @property
    def sure(self) -> bool:
        """Whether there is evidence enough that there is a drift at all.

        There are points enough, over time enough; zero is not in the interval; and what has changed in all is larger
        than what single points differ by.
        """
        change_ms = abs(self.ms_per_h) * self.span_s * 1_000 / MS_PER_HOUR
        enough = self.points >= MIN_POINTS and self.span_s >= MIN_SPAN_S
        return enough and (self.low > 0 or self.high < 0) and change_ms >= max(MIN_CHANGE_MS, SPREADS * self.spread_ms)


def drift(seconds: list[float], milliseconds: list[float]) -> Drift | None:
    """The Theil-Sen line: the median of the slopes between all pairs of points; None if all are at one moment.

    Up to 29 percent of the points may be anywhere. The interval is Sen's (1968), from the distribution of Kendall's
    rank statistic. The time and memory are those of all pairs: up to some hundred points.
    """
    times, values = np.asarray(seconds, dtype="float64"), np.asarray(milliseconds, dtype="float64")
    count = len(times)
    first, second = np.triu_indices(count, 1)
    apart = times[second] - times[first]
    usable = apart != 0
    if not usable.any():
        return None
    slopes = np.sort((values[second] - values[first])[usable] / apart[usable])
    slope = float(np.median(slopes))
    residuals = values - slope * times
    deviation = SURE * math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    low = slopes[max(0, math.floor((len(slopes) - deviation) / 2))]
    high = slopes[min(len(slopes) - 1, math.ceil((len(slopes) + deviation) / 2))]
    per_hour = MS_PER_HOUR / 1_000  # from ms per s
    return Drift(
        ms_per_h=slope * per_hour,
        low=float(low) * per_hour,
        high=float(high) * per_hour,
        spread_ms=float(np.median(np.abs(residuals - np.median(residuals)))),
        span_s=float(times.max() - times.min()),
        points=count,
    )
