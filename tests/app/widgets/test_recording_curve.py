"""The curve of a running recording."""

from __future__ import annotations

import pytest

from app.widgets.recording_curve import BUCKETS, curve_spec, curve_table


def shown(counts: dict[int, int], second: int, minutes: int = 2) -> list[tuple[int, float]]:
    table = curve_table(counts, second, minutes)
    return list(zip(table["second"].tolist(), table["rate"].tolist(), strict=True))


def test_the_curve_begins_with_the_recording():
    """Before it nothing was counted, which is not the same as nothing having been sent."""
    assert shown({0: 5, 2: 2}, second=3) == [(-3, 5), (-2, 0), (-1, 2)]


def test_the_present_second_is_left_out_because_it_is_not_complete():
    assert shown({0: 5, 1: 1}, second=1) == [(-1, 5)]


def test_of_a_long_recording_only_the_last_minutes_are_shown():
    assert [second for second, _ in shown({}, second=86_400)] == list(range(-120, 0))


@pytest.mark.parametrize("minutes", BUCKETS)
def test_each_curve_has_120_points_of_messages_per_second(minutes: int):
    second = 86_400
    points = shown(dict.fromkeys(range(second - 3600, second + 1), 7), second, minutes)
    assert len(points) == 120
    assert {rate for _, rate in points} == {7}


def test_a_point_stands_for_the_same_seconds_in_each_look():
    """Otherwise a peak would change its height from second to second."""
    counts = {600: 60}
    peaks = {max(rate for _, rate in shown(counts, second, 60)) for second in range(660, 690)}
    assert peaks == {2}


@pytest.mark.parametrize("minutes", BUCKETS)
def test_the_axis_has_a_few_ticks_and_says_its_unit(minutes: int):
    x = curve_spec(minutes)["encoding"]["x"]
    assert x["scale"]["domain"] == [-60 * minutes, 0]
    assert 7 <= len(x["axis"]["values"]) <= 11
    assert x["title"] == ("seconds from now" if minutes == 2 else "minutes from now")
