"""Collections stay short, because what is here to stay is hidden from the collector."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from app.warm_up import LongCollections


@pytest.fixture(autouse=True)
def unfrozen() -> Iterator[None]:
    """Leaves the collector as it was."""
    yield
    gc.unfreeze()


def collection(relief: LongCollections, seconds: float, generation: int = 2) -> None:
    relief("start", {"generation": generation})
    relief._began -= seconds
    relief("stop", {"generation": generation})


def test_what_survives_a_long_collection_is_hidden() -> None:
    """The next one need not look at it."""
    gc.unfreeze()
    collection(LongCollections(), seconds=1.0)
    assert gc.get_freeze_count() > 1_000


def test_short_and_partial_collections_hide_nothing() -> None:
    """What is hidden is lost to the collector, so it is not done without need."""
    gc.unfreeze()
    relief = LongCollections()
    collection(relief, seconds=0.0)
    collection(relief, seconds=1.0, generation=1)
    assert (relief.hidden, gc.get_freeze_count()) == (0, 0)


def test_it_is_done_a_limited_number_of_times() -> None:
    """A program that runs for weeks must not hide everything that it ever made."""
    relief = LongCollections()
    for _ in range(LongCollections.TIMES + 5):
        collection(relief, seconds=1.0)
    assert relief.hidden == LongCollections.TIMES
