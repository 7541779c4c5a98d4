"""Time stamps as text and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.timestamps import TimestampParser, iso
from tests.builders import START_NS

BERLIN = ZoneInfo("Europe/Berlin")


@given(st.integers(-(2**62), 2**62))
def test_what_is_written_reads_back_to_the_nanosecond(at_ns: int) -> None:
    assert TimestampParser().parse(iso(at_ns)) == at_ns


def test_whole_microseconds_have_six_digits_and_others_nine() -> None:
    assert iso(START_NS) == "2025-08-26T16:38:54.183763+00:00"
    assert iso(START_NS + 1) == "2025-08-26T16:38:54.183763001+00:00"


@given(st.integers(-8_000_000_000, 7_000_000_000), st.integers(0, 999_999))
def test_it_reads_what_pythons_isoformat_writes(second: int, microsecond: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second, microseconds=microsecond)
    assert TimestampParser().parse(moment.isoformat()) == (second * 1_000_000 + microsecond) * 1_000


@pytest.mark.parametrize(
    "text",
    [
        "2025-08-26T16:38:54.183763Z",
        "2025-08-26 16:38:54.183763z",
        "2025-08-26T18:38:54.183763+02:00",
        "2025-08-26T18:38:54,183763+0200",
        "2025-08-26T11:38:54.183763-05",
        "2025-08-26T16:38:54.183763",
    ],
)
def test_zulu_offset_and_naive_are_understood(text: str) -> None:
    assert TimestampParser().parse(text) == START_NS


def test_a_naive_time_belongs_to_the_given_zone_and_is_counted() -> None:
    parser = TimestampParser(BERLIN)
    assert iso(parser.parse("2025-08-26T18:38:54")) == "2025-08-26T16:38:54.000000+00:00"
    parser.parse("2025-08-26T18:38:54Z")
    assert parser.naive == 1


def test_the_repeated_hour_goes_on_when_clocks_are_put_back() -> None:
    """02:59 summer time is followed by 02:00 winter time, one minute later and not 59 earlier."""
    parser = TimestampParser(BERLIN)
    naive = ("2025-10-26T02:59:00", "2025-10-26T02:00:00", "2025-10-26T02:30:00", "2025-10-26T03:00:00")
    times = [iso(parser.parse(text))[11:16] for text in naive]
    assert times == ["00:59", "01:00", "01:30", "02:00"]


def test_a_small_step_back_stays_one() -> None:
    """Messages may be a millisecond out of order: that is no change of clocks."""
    parser = TimestampParser(BERLIN)
    late, early = parser.parse("2025-10-26T02:10:00.002"), parser.parse("2025-10-26T02:10:00.001")
    assert late - early == 1_000_000


@pytest.mark.parametrize(
    "text", ["", "None", "yesterday", "2025-13-01T00:00:00Z", "2025-01-01", "12", "9999-01-01T00:00:00Z"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"time|month|1678"):
        TimestampParser().parse(text)
