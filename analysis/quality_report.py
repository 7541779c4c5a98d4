"""What is suspicious in a session: silences, numbers that jump, messages that came twice, clocks that are wrong."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from analysis.duplicates import Duplicates, RepeatingTopic
from analysis.json_values import parsed
from analysis.moments import Span, gaps, offset_s
from analysis.overview import session_end_ns
from analysis.progress import Progress, quiet, watched
from analysis.quality import SequenceField, SequenceFields, missing_for_certain
from analysis.sender_clocks import SenderClock, SenderClocks
from core.message import FROM_DUMP, NS_PER_SECOND
from core.timing import TimingHistogram
from store.query import EVERYTHING, MessageQuery
from store.reading import Reader
from store.results import StoredMessage

SILENCE_S: Final = 5.0
"""Seconds; a shorter silence is none."""
TIMES_USUAL: Final = 5.0
"""A silence is so many times as long as what 95 of 100 messages wait for the next one."""
MAX_SILENCES: Final = 500
OFF_MS: Final = 60_000.0
"""A clock that is wrong by a minute has not been set."""
MIN_SENDERS: Final = 3
"""So many senders can tell that it is not them."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch without any message, although they otherwise come much faster."""

    start_s: float
    """When the last message before it came, seconds since the session's start."""
    seconds: float
    before_id: int
    after_id: int
    """The messages on both sides."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which the recorder had no connection."""

    span: Span
    after_id: int | None
    """The first message after it; None if there is none in view."""


@dataclass(frozen=True, slots=True)
class QualityReport:
    """All that is suspicious, each with the messages behind it."""

    messages: int
    gaps: tuple[Gap, ...]
    silences: tuple[Silence, ...]
    """In the order of time; the longest MAX_SILENCES."""
    sequences: tuple[SequenceField, ...]
    """The fields that count messages."""
    repeating: tuple[RepeatingTopic, ...]
    clocks: tuple[SenderClock, ...]

    @property
    def missing(self) -> int:
        """How many messages are missing for certain: numbers that were left out."""
        return missing_for_certain(list(self.sequences))

    @property
    def repeats(self) -> int:
        """How many messages came again."""
        return sum(topic.repeats for topic in self.repeating)

    @property
    def disagreeing(self) -> int:
        """How many messages have a time that does not fit their arrival."""
        return sum(clock.disagreeing for clock in self.clocks)

    @property
    def timed(self) -> bool:
        """Whether there are times that can be held against the arrival."""
        return any(not clock.frozen for clock in self.clocks)

    @property
    def recorder_off_ms(self) -> float | None:
        """By so much most senders are ahead of the recorder, so that it is rather its clock that is wrong; else None.

        A recording that was imported with the wrong time zone looks the same.
        """
        ahead = sorted({one.sender: one.ahead_ms for one in self.clocks if not one.frozen}.values())
        if len(ahead) < MIN_SENDERS:
            return None
        usual = median(ahead)
        agree = sum(abs(one - usual) < OFF_MS for one in ahead)
        return usual if abs(usual) >= OFF_MS and 2 * agree > len(ahead) else None

    @property
    def drifting(self) -> tuple[SenderClock, ...]:
        """Of each sender whose clock drifts for certain the topic that shows it best."""
        best: dict[str, SenderClock] = {}
        for clock in self.clocks:
            if clock.drift is not None and clock.drift.sure:
                known = best.get(clock.sender)
                if known is None or known.drift is None or _width(clock) < _width(known):
                    best[clock.sender] = clock
        return tuple(best.values())


def _width(clock: SenderClock) -> float:
    return clock.drift.high - clock.drift.low if clock.drift else 0.0


def _itself(topic: str) -> str:
    return topic


def quality_report(
    reader: Reader,
    query: MessageQuery = EVERYTHING,
    sender_of: Callable[[str], str] = _itself,
    progress: Progress = quiet,
) -> QualityReport:
    """Looks at the messages that `query` finds, once. `sender_of` says who publishes on a topic.

    With a choice of topics nothing is said about numbers that several topics share.
    """
    clocks, twice, silences = SenderClocks(sender_of), Duplicates(), _Silences(reader)
    sequences = SequenceFields(reader, all_topics=not (query.include or query.exclude))
    lost = _Gaps(_gaps_in_view(reader, query), reader.metadata.started_ns)
    messages = 0
    for stored in watched(reader, query, progress):
        messages += 1
        value = parsed(stored.message.payload)
        sequences.add(stored, value)
        twice.add(stored)
        clocks.add(stored, value)
        silences.add(stored)
        lost.add(stored)
    return QualityReport(
        messages=messages,
        gaps=lost.found(),
        silences=silences.found(),
        sequences=tuple(sequences.found()),
        repeating=tuple(twice.found(clocks.dated)),
        clocks=tuple(clocks.found()),
    )


def _gaps_in_view(reader: Reader, query: MessageQuery) -> tuple[Span, ...]:
    origin_ns = reader.metadata.started_ns
    found = gaps(reader.events(), origin_ns, session_end_ns(reader, reader.summary()))
    start_s = float("-inf") if query.start_ns is None else offset_s(query.start_ns, origin_ns)
    end_s = float("inf") if query.end_ns is None else offset_s(query.end_ns, origin_ns)
    return tuple(gap for gap in found if gap.start_s < end_s and gap.end_s > start_s)


class _Gaps:
    """Finds the first message after each gap."""

    def __init__(self, spans: Sequence[Span], origin_ns: int) -> None:
        self._origin_ns = origin_ns
        self._waiting = deque(sorted(spans, key=lambda span: span.end_s))
        self._found: list[Gap] = []

    def add(self, stored: StoredMessage) -> None:
        while self._waiting and offset_s(stored.message.at_ns, self._origin_ns) >= self._waiting[0].end_s:
            self._found.append(Gap(self._waiting.popleft(), stored.id))

    def found(self) -> tuple[Gap, ...]:
        return (*self._found, *(Gap(span, None) for span in self._waiting))


class _Silences:
    """The longest waits for a next message; what the broker had stored comes all at once and does not count."""

    def __init__(self, reader: Reader) -> None:
        self._origin_ns = reader.metadata.started_ns
        self._waits = TimingHistogram()
        self._before: tuple[int, int] | None = None
        self._long: list[Silence] = []

    def add(self, stored: StoredMessage) -> None:
        id_, message = stored
        if message.retain == FROM_DUMP:
            return
        if self._before is not None:
            before_id, before_ns = self._before
            wait_ns = max(0, message.at_ns - before_ns)
            self._waits.add(wait_ns)
            if wait_ns >= SILENCE_S * NS_PER_SECOND:
                start_s = offset_s(before_ns, self._origin_ns)
                self._long.append(Silence(start_s, wait_ns / NS_PER_SECOND, before_id, id_))
                if len(self._long) >= 4 * MAX_SILENCES:
                    self._long = self._longest()
        self._before = id_, message.at_ns

    def found(self) -> tuple[Silence, ...]:
        usual_s = self._waits.percentile_ms(95) / 1_000
        long = [one for one in self._longest() if one.seconds >= TIMES_USUAL * usual_s]
        return tuple(sorted(long, key=lambda one: one.before_id))

    def _longest(self) -> list[Silence]:
        return sorted(self._long, key=lambda one: -one.seconds)[:MAX_SILENCES]
