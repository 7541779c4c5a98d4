"""How late messages were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.message import NS_PER_MICROSECOND, NS_PER_MILLISECOND
from core.timing import TimingHistogram
from replay.report import TimingError


def of(*errors_ns: int) -> TimingHistogram:
    histogram = TimingHistogram()
    for error_ns in errors_ns:
        histogram.add(error_ns)
    return histogram


def test_nothing_measured_is_zero():
    assert (of().error_ms(), of().drift_ms()) == (TimingError(0.0, 0.0, 0.0), 0.0)


def test_percentiles_are_nearest_ranks():
    histogram = of(*(number * NS_PER_MICROSECOND for number in range(1, 101)))
    assert histogram.error_ms() == TimingError(0.05, 0.099, 0.1)


@given(st.lists(st.integers(0, 10**11), min_size=1), st.sampled_from([50, 99]))
def test_a_percentile_is_exact_to_half_a_percent(errors_ns: list[int], percent: int):
    exact_ns = sorted(errors_ns)[-(-len(errors_ns) * percent // 100) - 1]
    found_ns = of(*errors_ns).percentile_ms(percent) * NS_PER_MILLISECOND
    assert found_ns <= exact_ns + 1
    assert found_ns == pytest.approx(exact_ns, rel=2**-7, abs=NS_PER_MICROSECOND)


def test_columns_count_every_message_once_up_to_the_largest_error():
    assert of().columns() == ()
    assert of(0).columns() == ((0.01, 1),)
    errors_ms = (0.01, 0.011, 0.04, 0.5, 0.9)
    columns = of(*(round(error_ms * NS_PER_MILLISECOND) for error_ms in errors_ms)).columns()
    assert columns == ((0.01, 1), (0.02, 1), (0.05, 1), (0.1, 0), (0.2, 0), (0.5, 1), (1.0, 1))


@given(st.lists(st.integers(0, 10**13)))
def test_columns_hold_all_that_was_added(errors_ns: list[int]):
    assert sum(count for _, count in of(*errors_ns).columns()) == len(errors_ns)


def test_memory_does_not_grow_with_the_number_of_messages():
    histogram = of(*(number * 977 for number in range(100_000)))
    assert len(histogram._counts) < 3_000


def test_drift_is_how_much_later_the_end_is_than_the_beginning():
    steady = of(*[NS_PER_MILLISECOND] * 1_000)
    assert steady.drift_ms() == 0.0
    drifting = of(*(number * NS_PER_MICROSECOND for number in range(1_000)))
    assert drifting.drift_ms() == 0.9


def test_a_single_late_message_is_not_a_drift():
    assert of(*[0] * 500, 40 * NS_PER_MILLISECOND).drift_ms() == 0.0
    assert of(0, 0, 0, 5 * NS_PER_MILLISECOND).drift_ms() == 2.5
