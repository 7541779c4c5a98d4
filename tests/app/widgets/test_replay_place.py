"""The places of the slider."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.widgets.replay_place import MOST_STOPS, position_words, stops_of


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
