"""A recorder with a clock that a test moves, and a source that hands on what the test emits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from core.clock import ManualClock
from recorder.recorder import Recorder
from tests.fakes import FakeSource

START_NS: Final = 1_795_248_900_000_000_000
"""2026-11-21 08:15:00 UTC."""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START_NS)


@pytest.fixture
def source(clock: ManualClock) -> FakeSource:
    return FakeSource(clock)


@pytest.fixture
def recorder(tmp_path: Path, clock: ManualClock) -> Iterator[Recorder]:
    """Ended with the test."""
    recorder = Recorder(tmp_path, clock)
    yield recorder
    if recorder.status().active:
        recorder.stop()
