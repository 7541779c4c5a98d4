"""Two sequences side by side: as much as possible in common, everything exactly once, whatever repeats."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import alignment
from analysis.alignment import aligned, common_subsequence

LETTERS = st.lists(st.sampled_from("abcd"), max_size=30)


def place(entry: tuple[int, str]) -> int:
    return entry[0]


def letter(entry: tuple[int, str]) -> str:
    return entry[1]


def itself(entry: int) -> int:
    return entry


def longest(left: list[str], right: list[str]) -> int:
    """The length of the longest common subsequence, by the book."""
    before = [0] * (len(right) + 1)
    for one in left:
        now = [0]
        for column, other in enumerate(right):
            now.append(before[column] + 1 if one == other else max(now[-1], before[column + 1]))
        before = now
    return before[-1]


def check(pairs: list[tuple[int, int]], left: list[str], right: list[str]) -> None:
    assert all(left[one] == right[other] for one, other in pairs)
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(pairs))


@given(LETTERS, LETTERS)
def test_it_is_the_longest(left: list[str], right: list[str]) -> None:
    pairs = common_subsequence(left, right)
    check(pairs, left, right)
    assert len(pairs) == longest(left, right)


@given(LETTERS, LETTERS)
def test_where_too_much_repeats_it_is_still_a_common_subsequence(left: list[str], right: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alignment, "MAX_PAIRS", 10)
        check(common_subsequence(left, right), left, right)


@given(LETTERS, LETTERS, st.sampled_from([1, 2, 5, 100]))
def test_everything_comes_once_and_in_order_however_little_is_looked_at(
    left: list[str], right: list[str], window: int
) -> None:
    pairs = aligned(enumerate(left), enumerate(right), key=letter, at=place, window=window)
    found = list(pairs)
    assert [one for one, _ in found if one is not None] == list(enumerate(left))
    assert [other for _, other in found if other is not None] == list(enumerate(right))
    together = [(one, other) for one, other in found if one is not None and other is not None]
    assert all(one[1] == other[1] for one, other in together)
    if window == 100:
        assert len(together) == longest(left, right)


def test_a_hole_larger_than_what_is_looked_at_is_bridged_by_time() -> None:
    whole = list(range(5_000))
    holed = [*range(500), *range(3_500, 5_000)]
    pairs = aligned(whole, holed, key=itself, at=itself, window=100)
    found = list(pairs)
    assert sum(1 for one, other in found if one is not None and other is not None) == len(holed)
    assert sum(1 for _, other in found if other is None) == 3_000
