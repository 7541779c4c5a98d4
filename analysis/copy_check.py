"""Is session B a faithful copy of session A: the same messages, in the same order, at the same distances in time?"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from analysis.alignment import aligned
from analysis.copy_differences import Change, Counts, Difference, Differences, Entry
from analysis.progress import Progress, quiet, watched
from core.message import FROM_DUMP, NS_PER_MILLISECOND, Properties
from core.timing import TimingError, TimingHistogram
from store.query import EVERYTHING, MessageQuery
from store.reading import Reader
from store.results import StoredMessage

TOLERANCE_MS: Final = 100.0
"""Below a tenth of a second people see things as happening at once; a replay's own report takes the same limit."""
MAX_LATE: Final = 10
"""So many of the messages whose time differs most are named."""
OF_A_REPLAY: Final = "session-replay"
"""The user property that a replay adds to each message: that a copy has it does not make it another message."""


class Late(NamedTuple):
    """A message that both sessions have, at another time."""

    error_ms: float
    """How much later it came in B than in A, each counted from the first message that both have; negative: earlier."""
    topic: str
    left_id: int
    right_id: int


@dataclass(frozen=True, slots=True)
class CopyReport:
    """What became in B of the messages of A.

    Those of A are `same` + `missing` + `changed`, those of B `same` + `extra` + `changed`.
    """

    same: int
    """In both, in whatever order."""
    missing: int
    """Only in A."""
    extra: int
    """Only in B."""
    changed: int
    """At the same place in both, on the same topic, but not equal."""
    out_of_order: int
    """How many of the same ones would have to be moved, at least, to have the order of A."""
    timing_error_ms: TimingError
    """Of the same ones, live messages only; by its size."""
    drift_ms: float
    """How much later the last of them came than the first, compared with A."""
    tolerance_ms: float
    changed_by: dict[Change, int]
    """What differs in those that have changed; each counts for all that differs."""
    differences: tuple[Difference, ...]
    """The first ones, in the order of the sessions."""
    latest: tuple[Late, ...]
    """Those whose time differs most, the worst first."""

    @property
    def different(self) -> int:
        """How many messages are not as in A, or not at their place."""
        return self.missing + self.extra + self.changed + self.out_of_order

    @property
    def compared(self) -> int:
        """How many messages were looked at; without any, nothing is proven."""
        return self.same + self.missing + self.extra + self.changed

    @property
    def in_time(self) -> bool:
        """Whether no message's time differs by more than the tolerance."""
        return self.timing_error_ms.max <= self.tolerance_ms

    @property
    def faithful(self) -> bool:
        """Whether nothing differs."""
        return not self.different and self.in_time

    def reasons(self) -> list[str]:
        """Why B is no faithful copy of A, as sentences; empty if it is."""
        what = ", ".join(f"{change} of {count:,}" for change, count in self.changed_by.items())
        counted = [
            (self.missing, "only in A"),
            (self.extra, "only in B"),
            (self.changed, f"changed ({what})"),
            (self.out_of_order, "in another order"),
        ]
        said = [f"{count:,} message{' is' if count == 1 else 's are'} {what}." for count, what in counted if count]
        if not self.in_time:
            said.append(
                f"The time of a message differs by up to {self.timing_error_ms.max:,.0f} ms; "
                f"{self.tolerance_ms:,g} ms are tolerated."
            )
        return said


def copy_report(
    left: Reader,
    right: Reader,
    query: MessageQuery = EVERYTHING,
    right_query: MessageQuery | None = None,
    tolerance_ms: float = TOLERANCE_MS,
    progress: Progress = quiet,
) -> CopyReport:
    """Compares the messages that `query` finds in A (`left`) and `right_query`, without one `query`, in B (`right`).

    Equal are messages with the same topic, payload, QoS, retain flag and MQTT 5 properties; but for the expiry
    interval, which brokers count down, and what a replay adds. Memory holds a bounded part of each session.
    """
    both = _Both(progress)
    lines = (
        _entries(watched(left, query, both.first)),
        _entries(watched(right, query if right_query is None else right_query, both.second)),
    )
    differences, times = Differences(), _Times()
    together = 0
    for one, other in aligned(*lines, key=_key, at=_at):
        if one is not None and other is not None:
            together += 1
            times.add(one, other)
            differences.together()
        elif one is not None:
            times.add_if(one, differences.only_left(one))
        elif other is not None:
            times.add_if(differences.only_right(other), other)
    return _report(together, differences.counts(), times, tolerance_ms)


def _report(together: int, counts: Counts, times: _Times, tolerance_ms: float) -> CopyReport:
    return CopyReport(
        same=together + counts.moved,
        missing=counts.missing,
        extra=counts.extra,
        changed=counts.changed,
        out_of_order=counts.moved,
        timing_error_ms=times.histogram.error_ms(),
        drift_ms=times.histogram.drift_ms(),
        tolerance_ms=tolerance_ms,
        changed_by=counts.changed_by,
        differences=counts.differences,
        latest=times.latest(),
    )


def _key(entry: Entry) -> int:
    return entry.key


def _at(entry: Entry) -> int:
    return entry.at_ns


def _entries(messages: Iterator[StoredMessage]) -> Iterator[Entry]:
    for id_, (topic, payload, qos, retain, at_ns, properties) in messages:
        content, extras = hash(payload), 0 if properties is None else _lasting(properties)
        key = hash((topic, content, qos, retain != 0, extras))
        yield Entry(key, id_, at_ns, topic, content, qos, retain != 0, extras, retain != FROM_DUMP)


def _lasting(properties: Properties) -> int:
    """A hash of what a broker passes on unchanged, without what a replay adds; 0 for nothing."""
    user = tuple(pair for pair in properties.user_properties if pair[0] != OF_A_REPLAY)
    rest = (
        properties.payload_format_indicator,
        properties.content_type,
        properties.response_topic,
        properties.correlation_data,
        user,
    )
    return hash(rest) if any(rest) or rest[0] is not None else 0


class _Times:
    """How far the times of equal messages are apart; the first two say when both sessions begin."""

    def __init__(self) -> None:
        self.histogram = TimingHistogram()
        self._lead_ns: int | None = None
        self._worst: list[tuple[int, int, Late]] = []

    def add(self, one: Entry, other: Entry) -> None:
        if not (one.live and other.live):
            return
        if self._lead_ns is None:
            self._lead_ns = other.at_ns - one.at_ns
        error_ns = other.at_ns - one.at_ns - self._lead_ns
        self.histogram.add(error_ns)
        if error_ns and (len(self._worst) < MAX_LATE or abs(error_ns) > self._worst[0][0]):
            late = Late(error_ns / NS_PER_MILLISECOND, one.topic, one.id, other.id)
            change = heapq.heappushpop if len(self._worst) == MAX_LATE else heapq.heappush
            change(self._worst, (abs(error_ns), -one.id, late))

    def add_if(self, one: Entry | None, other: Entry | None) -> None:
        """For messages that are at another place in B, if they are there."""
        if one is not None and other is not None:
            self.add(one, other)

    def latest(self) -> tuple[Late, ...]:
        return tuple(late for _, _, late in sorted(self._worst, reverse=True))


class _Both:
    """The progress of two streams that are read together."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._done, self._total = [0, 0], [0, 0]

    def first(self, done: int, total: int) -> None:
        self._say(0, done, total)

    def second(self, done: int, total: int) -> None:
        self._say(1, done, total)

    def _say(self, side: int, done: int, total: int) -> None:
        self._done[side], self._total[side] = done, total
        self._progress(sum(self._done), sum(self._total))
