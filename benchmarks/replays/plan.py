"""Which replays are run, and how many messages each has."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.broker import BenchmarkBroker
from benchmarks.load import REAL, real_recordings
from benchmarks.measuring import MeasurementError
from benchmarks.replays.contenders import FASTEST, TIMED, Replayer
from benchmarks.replays.memory import measure_memory
from benchmarks.replays.messages import planned
from benchmarks.replays.rows import MemoryRow, RateRow, TimingRow
from benchmarks.replays.run import measure_rate, measure_timing

SMALL: Final = "200"
RATE: Final = 300.0
"""Messages in a second at the original speed: what the bar speaks of."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """How much is run."""

    loads: tuple[str, ...]
    timed_s: float
    """Seconds of a session at its original speed."""
    seconds: float
    """About how long each is kept busy as fast as it can."""
    rounds: int
    lengths: tuple[int, ...]
    """Messages of the sessions whose replays' memory is measured, once each: the first is the short one."""


STANDARD: Final = ReplayPlan((SMALL, REAL), timed_s=20.0, seconds=2.0, rounds=2, lengths=(20_000, 300_000))
QUICK: Final = ReplayPlan((SMALL,), timed_s=5.0, seconds=1.0, rounds=1, lengths=(20_000, 100_000))


def measure(plan: ReplayPlan, broker: BenchmarkBroker, folder: Path, say: Say) -> tuple[list[TimingRow], list[RateRow]]:
    """The rows of the tables of timing and of speed."""
    loads = [load for load in plan.loads if load != REAL or real_recordings() is not None]
    timing = [TimingRow(load, one.name, RATE) for load in loads for one in TIMED]
    rates = [RateRow(load, one.name) for load in loads for one in FASTEST]
    for number in range(plan.rounds):
        for row, replayer in zip(timing, TIMED * len(loads), strict=True):
            say(f"round {number + 1}: {row.load}, {RATE:g}/s: {row.contender}")
            messages = planned(row.load, int(RATE * plan.timed_s), RATE)
            _try(row, replayer, folder, partial(measure_timing, broker, replayer, messages))
        for rate, replayer in zip(rates, FASTEST * len(loads), strict=True):
            say(f"round {number + 1}: {rate.load}, as fast as possible: {rate.contender}")
            count, name = int(replayer.pace * plan.seconds), rate.load
            _try(rate, replayer, folder, partial(measure_rate, broker, replayer, name, count))
    return timing, rates


def measure_lengths(plan: ReplayPlan, broker: BenchmarkBroker, folder: Path, say: Say) -> list[MemoryRow]:
    """The rows of the table of memory."""
    rows = [MemoryRow(length) for length in plan.lengths]
    for row in rows:
        say(f"memory of a replay of {row.messages:,} messages")
        _run(row, folder, partial(measure_memory, broker, row.messages))
    return rows


def _try(row: TimingRow | RateRow, replayer: Replayer, folder: Path, run: Callable[[Path], object]) -> None:
    row.problem = replayer.why_not()
    if not row.problem:
        _run(row, folder, run)


def _run(row: TimingRow | RateRow | MemoryRow, folder: Path, run: Callable[[Path], object]) -> None:
    at = Path(tempfile.mkdtemp(prefix="replay-", dir=folder))
    try:
        row.runs.append(run(at))  # type: ignore[arg-type]  # of the row's own kind
    except (MeasurementError, ValueError) as problem:
        row.problem = str(problem)
    finally:
        shutil.rmtree(at)
