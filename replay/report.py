"""Was the replay faithful?"""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class TimingError:
    """How late messages were published against their due time, in milliseconds; all 0 at speed `max`."""

    p50: float = 0.0
    p99: float = 0.0
    max: float = 0.0


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """The outcome of one replay."""

    planned: int
    published: int
    confirmed: int
    failed: int
    reconnects: int
    duration_seconds: float
    timing_error_ms: TimingError
    drift_ms: float
    """How much later the last messages were, against their due time, than the first ones."""
    faithful: bool
    reason: str
    """Why it is not faithful, as a sentence; empty if it is."""

    def to_json(self) -> dict[str, object]:
        """As `session-manager replay --report` writes it."""
        return asdict(self)
