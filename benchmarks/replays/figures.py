"""From moments of arrival to figures: how late messages were at the subscriber, and whether that grew."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

ENDS: Final = 100
"""Drift compares the medians of so many first and last messages."""


@dataclass(frozen=True, slots=True)
class Lateness:
    """Of one replay at its original speed, at the subscriber. Milliseconds."""

    messages: int
    missing: int
    """Of those planned, not found at the subscriber in their order."""
    p50_ms: float
    p99_ms: float
    max_ms: float
    drift_ms: float
    """How much later the last messages were than the first ones."""


def lateness(due_ns: Sequence[int], arrived_ns: Sequence[int], missing: int) -> Lateness:
    """Of messages that arrived, in order. The most punctual one counts as in time.

    For nobody knows from outside when a replay began; and what is the same for all messages, the way through the
    broker, is no error of timing. Raises ValueError without any message.
    """
    late = [arrived - due for due, arrived in zip(due_ns, arrived_ns, strict=True)]
    best = min(late)
    errors = [(one - best) / 1e6 for one in late]
    half = min(ENDS, len(errors) // 2) or 1
    ordered = sorted(errors)
    return Lateness(
        messages=len(errors),
        missing=missing,
        p50_ms=percentile(ordered, 50),
        p99_ms=percentile(ordered, 99),
        max_ms=ordered[-1],
        drift_ms=statistics.median(errors[-half:]) - statistics.median(errors[:half]),
    )


def percentile(ordered: Sequence[float], percent: int) -> float:
    """What so many percent do not exceed (nearest rank)."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def in_order(planned: Sequence[int], found: Sequence[int]) -> list[tuple[int, int]]:
    """Which planned fingerprint was found where: pairs of places, both ascending; others are missing or foreign."""
    pairs, at = [], 0
    for place, fingerprint in enumerate(planned):
        try:
            at = found.index(fingerprint, at)
        except ValueError:
            continue
        pairs.append((place, at))
        at += 1
    return pairs
