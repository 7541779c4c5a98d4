"""A player on a clock that moves only when told to, and a publisher that does as it is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.clock import ManualClock
from replay.player import Player
from tests.fakes import FakePublisher, FakeSource
from tests.replay.playing import BEGIN


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(BEGIN)


@pytest.fixture
def publisher(clock: ManualClock) -> FakePublisher:
    return FakePublisher(clock)


@pytest.fixture
def source(clock: ManualClock) -> FakeSource:
    return FakeSource(clock)


@pytest.fixture
def player(clock: ManualClock) -> Iterator[Player]:
    player = Player(clock)
    yield player
    if player.status().active:
        player.stop()
