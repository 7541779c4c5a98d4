"""Lanes: the busiest topics get one each, and no message is left out."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from analysis.lanes import OTHER_TOPICS, SPARE, Lane, plan_lanes

COUNTS = st.dictionaries(st.text(min_size=1, max_size=3), st.integers(1, 9), max_size=12)


@given(COUNTS, st.integers(1, 11), st.booleans())
def test_every_topic_has_a_lane_and_the_lanes_add_up(counts: dict[str, int], limit: int, grouped: bool) -> None:
    plan = plan_lanes(pd.Series(counts, dtype="int64"), limit, (lambda topic: topic[0]) if grouped else None)
    assert set(plan.position_of) == set(counts)
    assert len(plan.lanes) <= limit + limit // SPARE
    for position, lane in enumerate(plan.lanes):
        members = [topic for topic, place in plan.position_of.items() if place == position]
        assert lane.topics == len(members)
        assert lane.messages == sum(counts[topic] for topic in members)
    names = [lane.name for lane in plan.lanes if not lane.rest]
    assert names == sorted(names)
    assert all(not lane.rest for lane in plan.lanes[:-1])


@given(COUNTS, st.integers(2, 5))
def test_no_topic_in_the_rest_is_busier_than_one_with_its_own_lane(counts: dict[str, int], limit: int) -> None:
    plan = plan_lanes(pd.Series(counts, dtype="int64"), limit)
    rest = [counts[topic] for topic, place in plan.position_of.items() if plan.lanes[place].rest]
    own = [lane.messages for lane in plan.lanes if not lane.rest]
    assert max(rest, default=0) <= min(own, default=0)
    assert bool(plan.note) == bool(rest)


def test_the_rest_is_the_last_lane_and_is_said() -> None:
    plan = plan_lanes(pd.Series({"z": 9, "a": 5, "m": 2, "n": 1}), 3)
    assert plan.lanes == (Lane("a", 5, 1), Lane("z", 9, 1), Lane(OTHER_TOPICS, 3, 2, rest=True))
    assert plan.note == "The 2 busiest of 4 topics have a lane each; the other 2 share the last one."


def test_few_more_topics_than_the_limit_have_a_lane_each_all_the_same() -> None:
    """To merge them would save no room."""
    assert len(plan_lanes(pd.Series({f"t/{n}": 1 for n in range(44)}), 40).lanes) == 44
    assert plan_lanes(pd.Series({f"t/{n}": 1 for n in range(44)}), 40).note == ""
    assert len(plan_lanes(pd.Series({f"t/{n}": 1 for n in range(45)}), 40).lanes) == 40


def test_categories_share_lanes() -> None:
    plan = plan_lanes(
        pd.Series({"m/1": 2, "m/2": 3, "f/1": 1}), 40, lambda topic: {"m": "Module", "f": "FTS"}[topic[0]]
    )
    assert plan.lanes == (Lane("FTS", 1, 1), Lane("Module", 5, 2))
    assert plan.position_of == {"m/1": 1, "m/2": 1, "f/1": 0}
    assert plan.note == ""


def test_no_topics_make_no_lanes() -> None:
    assert plan_lanes(pd.Series(dtype="int64"), 40).lanes == ()
