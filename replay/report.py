"""Was the replay faithful?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Final

from core.timing import Columns, TimingError
from replay.guard import why_mixed
from replay.proof import ForeignTopic, Proof, in_words

__all__ = ["TOLERANCE_MS", "Facts", "Preload", "ReplayReport", "StateChanges", "TimingError", "report_of"]

TOLERANCE_MS: Final = 100.0
"""The p99 of the timing error up to which a replay is faithful: a tenth of a second is the limit below which people see
something as happening at once. An idle machine stays far below, a busy one with two cores keeps it, and a replay that
cannot keep up exceeds it soon."""
OUTAGE: Final = "outage"
"""The fault that cuts the connection on purpose, in `Facts.faults`."""


@dataclass(frozen=True, slots=True)
class Preload:
    """What was sent before the first message."""

    state: str = "none"
    """`none`, `state`, or the folder."""
    messages: int = 0


@dataclass(frozen=True, slots=True)
class StateChanges:
    """What the state before the start deleted, and seeks and the end did, among the messages that the broker stores."""

    seeks: int = 0
    published: int = 0
    deleted: int = 0
    unchanged: int = 0


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
    playing_seconds: float = 0.0
    """Of `duration_seconds`: from when the first message could leave to the last confirmation."""
    stripped: int = 0
    """Published without the properties they were recorded with."""
    unstored: int = 0
    """Published without the retain flag they were recorded with."""
    stopped: bool = False
    problem: str = ""
    """Why it failed, as a sentence; empty if it did not."""
    dropped: int = 0
    """Planned, and left out by a fault on purpose."""
    extra: int = 0
    """Not planned, and published because of a fault on purpose."""
    unproven: int = 0
    """Messages of QoS 0 that were written, but the broker has not shown that it got them."""
    run_id: str = ""
    sessions: tuple[str, ...] = ()
    """Their names, in the order of the playlist."""
    environment: str = ""
    speed: float | None = 1.0
    """At the end; None: as fast as the broker confirms."""
    speeds: tuple[float | None, ...] = ()
    """All at which messages were published, in their order; empty: only `speed`."""
    preload: Preload = field(default_factory=Preload)
    state_changes: StateChanges = field(default_factory=StateChanges)
    transforms: tuple[str, ...] = ()
    """What was changed on the way out, as sentences."""
    faults: Mapping[str, int] = field(default_factory=dict)
    """How many of each kind were done on purpose."""
    barriers: tuple[str, ...] = ()
    """Which were waited at, as sentences."""
    foreign: tuple[ForeignTopic, ...] = ()
    warnings: tuple[str, ...] = ()
    """What should be known, and does not count in the verdict, as sentences."""
    histogram: Columns = ()
    proof: Proof | None = None
    """None: nobody was asked to prove it."""


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """The outcome of one replay. With a proof it is a certificate."""

    planned: int
    published: int
    confirmed: int
    failed: int
    """Not confirmed for good, or on a topic that cannot be published to."""
    reconnects: int
    duration_seconds: float
    playing_seconds: float
    timing_error_ms: TimingError
    drift_ms: float
    """How much later the last messages were, against their due time, than the first ones."""
    faithful: bool
    reason: str
    """Why it is not faithful, as sentences; empty if it is."""
    flaws: str
    """The same about what was published until it ended: without that it ended early. Empty if that was faithful."""
    run_id: str
    sessions: tuple[str, ...]
    environment: str
    speed: float | None
    """At the end."""
    speeds: tuple[float | None, ...]
    """All at which messages were published, in their order, of many the newest ones."""
    preload: Preload
    state_changes: StateChanges
    transforms: tuple[str, ...]
    faults: Mapping[str, int]
    barriers: tuple[str, ...]
    foreign: tuple[ForeignTopic, ...]
    """Others who published on the replayed topics."""
    warnings: tuple[str, ...]
    histogram: Columns
    proof: Proof | None

    def to_json(self) -> dict[str, object]:
        """As `session-manager replay --report` writes it."""
        found = {name: value for name, value in asdict(self).items() if name != "flaws"}
        found["speed"] = _named(self.speed)
        found["speeds"] = [_named(speed) for speed in self.speeds]
        return found


def _named(speed: float | None) -> float | str:
    return "max" if speed is None else speed


def report_of(facts: Facts) -> ReplayReport:
    """The report with its verdict."""
    foreign = facts.foreign if facts.proof is None else facts.proof.foreign
    flaws = [*_flaws(facts), *_on_purpose(facts)]
    if mixed := why_mixed(foreign):
        flaws.append(mixed)
    if facts.proof is not None:
        flaws += facts.proof.reasons(TOLERANCE_MS)
    reason = " ".join([*_ended_early(facts), *flaws])
    return ReplayReport(
        planned=facts.planned,
        published=facts.published,
        confirmed=facts.confirmed,
        failed=facts.failed + facts.refused,
        reconnects=facts.reconnects,
        duration_seconds=round(facts.duration_seconds, 6),
        playing_seconds=round(facts.playing_seconds, 6),
        timing_error_ms=facts.timing_error_ms,
        drift_ms=round(facts.drift_ms, 6),
        faithful=not reason,
        reason=reason,
        flaws=" ".join(flaws),
        run_id=facts.run_id,
        sessions=facts.sessions,
        environment=facts.environment,
        speed=facts.speed,
        speeds=facts.speeds or (facts.speed,),
        preload=facts.preload,
        state_changes=facts.state_changes,
        transforms=facts.transforms,
        faults=dict(facts.faults),
        barriers=facts.barriers,
        foreign=foreign,
        warnings=facts.warnings,
        histogram=facts.histogram,
        proof=facts.proof,
    )


def _ended_early(facts: Facts) -> list[str]:
    """Why not everything was published, as sentences."""
    reasons = [facts.problem] if facts.problem else []
    left = facts.planned + facts.extra - facts.dropped - facts.refused
    if facts.published < left:
        stopped = "It was stopped after" if facts.stopped else "It published only"
        reasons.append(f"{stopped} {facts.published:,} of {in_words(facts.planned)}.")
    return reasons


def _flaws(facts: Facts) -> list[str]:
    """What was not faithful about the published messages, as sentences: not confirmed, out of order, or late."""
    reasons = []
    if seeks := facts.state_changes.seeks:
        times = "once" if seeks == 1 else f"{seeks} times"
        reasons.append(f"It was moved to another position {times}: messages were left out, or came again.")
    if facts.failed:
        reasons.append(f"{in_words(facts.failed)} could not be delivered.")
    if facts.refused:
        reasons.append(f"{in_words(facts.refused)} could not be published, because the topic is not a valid one.")
    if facts.unstored:
        reasons.append(f"{in_words(facts.unstored)} lost the retain flag on the way out: this broker stores none.")
    if facts.stripped:
        reasons.append(
            f"{in_words(facts.stripped)} lost MQTT 5 properties on the way out: this broker speaks MQTT 3.1.1 only."
        )
    unconfirmed = facts.published - facts.confirmed - facts.failed
    if unconfirmed > 0:
        reasons.append(f"{in_words(unconfirmed)} may not have arrived: the broker did not confirm.")
    if facts.unproven:
        reasons.append(
            f"{in_words(facts.unproven)} of QoS 0 may not have arrived: the broker did not answer after the last one."
        )
    if facts.reconnects > facts.faults.get(OUTAGE, 0):
        reasons.append("The connection was lost in between: messages around that moment came late, or twice.")
    if facts.timing_error_ms.p99 > TOLERANCE_MS:
        reasons.append(
            f"One message in a hundred was {facts.timing_error_ms.p99:.0f} ms late or more; "
            f"up to {TOLERANCE_MS:.0f} ms are tolerated."
        )
    return reasons


def _on_purpose(facts: Facts) -> list[str]:
    """Faults that were asked for are none of the replay, but what was recorded is not what was heard."""
    done = [f"{count:,} x {kind}" for kind, count in facts.faults.items() if count]
    return [f"Faults on purpose: {', '.join(done)}."] if done else []
