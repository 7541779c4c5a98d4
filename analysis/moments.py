"""What happened besides messages: marks, gaps and pauses, as offsets in a session."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mark:
    """A moment that somebody marked during the recording."""

    offset_s: float
    at_ns: int
    text: str


@dataclass(frozen=True)
class Span:
    """A stretch of a session: a gap or a pause. One that never ended lasts until the session's end."""

    start_s: float
    end_s: float
    text: str = ""

    @property
    def duration_s(self) -> float:
        """Never negative."""
        return max(0.0, self.end_s - self.start_s)
