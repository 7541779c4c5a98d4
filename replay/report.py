"""Was the replay faithful?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

TOLERANCE_MS: Final = 100.0
"""The p99 of the timing error up to which a replay is faithful: a tenth of a second is the limit below which people see
something as happening at once. An idle machine stays far below, a busy one with two cores keeps it, and a replay that
cannot keep up exceeds it soon."""


@dataclass(frozen=True, slots=True)
class TimingError:
    """How late messages were published against their due time, in milliseconds; all 0 at speed `max`."""

    p50: float = 0.0
    p99: float = 0.0
    max: float = 0.0


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when a replay has ended."""

    planned: int
    published: int
    confirmed: int
    failed: int
    """Published, but they can no longer be confirmed."""
    refused: int
    """Not published: no broker takes a message on their topic."""
    reconnects: int
    duration_seconds: float
    timing_error_ms: TimingError
    drift_ms: float
    stripped: int = 0
    """Published without the properties they were recorded with."""
    stopped: bool = False
    problem: str = ""
    """Why it failed, as a sentence; empty if it did not."""


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """The outcome of one replay."""

    planned: int
    published: int
    confirmed: int
    failed: int
    """Not confirmed for good, or on a topic that cannot be published to."""
    reconnects: int
    duration_seconds: float
    timing_error_ms: TimingError
    drift_ms: float
    """How much later the last messages were, against their due time, than the first ones."""
    faithful: bool
    reason: str
    """Why it is not faithful, as a sentence; empty if it is."""
    flaws: str
    """The same about what was published until it ended: without that it ended early. Empty if that was faithful."""

    def to_json(self) -> dict[str, object]:
        """As `session-manager replay --report` writes it."""
        return {name: value for name, value in asdict(self).items() if name != "flaws"}


def report_of(facts: Facts) -> ReplayReport:
    """The report with its verdict."""
    flaws = _flaws(facts)
    reason = " ".join([*_ended_early(facts), *flaws])
    return ReplayReport(
        planned=facts.planned,
        published=facts.published,
        confirmed=facts.confirmed,
        failed=facts.failed + facts.refused,
        reconnects=facts.reconnects,
        duration_seconds=round(facts.duration_seconds, 6),
        timing_error_ms=facts.timing_error_ms,
        drift_ms=round(facts.drift_ms, 6),
        faithful=not reason,
        reason=reason,
        flaws=" ".join(flaws),
    )


def _ended_early(facts: Facts) -> list[str]:
    """Why not everything was published, as sentences."""
    reasons = [facts.problem] if facts.problem else []
    if facts.published + facts.refused < facts.planned:
        stopped = "It was stopped after" if facts.stopped else "It published only"
        reasons.append(f"{stopped} {facts.published} of {_messages(facts.planned)}.")
    return reasons


def _flaws(facts: Facts) -> list[str]:
    """What was not faithful about the published messages, as sentences: not confirmed, out of order, or late."""
    reasons = []
    if facts.failed:
        reasons.append(f"{_messages(facts.failed)} could not be delivered.")
    if facts.refused:
        reasons.append(f"{_messages(facts.refused)} could not be published, because the topic is not a valid one.")
    if facts.stripped:
        reasons.append(
            f"{_messages(facts.stripped)} lost MQTT 5 properties on the way out: this broker speaks MQTT 3.1.1 only."
        )
    unconfirmed = facts.published - facts.confirmed - facts.failed
    if unconfirmed > 0:
        reasons.append(f"{_messages(unconfirmed)} may not have arrived: the broker did not confirm.")
    if facts.reconnects:
        reasons.append("The connection was lost in between: messages around that moment came late, or twice.")
    if facts.timing_error_ms.p99 > TOLERANCE_MS:
        reasons.append(
            f"One message in a hundred was {facts.timing_error_ms.p99:.0f} ms late or more; "
            f"up to {TOLERANCE_MS:.0f} ms are tolerated."
        )
    return reasons


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count:,} messages"
