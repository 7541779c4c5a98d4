"""Whatever is left out of a series, its extremes, its ends and its last state remain, and nothing is invented."""

from __future__ import annotations

from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import thinning
from analysis.thinning import Bar, Point, StateBars, Thinned


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thinning, "BUCKETS", 5)
    monkeypatch.setattr(thinning, "MOST_POINTS", 8)
    monkeypatch.setattr(thinning, "MOST_BARS", 8)


OFFSETS = st.integers(-20, 120).map(lambda tenths: tenths / 10)
POINTS = st.lists(st.tuples(OFFSETS, st.integers(-5, 5).map(float)), max_size=60)


def bucket(point: Point) -> int:
    return min(4, max(0, int(point.offset_s // 2)))


@given(POINTS)
def test_extremes_and_ends_of_every_bucket_remain(values: list[tuple[float, float]]) -> None:
    points = [Point(offset, value, number) for number, (offset, value) in enumerate(values)]
    thinned = Thinned(0.0, 10.0)
    for point in points:
        thinned.add(point)
    kept = thinned.points()
    assert thinned.count == len(points)
    assert set(kept) <= set(points)
    assert [one.offset_s for one in kept] == sorted(one.offset_s for one in kept)
    if len(points) <= 8:
        assert sorted(kept) == sorted(points)
        assert not thinned.thinned
        return
    assert len(kept) <= 4 * 5
    for number in {bucket(point) for point in points}:
        before = [point for point in points if bucket(point) == number]
        after = [point for point in kept if bucket(point) == number]
        for measure in (
            lambda one: one.value,
            lambda one: -one.value,
            lambda one: one.offset_s,
            lambda one: -one.offset_s,
        ):
            assert min(map(measure, before)) == min(map(measure, after))


STATES = st.lists(st.tuples(st.integers(0, 40), st.sampled_from("ABC")), max_size=60)


@given(STATES)
def test_states_last_until_they_change(values: list[tuple[int, str]]) -> None:
    """Where bars were merged, what lies between them is only unclear, never wrong."""
    values = sorted(values, key=lambda one: one[0])
    bars = StateBars(0.0, 10.0)
    for number, (tenths, state) in enumerate(values):
        bars.add(tenths / 4, state, number)
    found = bars.bars()
    assert len(found) <= 8
    assert bars.count == len(values)
    changes = [next(group) for _, group in groupby(enumerate(values), key=lambda one: one[1][1])]
    exact = [Bar(tenths / 4, state, number) for number, (tenths, state) in changes]
    if len(exact) <= 8:
        assert found == exact
        assert not bars.merged
        return
    assert all(bar in exact for bar in found if bar.state is not None)
    for bar, after in pairwise([*found, Bar(1e9, "end", 0)]):
        inside = {one.state for one in exact if bar.offset_s <= one.offset_s < after.offset_s and one.id >= bar.id}
        assert bar.state is None or inside <= {bar.state}
    assert found[-1].state in (None, values[-1][1])


def test_a_state_that_lasts_after_quick_changes_is_seen() -> None:
    bars = StateBars(0.0, 100.0)
    for number in range(50):
        bars.add(number / 1000, "AB"[number % 2], number)
    bars.add(0.05, "A", 50)
    assert bars.merged
    assert bars.bars()[-1] == Bar(0.05, "A", 50)
