"""What was measured of replays: rows of three tables, and how they are read back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from benchmarks.replays.figures import Lateness


@dataclass(slots=True)
class TimingRow:
    """One replayer at the original speed, over all rounds."""

    load: str
    contender: str
    rate: float
    """Messages in a second, on average."""
    runs: list[Lateness] = field(default_factory=list)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    """One replayer as fast as it can, once with nobody who subscribes and once with the independent subscriber."""

    messages: int
    confirmed: int
    """As it says itself; 0 if it does not."""
    seconds: float
    """Until the last confirmation, with nobody who subscribes; 0 if it does not say so."""
    cpu_us: float
    """User and system time of its process from start to end, microseconds for each message."""
    delivered: int
    """To the subscriber."""
    delivered_s: float
    """From the first to the last one."""

    @property
    def rate(self) -> float:
        """Messages confirmed in a second; 0 if that is not known."""
        return self.confirmed / self.seconds if self.seconds else 0.0

    @property
    def delivered_rate(self) -> float:
        """Messages delivered in a second."""
        return self.delivered / self.delivered_s if self.delivered_s else 0.0


@dataclass(slots=True)
class RateRow:
    """One replayer as fast as it can, over all rounds."""

    load: str
    contender: str
    runs: list[Rate] = field(default_factory=list)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Footprint:
    """The memory of one replay, as fast as it can."""

    confirmed: int
    """Messages."""
    peak_bytes: int


@dataclass(slots=True)
class MemoryRow:
    """The memory of our replays of one length, over all rounds."""

    messages: int
    runs: list[Footprint] = field(default_factory=list)
    problem: str = ""


def timing_row(found: dict[str, Any]) -> TimingRow:
    """From its JSON form."""
    return TimingRow(**{**found, "runs": [Lateness(**run) for run in found["runs"]]})


def rate_row(found: dict[str, Any]) -> RateRow:
    """From its JSON form."""
    return RateRow(**{**found, "runs": [Rate(**run) for run in found["runs"]]})


def memory_row(found: dict[str, Any]) -> MemoryRow:
    """From its JSON form."""
    return MemoryRow(**{**found, "runs": [Footprint(**run) for run in found["runs"]]})
