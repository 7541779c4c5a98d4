"""What was measured: runs, their medians, and the JSON file they are kept in."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from benchmarks.analysis.rows import AnalysisRow, analysis_row
from benchmarks.machine import Machine
from benchmarks.replays.rows import MemoryRow, RateRow, TimingRow, memory_row, rate_row, timing_row


class Way(StrEnum):
    """How the messages come to a contender."""

    FLOW = "flow"
    """While they are published, as fast as the broker confirms them."""
    BACKLOG = "backlog"
    """The contender is stopped while they are published, and the time runs from when it goes on. The broker need not
    take and give at the same time then, so it limits the contender less."""


@dataclass(frozen=True, slots=True)
class Case:
    """What all contenders are given in turn."""

    load: str
    """A payload's size in bytes, or `real`."""
    qos: int
    """Of the subscription; it is always published at QoS 1."""
    way: Way = Way.BACKLOG
    window: int = 1000
    """How many messages the broker sends without acknowledgement (max_inflight_messages)."""
    queue: int = 100_000
    """How many more it holds for a subscriber before it drops some (max_queued_messages)."""


@dataclass(frozen=True, slots=True)
class Run:
    """One contender, one load, once."""

    published: int
    """Messages that the broker confirmed to the generator."""
    recorded: int
    """Messages found afterwards."""
    seconds: float
    """From the first message published (a backlog: from when the contender goes on) until the last one recorded is in
    its place."""
    publish_s: float
    """From the first message published until the broker confirmed the last one."""
    cpu_us: float
    """User and system time, microseconds for each message recorded."""
    own_core: float
    """The part of one core that the contender used while messages came."""
    broker_core: float
    """The same of the broker."""
    peak_bytes: int
    disk_bytes: int

    @property
    def rate(self) -> float:
        """Messages recorded in a second."""
        return self.recorded / self.seconds

    @property
    def lost(self) -> int:
        """Confirmed by the broker, and not recorded."""
        return self.published - self.recorded


@dataclass(slots=True)
class Row:
    """A contender in a case, over all rounds."""

    case: Case
    contender: str
    keeps: str = ""
    runs: list[Run] = field(default_factory=list)
    problem: str = ""
    """Why there are no figures, or why a run is missing."""

    def median(self, of: Callable[[Run], float]) -> float:
        """The median over the runs; there must be one."""
        return statistics.median(of(run) for run in self.runs)


@dataclass(frozen=True, slots=True)
class LongRun:
    """One long recording at a steady pace: whether its memory is flat."""

    rate: float
    """Messages published in a second."""
    run: Run
    resident_bytes: tuple[int, ...]
    """Memory in use while messages came, in equal steps of time."""

    def growth_bytes(self) -> int:
        """How much more is in use in the last quarter than in the second one: positive for what never stops growing."""
        quarter = len(self.resident_bytes) // 4
        if quarter == 0:
            return 0
        second, last = self.resident_bytes[quarter : 2 * quarter], self.resident_bytes[-quarter:]
        return int(statistics.median(last) - statistics.median(second))


@dataclass(slots=True)
class Report:
    """One benchmark run."""

    machine: Machine
    capture: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What was left out, and why."""
    long_run: LongRun | None = None
    replay_timing: list[TimingRow] = field(default_factory=list)
    replay_rates: list[RateRow] = field(default_factory=list)
    replay_memory: list[MemoryRow] = field(default_factory=list)
    analysis: list[AnalysisRow] = field(default_factory=list)

    def row(self, case: Case, contender: str) -> Row | None:
        """The row with figures of this contender, None if there is none."""
        return next((row for row in self.capture if (row.case, row.contender) == (case, contender) and row.runs), None)


def save(report: Report, path: Path) -> None:
    """Writes it as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(report), indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> Report:
    """What `save` wrote."""
    found = json.loads(path.read_text("utf-8"))
    machine = found["machine"]
    long_run = found["long_run"]
    return Report(
        machine=Machine(**{**machine, "packages": tuple(machine["packages"])}),
        capture=[_row(row) for row in found["capture"]],
        notes=found["notes"],
        long_run=None
        if long_run is None
        else LongRun(long_run["rate"], Run(**long_run["run"]), tuple(long_run["resident_bytes"])),
        replay_timing=[timing_row(row) for row in found.get("replay_timing", ())],
        replay_rates=[rate_row(row) for row in found.get("replay_rates", ())],
        replay_memory=[memory_row(row) for row in found.get("replay_memory", ())],
        analysis=[analysis_row(row) for row in found.get("analysis", ())],
    )


def _row(found: dict[str, Any]) -> Row:
    return Row(
        **{
            **found,
            "case": Case(**{**found["case"], "way": Way(found["case"]["way"])}),
            "runs": [Run(**run) for run in found["runs"]],
        }
    )
