"""Moving the timeline: a box drawn over a chart, a click, buttons."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.figure_style import WallClock
from app.widgets.timeline_zoom import NARROWEST_S, moved, selected_message, selected_span
from core.message import NS_PER_SECOND

CHANGE_DAY_NS = 1_792_886_400 * NS_PER_SECOND
"""2026-10-25 00:00 UTC: an hour later the clock is put back in Berlin."""


ENDS = (0.0, 14_400.1)


def box(*x: str) -> dict[str, object]:
    return {"selection": {"box": [{"x": list(x)}]}}


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "UTC"])
def test_a_box_is_the_stretch_that_it_covers_also_after_the_clock_was_put_back(zone):
    drawn = WallClock(zone, CHANGE_DAY_NS).offsets(CHANGE_DAY_NS, [9_000.0, 7_200.0])
    plotly = (str(moment).replace("T", " ") for moment in drawn)
    assert selected_span(box(*plotly), CHANGE_DAY_NS, ENDS, zone) == (7_200.0, 9_000.0)


def test_a_box_over_the_edge_ends_with_the_session():
    assert selected_span(box("2026-10-24 12:00", "2026-10-26 12:00:00.1234"), CHANGE_DAY_NS, ENDS, "UTC") == ENDS


@pytest.mark.parametrize("state", [None, {}, {"selection": {"box": []}}, box("2026-10-25 01:00", "2026-10-25 01:00")])
def test_without_a_box_nothing_is_selected(state):
    assert selected_span(state, CHANGE_DAY_NS, ENDS, "UTC") is None


def test_a_click_on_a_message_tells_which_one_it_is():
    assert selected_message({"selection": {"points": [{"customdata": [17, "a/b"]}]}}) == 17


@pytest.mark.parametrize("points", [[], [{}], [{"customdata": []}], [{"customdata": "x"}], [{"customdata": ["x"]}]])
def test_a_click_on_anything_else_is_no_message(points):
    assert selected_message({"selection": {"points": points}}) is None


ENDS_S = st.tuples(st.floats(-5, 0), st.floats(1, 100_000)).map(lambda ends: (round(ends[0], 1), round(ends[1], 1)))


@given(ENDS_S, st.floats(0, 1), st.floats(0, 1), st.sampled_from((0.5, 1.0, 2.0)), st.sampled_from((-0.5, 0.0, 0.5)))
def test_whatever_the_buttons_do_the_view_stays_within_the_session_and_is_never_empty(ends, one, other, factor, shift):
    whole = ends[1] - ends[0]
    low, high = sorted((ends[0] + one * whole, ends[0] + other * whole))
    found = moved((low, high), ends, factor, shift)
    if found is None:
        assert max(NARROWEST_S, (high - low) * factor) >= whole
    else:
        assert ends[0] - 0.001 <= found[0] < found[1] <= ends[1] + 0.001
        assert found[1] - found[0] == pytest.approx(max(NARROWEST_S, (high - low) * factor), abs=0.002)


def test_zooming_keeps_the_middle_and_panning_moves_by_half_a_view():
    assert moved((100.0, 200.0), ENDS, 0.5) == (125.0, 175.0)
    assert moved((100.0, 200.0), ENDS, 2.0) == (50.0, 250.0)
    assert moved((100.0, 200.0), ENDS, 1.0, 0.5) == (150.0, 250.0)
    assert moved((10.0, 110.0), ENDS, 1.0, -0.5) == (0.0, 100.0)
    assert moved((0.0, 14_000.0), ENDS, 2.0) is None
