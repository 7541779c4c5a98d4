"""A Gantt figure shows each bar once, in its lane and colour, and no text of it as markup."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.figure_style import GAP_COLOUR
from analysis.gantt import LABELLED_BARS, MOST_ROWS, GanttBar, clicked, colours_of, gantt_figure
from analysis.moments import Happenings, Mark, Span
from core.errors import UsageError
from tests.analysis.sessions import SECOND, START_NS


def bar(lane: str = "HBW", start_s: float = 0, end_s: float = 1, **fields: object) -> GanttBar:
    given: dict[str, object] = {"label": "DROP", "category": "handling", **fields}
    return GanttBar(lane, start_ns=START_NS + round(start_s * SECOND), end_ns=START_NS + round(end_s * SECOND), **given)  # type: ignore[arg-type]


def test_a_bar_begins_and_lasts_as_long_as_what_it_shows():
    (trace,) = gantt_figure([bar(start_s=2, end_s=5.5)], "Europe/Berlin").data
    assert str(trace.base[0]) == "2026-08-07T11:11:29.000000"
    assert list(trace.x) == [3_500]


def test_lanes_are_in_the_order_asked_for_and_an_empty_one_is_kept():
    figure = gantt_figure([bar("C"), bar("B")], lanes=["A", "B"])
    assert list(figure.layout.yaxis.ticktext) == ["A", "B", "C"]


def test_what_overlaps_in_a_lane_is_drawn_in_rows_below_each_other():
    figure = gantt_figure([bar("A", 0, 2), bar("A", 1, 3), bar("A", 2, 4), bar("B", 0, 9)])
    (trace,) = figure.data
    assert list(trace.y) == [0, 1, 0, 2]
    assert list(figure.layout.yaxis.tickvals) == [0.5, 2]


def test_categories_share_a_colour_and_a_legend_names_them():
    figure = gantt_figure(
        [bar(category="a"), bar(category="b"), bar(category="a")],
        colour_of={"a": "#111111", "b": "#222222"}.__getitem__,
    )
    assert [(trace.name, trace.marker.color, len(trace.x)) for trace in figure.data] == [
        ("a", "#111111", 2),
        ("b", "#222222", 1),
    ]
    assert colours_of(figure) == [("a", "#111111", 1.0), ("b", "#222222", 1.0)]
    assert colours_of(gantt_figure([bar()])) == []


def test_the_bars_have_the_height_of_the_figure_for_themselves():
    """A legend inside of it covers them on a phone, where it needs more than one line."""
    assert not gantt_figure([bar(), bar(category="other")]).layout.showlegend


def test_a_failed_one_is_hatched_and_framed():
    (trace,) = gantt_figure([bar(), bar(start_s=2, end_s=3, marked=True)]).data
    assert list(trace.marker.pattern.shape) == ["", "/"]
    assert list(trace.marker.line.width) == [0, 2]
    assert trace.marker.line.color == GAP_COLOUR


def test_times_in_which_nothing_was_done_are_pale_in_the_legend_too():
    (_, _, waiting), (_, _, working) = colours_of(
        gantt_figure([bar(faint=True, category="Waiting"), bar(start_s=2, end_s=3)])
    )
    assert waiting < working == 1


def test_gaps_are_drawn_and_the_lanes_stay_apart():
    figure = gantt_figure([bar("A"), bar("B", end_s=9)], shown=Happenings(gaps=(Span(2.0, 4.0),)), origin_ns=START_NS)
    assert [shape.type for shape in figure.layout.shapes] == ["rect", "line"]


def test_what_happened_before_the_first_bar_and_after_the_last_is_not_drawn_at_the_edge():
    marks = tuple(Mark(at_s, START_NS + round(at_s * SECOND), f"at {at_s}") for at_s in (1.0, 5.0, 30.0))
    bars = [bar("A", 3, 9)]
    figure = gantt_figure(bars, shown=Happenings(marks=marks), origin_ns=START_NS)
    assert [(shape.type, shape.x0) for shape in figure.layout.shapes] == [("line", "2026-08-07T09:11:32.000000")]
    (label,) = figure.layout.annotations
    assert label.hovertext.startswith("at 5.0")
    plain = gantt_figure(bars)
    assert figure.layout.height - figure.layout.margin.t >= plain.layout.height - plain.layout.margin.t


def test_a_click_tells_the_message():
    (trace,) = gantt_figure([bar(message_id=7), bar(start_s=3, end_s=4)]).data
    clicks = [clicked({"selection": {"points": [{"customdata": list(data)}]}}) for data in trace.customdata]
    assert clicks == [7, None]


@pytest.mark.parametrize(
    "selection", [None, {}, {"selection": {}}, {"selection": {"points": []}}, {"selection": {"points": [{}]}}]
)
def test_no_click_is_no_message(selection):
    assert clicked(selection) is None


def test_many_bars_have_no_labels_in_them():
    few, many = ([bar(start_s=n, end_s=n + 1) for n in range(count)] for count in (LABELLED_BARS, LABELLED_BARS + 1))
    assert gantt_figure(few).data[0].text[0] == "DROP"
    assert gantt_figure(many).data[0].text is None


def test_an_unknown_zone_is_refused():
    with pytest.raises(UsageError):
        gantt_figure([], "Mars")


def test_names_are_text():
    hostile = "<b onclick=x>"
    (trace,) = gantt_figure([bar(hostile, label=hostile, category=hostile, detail=hostile)]).data
    assert hostile not in str(trace.to_plotly_json())


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 50), st.integers(0, 20))))
def test_no_two_bars_lie_over_each_other_until_a_lane_is_full(given):
    bars = [bar(lane, start, start + length) for lane, start, length in given]
    figure = gantt_figure(bars)
    rows = list(figure.data[0].y) if bars else []
    by_row: dict[int, list[GanttBar]] = {}
    for one, row in zip(bars, rows, strict=True):
        by_row.setdefault(row, []).append(one)
    for members in by_row.values():
        assert len({one.lane for one in members}) == 1
        lane_rows = {row for one, row in zip(bars, rows, strict=True) if one.lane == members[0].lane}
        members.sort(key=lambda one: (one.start_ns, one.end_ns))
        apart = all(first.end_ns <= second.start_ns for first, second in itertools.pairwise(members))
        assert apart or len(lane_rows) == MOST_ROWS
