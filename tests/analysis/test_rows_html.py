"""Rows of bars as HTML: in their places, by the clock of a zone, with every text escaped."""

from __future__ import annotations

import re

import pytest

from analysis.rows_html import MAX_BARS, Bar, Row, legend_html, rows_html
from core.errors import UsageError

S = 1_000_000_000
NOON = 1_786_104_000 * S
"""2026-08-07 12:00:00 UTC."""


def places(html: str) -> list[tuple[float, float]]:
    found = re.findall(r"<b[^>]*left:([\d.]+)%;width:([\d.]+)%", html)
    return [(float(left), float(width)) for left, width in found]


def test_bars_lie_where_their_times_are_and_nothing_sticks_out() -> None:
    bars = [Bar(NOON + a * S, NOON + b * S, "#123456", "x") for a, b in ((0, 10), (25, 75), (100, 100), (-50, 500))]
    assert places(rows_html([Row("r", bars)], NOON, NOON + 100 * S)) == [(0, 10), (25, 50), (100, 0), (0, 100)]


def test_ticks_are_at_round_moments_of_the_zone() -> None:
    html = rows_html([], NOON + 7 * S, NOON + 187 * S, "Europe/Berlin")
    ticks = re.findall(r'left:([\d.]+)%">([\d:]+)</span>', html)
    assert ("29.444", "14:01:00") in ticks
    assert all(0 <= float(left) <= 100 for left, _ in ticks)


def test_texts_are_escaped_in_rows_bars_and_legends() -> None:
    hostile = "<img src=x onerror='x'>\"\n&\u202e"
    html = rows_html([Row(hostile, [Bar(NOON, NOON + S, "#123456", hostile, hostile)])], NOON, NOON + S)
    for text in (html, legend_html([(hostile, "#123456")])):
        assert "<img" not in text
        assert "\u202e" not in text
    assert '"&lt;img' in html, "inside of a tooltip's quotes"
    assert "&quot;&#10;&amp;" in html


def test_more_bars_than_a_browser_likes_are_left_out_and_that_is_said() -> None:
    many = [Bar(NOON, NOON + S, "#123456", "x")] * (MAX_BARS - 1)
    html = rows_html([Row("a", many), Row("b", many[:3])], NOON, NOON + S)
    assert len(places(html)) == MAX_BARS
    assert "The last 2 bars are left out." in html


def test_nothing_at_all_and_a_moment_are_drawn() -> None:
    assert 'class="rows"' in rows_html([], NOON, NOON)
    with pytest.raises(UsageError):
        rows_html([], NOON, NOON, "Mars")
