"""Figures have the room that they need."""

from __future__ import annotations

from app.widgets.metrics import NARROWEST, columns_for, width_for


def test_short_figures_share_a_row():
    assert width_for([]) == width_for(["7", "1,234,567", "2.2 MB"]) == NARROWEST


def test_all_figures_are_as_wide_as_the_longest_needs():
    assert width_for(["7", "1,227 of 1,227"]) > width_for(["7", "123.4 msg/s"]) > NARROWEST


def test_six_durations_still_fit_beside_the_sidebar_of_a_window_of_1280_pixels():
    """The page has 900 pixels there; the gaps take 8 each."""
    assert 6 * width_for(["59 min 59 s", "123.4 msg/s", "23 h 59 min"]) + 5 * 8 <= 900


def test_a_long_label_has_room_too():
    assert width_for(["7"], {"Queue and lag behind it": True}) > width_for(["7"], {"Queue and lag behind it": False})
    assert width_for(["7"], {"Messages": True, "Out of order": True}) == NARROWEST


def test_figures_fill_their_rows():
    assert [columns_for(count) for count in (0, 1, 4, 6, 7, 9, 10)] == [1, 1, 4, 6, 4, 5, 5]
