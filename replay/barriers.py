"""Barriers: places where a replay waits for whoever receives it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class BarrierKind(StrEnum):
    """What a barrier waits for."""

    MESSAGE = "message"
    QUIET = "quiet"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Barrier:
    """One place, or several, where the replay waits. One of `at_s`, `before` and `after` is given."""

    until: BarrierKind
    at_s: float | None = None
    """Seconds since the session's start."""
    before: str = ""
    """A topic filter: before every message that it matches."""
    after: str = ""
    """A topic filter: after every message that it matches."""
    topic: str = "#"
    """MESSAGE: where a message must come. QUIET: where none may come. The replay's own do not count."""
    quiet_s: float = 1.0
    timeout_s: float = 60.0
    """Then the replay has failed."""
