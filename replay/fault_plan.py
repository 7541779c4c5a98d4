"""Faults on purpose, carried out: on the stream of what is due, and on the connection."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from core.message import NS_PER_SECOND
from replay.fault_stages import STAGES, Dice, Tally, in_order, marked
from replay.faults import Fault, FaultKind, check_faults
from replay.schedule import Due


class FaultPlan:
    """Carries out faults, in the order in which they are given. One thread uses it; others may read the figures."""

    def __init__(self, faults: Sequence[Fault], seed: int) -> None:
        """Raises UsageError for a fault that cannot be done."""
        check_faults(faults)
        self._faults = tuple(faults)
        self._seed = seed
        self._tally = Tally()
        found = (fault for fault in faults if fault.kind is FaultKind.OUTAGE)
        self.outages = tuple(sorted(found, key=_begin_ns))
        """In the order of their beginning."""
        self._next_outage = 0

    @property
    def dropped(self) -> int:
        """Messages that were planned and are not published: they are marked as dropped."""
        return self._tally.done[FaultKind.DROP]

    @property
    def extra(self) -> int:
        """Messages that are published and were not planned."""
        return self._tally.done[FaultKind.DUPLICATE]

    @property
    def cut_short(self) -> int:
        """Delayed messages that went out early, because too many were held back."""
        return self._tally.cut_short

    def counts(self) -> dict[str, int]:
        """For each kind of fault that was asked for how often it was done, as far as has been read."""
        return {str(fault.kind): self._tally.done[fault.kind] for fault in self._faults}

    def apply(self, dues: Iterator[Due]) -> Iterator[Due]:
        """What comes out at the other end: offsets do not decrease, nor positions within a loop.

        What is held back at the end of a loop goes out before the next one begins. A message that would have been held
        back at a seek's target is not there after the seek.
        """
        wanted = [(number, fault) for number, fault in enumerate(self._faults) if fault.kind in STAGES]
        if not wanted:
            return dues
        stream = marked(dues)
        for number, fault in wanted:
            stream = STAGES[fault.kind](stream, Dice(fault, self._seed, number), self._tally)
        return in_order(stream)

    def outage_before(self, position_ns: int) -> Fault | None:
        """The next outage that begins at this position or before, each once until `rewind`; None if there is none."""
        if self._next_outage == len(self.outages) or _begin_ns(self.outages[self._next_outage]) > position_ns:
            return None
        self._next_outage += 1
        self._tally.done[FaultKind.OUTAGE] += 1
        return self.outages[self._next_outage - 1]

    def rewind(self, position_ns: int) -> None:
        """The outages from this position on are to come, those before it are not."""
        self._next_outage = bisect_left(self.outages, position_ns, key=_begin_ns)


def _begin_ns(fault: Fault) -> int:
    return round((fault.at_s or 0.0) * NS_PER_SECOND)
