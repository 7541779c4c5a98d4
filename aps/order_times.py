"""How long the steps of orders take, and how long orders wait for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

from aps.order_bars import Doing, doing
from aps.order_values import Order, Step


@dataclass(frozen=True)
class StepTimes:
    """All steps of one name: `DRILL.PICK`, `HBW>DRILL`. Seconds."""

    name: str
    doing: Doing
    count: int
    """Of those that began and ended."""
    failed: int
    median_s: float
    shortest_s: float
    longest_s: float
    waited_median_s: float
    waited_longest_s: float
    waited_total_s: float


@dataclass
class _Times:
    doing: Doing
    failed: int = 0
    durations: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)


def step_times(orders: Iterable[Order]) -> list[StepTimes]:
    """A row for each name, in the order in which the steps first come; steps that did not end are left out."""
    found: dict[str, _Times] = {}
    for order in orders:
        for step in order.steps:
            if step.duration_s is not None:
                times = found.setdefault(step.name, _Times(doing(step)))
                _count(times, step, step.duration_s)
    return [_row(name, times) for name, times in found.items()]


def _count(times: _Times, step: Step, duration_s: float) -> None:
    times.failed += step.failed
    times.durations.append(duration_s)
    times.waits.append(step.waited_s)


def _row(name: str, times: _Times) -> StepTimes:
    return StepTimes(
        name=name,
        doing=times.doing,
        count=len(times.durations),
        failed=times.failed,
        median_s=median(times.durations),
        shortest_s=min(times.durations),
        longest_s=max(times.durations),
        waited_median_s=median(times.waits),
        waited_longest_s=max(times.waits),
        waited_total_s=sum(times.waits),
    )
