"""Figures and moments are written with their unit and zone, whatever their size."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import format as fmt

BERLIN = ZoneInfo("Europe/Berlin")
NOVEMBER = 1_795_245_303_123_456_000  # 2026-11-21 07:15:03.123456 UTC
JULY = 1_783_062_000_000_000_000  # 2026-07-03 07:00:00 UTC


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0 messages"), (1, "1 message"), (1234, "1,234 messages"), (1_000_000, "1,000,000 messages")],
)
def test_messages_are_counted_in_words(value, expected):
    assert fmt.messages(value) == expected


def test_an_irregular_plural_is_given():
    assert fmt.counted(2, "entry", "entries") == "2 entries"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (12_345, "12.3 kB"),
        (999_949, "999.9 kB"),
        (999_960, "1.0 MB"),
        (1_234_567, "1.2 MB"),
        (5_000_000_000, "5.0 GB"),
        (7_500_000_000_000_000, "7,500.0 TB"),
    ],
)
def test_sizes_grow_in_decimal_steps(value, expected):
    assert fmt.size(value) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (None, "–"),
        (0, "0 s"),
        (0.0004, "0 s"),
        (0.0307, "31 ms"),
        (0.0996, "0.1 s"),
        (0.44, "0.4 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (245, "4 min 05 s"),
        (3599.6, "1 h 00 min"),
        (7380, "2 h 03 min"),
        (86_399, "23 h 59 min"),
        (273_600, "3 d 04 h"),
    ],
)
def test_a_duration_has_the_two_units_that_matter(seconds, expected):
    assert fmt.duration(seconds) == expected


@given(st.floats(0, 86_399))
def test_a_duration_never_shows_sixty_of_a_smaller_unit(seconds):
    assert "60" not in fmt.duration(seconds).split()


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0, "0:00:00"), (245, "0:04:05"), (3_725.4, "1:02:05"), (-1, "0:00:00")]
)
def test_a_stopwatch_shows_hours_minutes_and_seconds(seconds, expected):
    assert fmt.stopwatch(seconds) == expected


@pytest.mark.parametrize(
    ("seconds", "digits", "expected"),
    [(0, 0, "0:00"), (245.99, 0, "4:05"), (3_725.4, 0, "1:02:05"), (42.5, 1, "0:42.5"), (4.1, 3, "0:04.100")],
)
def test_a_position_is_written_as_it_is_typed(seconds, digits, expected):
    assert fmt.position(seconds, digits) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(0, "0.0 msg/s"), (0.084, "0.08 msg/s"), (12.34, "12.3 msg/s"), (45_678.9, "45,679 msg/s")]
)
def test_a_rate_has_its_unit(value, expected):
    assert fmt.rate(value) == expected


def test_a_share_is_a_percentage():
    assert fmt.percent(0.1234) == "12.3 %"


def test_a_moment_has_the_zone_of_its_season():
    assert fmt.moment(NOVEMBER, BERLIN) == "2026-11-21 08:15:03 CET"
    assert fmt.moment(JULY, BERLIN) == "2026-07-03 09:00:00 CEST"


def test_a_moment_can_have_milliseconds():
    assert fmt.moment(NOVEMBER, ZoneInfo("UTC"), fraction=True) == "2026-11-21 07:15:03.123 UTC"


def test_a_zone_without_an_abbreviation_shows_its_offset():
    assert fmt.moment(NOVEMBER, ZoneInfo("Asia/Dubai")) == "2026-11-21 11:15:03 UTC+04"


@pytest.mark.parametrize("nothing", [None, 0])
def test_no_moment_is_a_dash(nothing):
    assert fmt.moment(nothing, BERLIN) == "–"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "+0:00.000"),
        (65.4321, "+1:05.432"),
        (3_845.678, "+1:04:05.678"),
        (-1.5, "-0:01.500"),
        (59.9996, "+1:00.000"),
    ],
)
def test_an_offset_counts_from_the_start_of_the_session(seconds, expected):
    assert fmt.offset(seconds) == expected


@pytest.mark.parametrize(("factor", "expected"), [(None, "max"), (1.0, "1x"), (0.1, "0.1x"), (100.0, "100x")])
def test_a_speed_is_a_factor_or_max(factor, expected):
    assert fmt.speed(factor) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"), [(-0.2, "0 s"), (4.4, "4 s"), (9.97, "10 s"), (42.2, "42 s"), (245.0, "4 min 05 s")]
)
def test_an_age_has_no_tenths(seconds, expected):
    assert fmt.age(seconds) == expected
