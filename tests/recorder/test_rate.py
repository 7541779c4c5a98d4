"""The rate of the last full second."""

from __future__ import annotations

from core.message import NS_PER_SECOND
from recorder.rate import RateMeter


def test_the_rate_is_the_count_of_the_last_full_second():
    meter = RateMeter()
    meter.add(3, NS_PER_SECOND)
    meter.add(4, 2 * NS_PER_SECOND - 1)
    assert meter.per_second(2 * NS_PER_SECOND - 1) == 0.0
    assert meter.per_second(2 * NS_PER_SECOND) == 7.0
    meter.add(5, 2 * NS_PER_SECOND)
    assert meter.per_second(2 * NS_PER_SECOND + 1) == 7.0
    assert meter.per_second(3 * NS_PER_SECOND) == 5.0


def test_the_rate_falls_to_zero_when_nothing_comes():
    meter = RateMeter()
    meter.add(3, NS_PER_SECOND)
    assert meter.per_second(3 * NS_PER_SECOND) == 0.0
    meter.add(1, 9 * NS_PER_SECOND)
    assert meter.per_second(9 * NS_PER_SECOND) == 0.0
