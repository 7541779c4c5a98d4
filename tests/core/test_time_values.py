"""Single times: recognised, moved, and written back in the form that they had."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.message import NS_PER_SECOND
from core.time_values import EPOCH, ISO, Mover, moment_ns

S = NS_PER_SECOND
MOMENTS = st.datetimes(datetime.fromisoformat("2005-01-01"), datetime.fromisoformat("2250-01-01"))
OFFSETS = st.integers(-4 * 365 * 86_400 * S, 4 * 365 * 86_400 * S)


@st.composite
def iso_texts(draw: st.DrawFn) -> str:
    digits = draw(st.integers(0, 12))
    point = draw(st.sampled_from([".", ","])) if digits else ""
    fraction = "".join(draw(st.lists(st.sampled_from("0123456789"), min_size=digits, max_size=digits)))
    zone = draw(st.sampled_from(["", "Z", "z", "+00:00", "+01:00", "-0330", "+02"]))
    moment = draw(MOMENTS).isoformat(draw(st.sampled_from("Tt ")))
    return moment[:16] + zone if draw(st.booleans()) else f"{moment[:19]}{point}{fraction}{zone}"


@st.composite
def epoch_texts(draw: st.DrawFn) -> str:
    places = draw(st.sampled_from([0, 3, 6, 9]))
    whole = draw(st.integers(1_200_000_000 * 10**places, 8_000_000_000 * 10**places))
    fraction = "".join(draw(st.lists(st.sampled_from("0123456789"), max_size=12)))
    return f"{whole}.{fraction}" if fraction else str(whole)


def moved(text: str, offset_ns: int) -> str:
    result = Mover(offset_ns).moved(text.encode())
    assert result is not None
    return result.decode()


@pytest.mark.parametrize(
    ("text", "offset_ns", "expected"),
    [
        ("2026-01-02T03:04:05.678Z", S, "2026-01-02T03:04:06.678Z"),
        ("2026-01-02T03:04:05.678901Z", -679 * 10**6, "2026-01-02T03:04:04.999901Z"),
        ("2026-12-31T23:59:59.999Z", 10**6, "2027-01-01T00:00:00.000Z"),
        ("2026-01-02T03:04:05+01:00", 3600 * S, "2026-01-02T04:04:05+01:00"),
        ("2026-01-02 03:04:05,5", S // 2, "2026-01-02 03:04:06,0"),
        ("2026-01-02T03:04:05.123456789Z", 1, "2026-01-02T03:04:05.123456790Z"),
        ("2026-01-02T03:04Z", 90 * S, "2026-01-02T03:06Z"),
        ("2024-02-28T12:00:00", 86_400 * S, "2024-02-29T12:00:00"),
        ("1767323045678", S, "1767323046678"),
        ("1767323045", -S, "1767323044"),
        ("1767323045.250", S // 4, "1767323045.500"),
        ("1767323045678.9", 10**5, "1767323045679.0"),
        ("1767323045678901", 1_000, "1767323045678902"),
        ("1767323045678901234", 1, "1767323045678901235"),
        ("1767323045", 3 * S // 2, "1767323047"),
        ("1767323045", -3 * S // 2, "1767323043"),
        ("1767323045678", -1767323040678 * 10**6, "5000"),
    ],
)
def test_a_time_is_moved_in_its_own_form(text: str, offset_ns: int, expected: str):
    assert moved(text, offset_ns) == expected


@given(iso_texts() | epoch_texts(), OFFSETS)
def test_there_and_back_again(text: str, offset_ns: int):
    assert moved(moved(text, offset_ns), -offset_ns) == text


@given(iso_texts() | epoch_texts(), OFFSETS)
def test_its_form_stays(text: str, offset_ns: int):
    result = moved(text, offset_ns)
    assert re.fullmatch(ISO if "-" in text[:5] else EPOCH, result.encode())
    assert re.sub(r"\d", "0", result) == re.sub(r"\d", "0", text)


@given(iso_texts() | epoch_texts(), st.integers(-(10**6), 10**6))
def test_it_moves_by_exactly_the_offset_as_far_as_it_can_say_that(text: str, minutes: int):
    before, after = moment_ns(text), moment_ns(moved(text, minutes * 60 * S))
    assert before is not None
    assert after is not None
    assert after[0] - before[0] == minutes * 60 * S


@given(MOMENTS, OFFSETS)
def test_the_standard_library_comes_to_the_same(moment: datetime, offset_ns: int):
    offset_ns -= offset_ns % 1_000
    after = moment + timedelta(microseconds=offset_ns // 1_000)
    assert moved(moment.isoformat(timespec="microseconds"), offset_ns) == after.isoformat(timespec="microseconds")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-01-02T03:04:05.678Z", datetime(2026, 1, 2, 3, 4, 5, 678_000, UTC)),
        ("2026-01-02 03:04:05,678+01:00", datetime(2026, 1, 2, 2, 4, 5, 678_000, UTC)),
        ("2026-01-02T03:04", datetime(2026, 1, 2, 3, 4, tzinfo=UTC)),
        ("1767323045", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("1767323045678", datetime(2026, 1, 2, 3, 4, 5, 678_000, UTC)),
        ("1767323045.678", datetime(2026, 1, 2, 3, 4, 5, 678_000, UTC)),
    ],
)
def test_the_moment_of_a_time(text: str, at: datetime):
    found = moment_ns(text)
    assert found == ((at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1_000, "-" in text)


@pytest.mark.parametrize(
    "text",
    ["", "0", "12", "2026-01-02", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-13-02T03:04:05Z",
     "2026-01-02T03:04:05+99:99", "2026-01-02T24:04:05Z", "176732304567", "-1767323045", "1767323045e3", "0767323045",
     "2026-01-02T03:04:05 CET", "９９９９９９９９９９"],
)  # fmt: skip
def test_what_is_no_time(text: str):
    assert moment_ns(text) is None


@pytest.mark.parametrize("text", ["2026-02-30T00:00:00Z", "2026-01-02T29:00:00Z", "2026-19-01T00:00:00Z"])
def test_what_only_looks_like_a_time_is_not_moved(text: str):
    assert Mover(S).moved(text.encode()) is None


@pytest.mark.parametrize("offset_ns", [10**21, -(10**21), 10**30])
def test_what_cannot_be_written_any_more_is_not_moved(offset_ns: int):
    assert Mover(offset_ns).moved(b"2026-01-02T03:04:05Z") is None
    assert Mover(-abs(offset_ns)).moved(b"1767323045") is None
