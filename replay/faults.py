"""Faults on purpose: what is done to a replay so that its receivers can be tested."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """What goes wrong."""

    DROP = "drop"
    DELAY = "delay"
    DUPLICATE = "duplicate"
    REORDER = "reorder"
    CORRUPT = "corrupt"
    OUTAGE = "outage"


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault, and which messages it hits."""

    kind: FaultKind
    topic: str = "#"
    """A topic filter."""
    probability: float = 1.0
    """Above 0, at most 1; for each matching message. Without meaning for an outage."""
    seconds: float = 0.0
    """DELAY: by how much, in the session's time. OUTAGE: how long, in real time."""
    at_s: float | None = None
    """OUTAGE: seconds since the session's start."""
