"""What happened during a session besides messages: marks, gaps, pauses, warnings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class EventKind(StrEnum):
    """The kinds of events."""

    MARK = "mark"
    GAP_START = "gap_start"
    GAP_END = "gap_end"
    PAUSE = "pause"
    RESUME = "resume"
    STATE = "state"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a session."""

    at_ns: int
    """Nanoseconds since the epoch, UTC."""
    kind: EventKind
    text: str = ""
    data: Mapping[str, object] | None = None
    """More about it, as a JSON object."""
