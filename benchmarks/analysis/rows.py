"""What was measured of the analysis: one row per session length, and how it is read back."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Took:
    """One step, once."""

    seconds: float
    """By the clock."""
    cpu_s: float
    """Of the process: what it would take if nobody else used the machine."""
    peak_bytes: int = 0
    """What it added to the memory in use, at its peak; 0 where that cannot be known."""


@dataclass(slots=True)
class AnalysisRow:
    """One session, over all rounds."""

    messages: int
    steps: dict[str, list[Took]] = field(default_factory=dict)
    """By name, in the order in which they are run."""

    def seconds(self, *names: str) -> float:
        """The median of these steps together, by the clock."""
        return sum(statistics.median(took.seconds for took in self.steps[name]) for name in names)

    def cpu_s(self, *names: str) -> float:
        """The same of the time that the process computed."""
        return sum(statistics.median(took.cpu_s for took in self.steps[name]) for name in names)

    def peak_bytes(self, name: str) -> int:
        """The largest of all rounds."""
        return max(took.peak_bytes for took in self.steps[name])


def analysis_row(found: dict[str, Any]) -> AnalysisRow:
    """From its JSON form."""
    return AnalysisRow(
        found["messages"], {name: [Took(**one) for one in took] for name, took in found["steps"].items()}
    )
