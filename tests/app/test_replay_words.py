"""How far a replay is, in words."""

from __future__ import annotations

import pytest

from app.replay_words import published_of, share_of, speeds_of, where
from replay.status import ReplayStatus


@pytest.mark.parametrize(
    ("passes", "words", "published"),
    [
        (1, "0:45 of 1:00", "130 of 150"),
        (3, "0:45 of 1:00, loop 3 of 3", "130 of 150"),
        (None, "0:45 of 1:00, loop 3", "130"),
    ],
)
def test_the_share_is_that_of_the_loop_and_grows_within_it(passes: int | None, words: str, published: str):
    """Of loops without an end nothing is planned for all of them: a share of that would go back with each."""
    status = ReplayStatus(
        planned=150, published=130, pass_number=2, passes=passes, start_s=30, position_s=45, duration_s=60
    )
    assert (where(status), published_of(status), share_of(status)) == (words, published, 0.5)


@pytest.mark.parametrize(
    ("speeds", "words"),
    [
        ([1.0], "1x"),
        ([1.0, 10.0, None], "1x, then 10x, then max"),
        ([1.0, 2.0, 4.0, 8.0, 4.0, 2.0, None], "1x, then 2x, then 3 others, then 2x, then max"),
    ],
)
def test_all_speeds_are_told_of_many_the_first_and_the_last_ones(speeds: list[float | None], words: str):
    assert speeds_of(speeds) == words
