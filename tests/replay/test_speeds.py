"""Which speeds a replay had."""

from __future__ import annotations

from replay.speeds import MAX_SPEEDS, Speeds


def test_each_speed_at_which_something_was_published_is_told_in_order():
    speeds = Speeds(1.0)
    speeds.change(10.0, 5)
    speeds.change(None, 8)
    assert speeds.until(9) == (1.0, 10.0, None)


def test_a_speed_at_which_nothing_was_published_is_left_out():
    """As when it is chosen before the first message, on the way to another one, or after the last message."""
    speeds = Speeds(1.0)
    assert speeds.until(0) == (1.0,)
    speeds.change(5.0, 0)
    assert speeds.until(0) == (5.0,)
    speeds.change(2.0, 3)
    speeds.change(5.0, 3)
    assert speeds.until(4) == (5.0,)
    speeds.change(None, 7)
    assert speeds.until(7) == (5.0,)


def test_of_very_many_the_newest_are_kept():
    speeds = Speeds(1.0)
    for number in range(1, 1_000):
        speeds.change(float(number % 7 + 1), number)
    found = speeds.until(1_000)
    assert len(found) == MAX_SPEEDS
    assert found[-1] == 999 % 7 + 1
