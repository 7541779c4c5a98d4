"""What may be missing in a session, put together from its ledger, its gaps and the numbers in its messages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from analysis.cut import PROVENANCE
from analysis.moments import Span, gaps
from analysis.quality import SequenceField, missing_for_certain, sequence_fields
from recorder.ledger import LOSSES, Losses, verdict
from store.reading import Reader
from store.results import SessionSummary

CUT: Final = "This session was cut out of another one: what it leaves out was left out on purpose."
QUICK: Final = 100_000
"""Messages that are looked at without being asked to: about a second."""


@dataclass(frozen=True, slots=True)
class LossReport:
    """What is known about what is missing."""

    verdict: str
    """For people: what is missing for certain, what may be, or that nothing is known to be missing."""
    losses: Losses | None
    """The recorder's ledger; None for a session without one."""
    gaps: tuple[Span, ...]
    """When the connection was missing."""
    sequences: tuple[SequenceField, ...] | None
    """The fields that count messages; None: nobody has looked."""

    @property
    def missing(self) -> int | None:
        """How many numbers are left out in the messages; None: nobody has looked, or nothing is numbered."""
        return missing_for_certain(list(self.sequences)) if self.sequences else None

    def to_json(self) -> dict[str, object]:
        """The shape that other programs rely on."""
        losses = self.losses or Losses()
        return {
            "verdict": self.verdict,
            "missing": self.missing,
            "dropped_by_broker": losses.dropped,
            "gap_seconds": round(sum(gap.duration_s for gap in self.gaps), 3),
            "gaps": [
                {"offset_seconds": gap.start_s, "seconds": gap.duration_s, "reason": gap.text} for gap in self.gaps
            ],
            "gaps_not_kept": losses.unkept,
            "gaps_perhaps_not_kept": losses.doubtful,
            "queue_peak": losses.queue_peak if self.losses else None,
            "numbered": None if self.sequences is None else [_sequence_json(one) for one in self.sequences],
        }


def loss_report(reader: Reader, *, thorough: bool = False) -> LossReport:
    """What is missing in a session. The messages are read if they are few, or if it is to be `thorough`."""
    summary = reader.summary()
    if PROVENANCE in reader.metadata.extra:
        return LossReport(CUT, None, (), None)
    looked = tuple(sequence_fields(reader)) if thorough or summary.messages <= QUICK else None
    spans = gaps(reader.events(), reader.metadata.started_ns, _end_ns(reader, summary))
    losses = Losses.from_json(reader.metadata.extra.get(LOSSES))
    if spans and losses is None:
        losses = Losses()
    if losses is not None and losses.gaps < len(spans):  # it was interrupted, or made by an older version
        seconds = sum(span.duration_s for span in spans)
        losses = replace(losses, gaps=len(spans), gap_s=max(losses.unkept_s + losses.doubtful_s, round(seconds, 3)))
    missing = missing_for_certain(list(looked)) if looked else None
    return LossReport(verdict(losses, missing), losses, spans, looked)


def _end_ns(reader: Reader, summary: SessionSummary) -> int:
    return reader.metadata.ended_ns or summary.last_ns or reader.metadata.started_ns


def _gap_json(gap: Span) -> dict[str, object]:
    return {"offset_seconds": gap.start_s, "seconds": gap.duration_s, "reason": gap.text}


def _sequence_json(one: SequenceField) -> dict[str, object]:
    shown = {"topic": one.topic, "field": one.field, "messages": one.messages, "missing": one.missing}
    return {**shown, "restarts": one.restarts}
