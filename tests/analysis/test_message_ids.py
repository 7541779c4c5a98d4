"""A set of message ids behaves like a sorted set of numbers, in a bit for each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.message_ids import MessageIds


@given(st.lists(st.integers(0, 3_000)), st.lists(st.integers(0, 3_000)), st.integers(1, 50))
def test_it_is_what_a_sorted_set_is(first: list[int], more: list[int], size: int) -> None:
    ids = MessageIds(first)
    ids.update(more)
    expected = sorted({*first, *more})
    assert list(ids) == expected
    assert len(ids) == len(expected)
    assert bool(ids) == bool(expected)
    assert [one for piece in ids.pieces(size) for one in piece] == expected
    assert all(len(piece) <= size for piece in ids.pieces(size))
    if expected:
        assert (ids.first, ids.last) == (expected[0], expected[-1])


def test_without_an_id_there_is_no_first_one() -> None:
    for end in ("first", "last"):
        with pytest.raises(IndexError):
            getattr(MessageIds(), end)
