"""Colours are stable, times are in a zone, names stay text."""

from __future__ import annotations

from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.figure_style import (
    PALETTE,
    WallClock,
    as_label,
    as_text,
    default_colour,
    faded,
    moment_ticks,
    size_text,
)
from core.errors import UsageError

SECOND = 1_000_000_000
SUMMER_NS = 1_786_093_887_016_000_000
"""2026-08-07 09:11:27.016 UTC."""


def test_a_name_has_the_same_colour_on_every_machine() -> None:
    assert default_colour("ccu/order/request") == "#f59e0b"
    assert default_colour("module/v1/ff/SVR4H73275/state") == "#8b5cf6"


def test_topics_of_one_branch_look_alike_and_the_branches_of_the_factory_differ() -> None:
    assert default_colour("/j1/txt/1/i/ldr") == default_colour("j1/x") == default_colour("j1")
    assert len({default_colour(root) for root in ("ccu", "module", "fts", "osf", "j1", "dsp")}) == 6


@given(st.text())
def test_every_name_has_a_colour(name: str) -> None:
    assert default_colour(name) in PALETTE


def test_a_faded_colour_keeps_its_hue() -> None:
    assert faded("#3b82f6", 0.5) == "rgba(59,130,246,0.5)"


@given(st.text())
def test_a_name_never_carries_markup_and_can_be_read_back(name: str) -> None:
    text = as_text(name)
    assert "<" not in text
    if name.isprintable():
        assert unescape(text) == name


def test_an_entity_in_a_name_is_text_too() -> None:
    assert as_text("<b>&lt;") == "&lt;b&gt;&amp;lt;"
    assert as_text("a\x00\n") == "a\\x00\\x0a"


def test_a_long_name_keeps_both_ends_and_is_escaped_after_it_was_cut() -> None:
    label = unescape(as_label("<start>" + "x" * 100 + "<end>"))
    assert len(label) == 43
    assert label.startswith("<start>xx")
    assert label.endswith("xx<end>")
    assert "…" in label


def test_wall_clock_time_has_the_offset_of_its_zone() -> None:
    clock = WallClock("Europe/Berlin", SUMMER_NS)
    assert clock.label == "Europe/Berlin, UTC+02:00"
    assert clock.text([SUMMER_NS]) == ["2026-08-07 11:11:27.016 UTC+02:00"]
    assert str(clock.offsets(SUMMER_NS, [0.5])[0]) == "2026-08-07T11:11:27.516000"
    assert WallClock("UTC", SUMMER_NS).label == "UTC"
    assert WallClock("America/St_Johns", SUMMER_NS).text([SUMMER_NS]) == ["2026-08-07 06:41:27.016 UTC-02:30"]


@given(st.integers(-(10**9), 10**9), st.sampled_from([1, 5, 60, 3_600, 86_400]))
def test_a_tick_is_named_by_its_own_minute_and_second_not_by_the_one_before(later_us: int, step_s: int) -> None:
    begin_ns = SUMMER_NS + later_us * 1_000
    clock = WallClock("Europe/Berlin", begin_ns)
    ticks = list(clock.ticks(begin_ns, begin_ns + 3 * step_s * SECOND, step_s))
    assert len(ticks) in (3, 4)
    for at_ns, name in ticks:
        assert begin_ns <= at_ns <= begin_ns + 3 * step_s * SECOND
        day, time, _ = clock.text([at_ns])[0].split(" ")
        assert time.endswith(".000")
        assert name in (day, time[:8] if step_s < 60 else time[:5])


def test_time_does_not_run_twice_where_the_clock_is_put_back() -> None:
    change_ns = 1_761_440_400 * SECOND  # 2025-10-26 01:00 UTC: 03:00 becomes 02:00 in Berlin
    clock = WallClock("Europe/Berlin", change_ns - 60 * SECOND)
    before, after = clock.at([change_ns - SECOND, change_ns + SECOND])
    assert str(before) == "2025-10-26T02:59:59.000000"
    assert str(after) == "2025-10-26T03:00:01.000000"


@given(
    st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns"]),
    st.integers(0, 4_000_000_000_000_000),
    st.integers(-(10**11), 10**11),
)
def test_a_moment_of_the_figure_is_read_back_as_it_was_drawn(zone: str, origin_us: int, offset_us: int) -> None:
    clock, moment_ns = WallClock(zone, origin_us * 1_000), (origin_us + offset_us) * 1_000
    assert clock.moment(str(clock.at([moment_ns])[0])) == moment_ns


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "/etc/passwd", "Europe", "a\0b"])
def test_an_unknown_zone_is_one_clear_sentence(zone: str) -> None:
    with pytest.raises(UsageError, match="is not a time zone"):
        WallClock(zone, SUMMER_NS)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (1_250_000, "1.2 MB"),
        (10_000_000, "10.0 MB"),
        (3 * 10**9, "3.0 GB"),
    ],
)
def test_sizes_have_units(size: int, text: str) -> None:
    assert size_text(size) == text


def test_ticks_of_every_distance_have_one_format_and_the_date_of_the_rest_of_the_program() -> None:
    ticks = moment_ticks()
    edges = [tick["dtickrange"] for tick in ticks]
    assert edges == [[None, 999], [1_000, 59_999], [60_000, 86_399_999], [86_400_000, None]]
    assert all(str(tick["value"]).endswith("%Y-%m-%d") for tick in ticks)
