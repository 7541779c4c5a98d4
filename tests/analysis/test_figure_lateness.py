"""The histogram of how late messages were."""

from __future__ import annotations

from analysis.figure_lateness import lateness_figure
from analysis.figure_style import GAP_COLOUR

COLUMNS = ((0.01, 0), (0.02, 0), (0.05, 3), (0.1, 0), (100.0, 1_200), (200.0, 1))


def test_columns_are_named_by_their_upper_end_and_the_empty_beginning_is_left_out() -> None:
    bar = lateness_figure(COLUMNS, 100.0).data[0]
    assert list(bar.x) == ["0.05", "0.1", "100", "200"]
    assert list(bar.y) == [3, 0, 1_200, 1]
    assert list(bar.text) == ["3", "", "1,200", "1"]
    assert list(bar.customdata) == ["0.02", "0.05", "0.1", "100"]


def test_the_first_column_begins_at_zero() -> None:
    assert list(lateness_figure(((0.01, 2), (0.02, 1)), 100.0).data[0].customdata) == ["0", "0.01"]


def test_what_is_later_than_tolerated_stands_out() -> None:
    colours = lateness_figure(COLUMNS, 100.0, "#123456").data[0].marker.color
    assert list(colours) == ["#123456"] * 3 + [GAP_COLOUR]


def test_without_any_message_the_figure_is_empty() -> None:
    assert len(lateness_figure((), 100.0).data[0].x) == 0
