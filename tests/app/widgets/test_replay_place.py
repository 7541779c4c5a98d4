"""The places of the slider, and the marks below it."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.widgets.replay_place import MOST_STOPS, position_words, stops_of, strip_html
from replay.marks import Mark


@given(st.floats(0, 1e6), st.floats(0.001, 1e7))
def test_the_slider_reaches_both_ends_in_steps_that_a_hand_can_choose(start_s: float, span_s: float):
    end_s = start_s + span_s
    stops = stops_of(start_s, end_s)
    assert (stops[0], stops[-1]) == (start_s, end_s)
    assert all(before < after for before, after in pairwise(stops))
    assert len(stops) <= MOST_STOPS + 2
    assert all(isinstance(stop, float) for stop in stops)


def test_between_its_ends_the_places_are_round():
    assert stops_of(0.13, 0.55) == [0.13, 0.2, 0.3, 0.4, 0.5, 0.55]
    assert stops_of(7.0, 3_607.0)[:3] == [7.0, 10.0, 20.0]


def test_a_place_is_named_as_exactly_as_it_can_be_chosen():
    assert [position_words(seconds) for seconds in (0.0, 61.25, 3_723.96)] == ["0:00.0", "1:01.2", "1:02:03.9"]


def test_a_mark_stands_at_its_place_and_has_the_room_up_to_the_next_one():
    html = strip_html((Mark(20, "order sent"), Mark(30, "gripper jams")), 10.0, 50.0)
    assert "left:min(25.00%" in html
    assert "max-width:25.00%" in html
    assert "left:min(50.00%" in html
    assert "max-width:50.00%" in html
    assert 'title="0:20.0  order sent"' in html


def test_the_text_of_a_mark_is_no_markup():
    html = strip_html((Mark(1, '<img src=x onerror=alert(1)>" style="x'),), 0.0, 2.0)
    assert "<img" not in html
    assert '" style="x' not in html
