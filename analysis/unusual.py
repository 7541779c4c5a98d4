"""What is out of the ordinary in a session, in one list: gaps, silences, bursts, payloads that are no JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from analysis.moments import Span, happenings, offset_s
from analysis.overview import session_end_ns
from analysis.progress import Progress, quiet
from analysis.rhythm import Rhythm, Rhythms, rhythms
from core.durations import duration_text
from core.message import NS_PER_SECOND
from store.query import EVERYTHING, MessageQuery
from store.reading import Reader

SURE: Final = 10
"""Intervals from which on a topic is known to be regular or not."""
SHORTEST_SILENCE_S: Final = 5.0
SILENT_TIMES: Final = 3.0
"""A regular topic has fallen silent when its last message is this many times as long ago as its longest interval."""
REGULAR: Final = 3.0
"""A topic is regular when 95 % of its intervals are at most this many times its median; any other may have nothing to
say."""
SHORTEST_LIFE_S: Final = 10.0
SHORTEST_LIFE: Final = 0.1
"""Who spoke for a shorter time than that, or than this part of its silence, had a task and ended it."""
HOLE_TIMES: Final = 10.0
"""A silence in between is unusual when it is this many times as long as 95 % of the topic's other intervals."""
BURST_TIMES: Final = 10.0
SMALLEST_BURST: Final = 30
"""A second is a burst with so many messages, and this many times as many as is usual."""
MOST_ARE_JSON: Final = 0.9
"""Of a topic with that part of JSON payloads or more, the others are unusual."""
MAX_OF_A_KIND: Final = 20
"""The worst of each kind are listed."""


class Kind(StrEnum):
    """What is unusual; the order of the list."""

    GAP = "gap"
    SILENT = "silent"
    BURST = "burst"
    NOT_JSON = "not JSON"


@dataclass(frozen=True, slots=True)
class Unusual:
    """One finding."""

    kind: Kind
    text: str
    """A sentence without its full stop; it contains `topic` as it is."""
    at_s: float
    """When it was, or began, seconds since the session's start."""
    start_s: float
    end_s: float
    """The stretch to look at; a little more than the finding itself."""
    topic: str = ""
    """The topic that it is about; empty: all."""
    message: int | None = None
    """The id of a message that shows it."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """What is looked at."""

    origin_ns: int
    end_ns: int
    silent: tuple[Span, ...]
    """Gaps and pauses: no topic can be blamed for its silence there."""

    def offset(self, at_ns: int) -> float:
        return offset_s(at_ns, self.origin_ns)

    def was_off(self, start_s: float, end_s: float) -> bool:
        return any(span.start_s < end_s and span.end_s > start_s for span in self.silent)


def unusual(reader: Reader, query: MessageQuery = EVERYTHING, progress: Progress = quiet) -> tuple[Unusual, ...]:
    """What is unusual among the messages that a query finds, by kind, the worst of each kind first.

    Looks at every message twice; memory grows with the number of topics only.
    """
    messages, everything = reader.count(query), reader.count()

    def passed(done: int) -> None:
        """Both passes as one; the second one goes through stretches of all messages."""
        progress(min(everything, done * everything // max(1, messages + everything)), everything)

    first = rhythms(reader, query, lambda done, _: passed(done))
    events, origin_ns = reader.events(), reader.metadata.started_ns
    last_ns = session_end_ns(reader, reader.summary())
    found = happenings(events, origin_ns, last_ns)
    end_ns = last_ns if query.end_ns is None else min(last_ns, query.end_ns)
    holes = _holes_of_all(first, _Stretch(origin_ns, end_ns, (*found.gaps, *found.pauses)))
    silent = (*found.gaps, *found.pauses, *(Span(one.at_s, one.at_s + 1e-6) for one in holes))
    stretch = _Stretch(origin_ns, end_ns, silent)
    start_s = -float("inf") if query.start_ns is None else offset_s(query.start_ns, origin_ns)
    gaps = found.within(start_s, offset_s(end_ns, origin_ns) + 1.0).gaps
    strays = _not_json(reader, query, lambda done: passed(first.messages + done))
    progress(everything, everything)
    return (*_gaps(gaps), *holes, *_silences(first, stretch), *_bursts(reader, query, first, origin_ns), *strays)


def _gaps(gaps: Sequence[Span]) -> list[Unusual]:
    worst = sorted(gaps, key=lambda gap: -gap.duration_s)[:MAX_OF_A_KIND]
    return [_unusual(Kind.GAP, f"No connection for {duration_text(gap.duration_s)}", gap.start_s, gap.end_s)
            for gap in worst]  # fmt: skip


def _holes_of_all(found: Rhythms, stretch: _Stretch) -> list[Unusual]:
    """When nothing came at all, the longest first."""
    limit_s = max(SHORTEST_SILENCE_S, HOLE_TIMES * found.usual_silence_s)
    holes = []
    for begin_ns, length_ns in found.silences if len(found.topics) > 1 else ():
        start_s, length_s = stretch.offset(begin_ns), length_ns / NS_PER_SECOND
        if length_s > limit_s and not stretch.was_off(start_s, start_s + length_s):
            text = f"Nothing came on any topic for {duration_text(length_s)}"
            holes.append(_unusual(Kind.GAP, text, start_s, start_s + length_s))
    return sorted(holes, key=_length)


def _silences(found: Rhythms, stretch: _Stretch) -> list[Unusual]:
    """The topics that fell silent for good, then the holes in what is regular; each the longest first."""
    ended = [one for topic, rhythm in found.topics.items() if (one := _fell_silent(topic, rhythm, stretch))]
    holes = [one for topic, rhythm in found.topics.items() if (one := _hole(topic, rhythm, stretch))]
    longest_first = sorted(ended, key=_length), sorted(holes, key=_length)
    return [one for some in longest_first for one in some[:MAX_OF_A_KIND]]


def _length(one: Unusual) -> float:
    return one.start_s - one.end_s


def _fell_silent(topic: str, rhythm: Rhythm, stretch: _Stretch) -> Unusual | None:
    if rhythm.intervals < SURE or rhythm.median_s is None or rhythm.p95_s is None:
        return None
    start_s, end_s = stretch.offset(rhythm.last_ns), stretch.offset(stretch.end_ns)
    if start_s - stretch.offset(rhythm.first_ns) < max(SHORTEST_LIFE_S, SHORTEST_LIFE * (end_s - start_s)):
        return None
    regular = rhythm.p95_s <= REGULAR * rhythm.median_s
    times = SILENT_TIMES if regular else HOLE_TIMES
    limit_s = max(SHORTEST_SILENCE_S, times * rhythm.longest_s, HOLE_TIMES * rhythm.median_s)
    if end_s - start_s <= limit_s or stretch.was_off(start_s, end_s):
        return None
    text = f"{topic} fell silent: nothing in the last {duration_text(end_s - start_s)}, before that every"
    return _unusual(Kind.SILENT, f"{text} {duration_text(rhythm.median_s)}", start_s, end_s, topic)


def _hole(topic: str, rhythm: Rhythm, stretch: _Stretch) -> Unusual | None:
    if rhythm.intervals < 2 * SURE or rhythm.median_s is None or rhythm.p95_s is None:
        return None
    start_s = stretch.offset(rhythm.longest_from_ns)
    end_s = start_s + rhythm.longest_s
    limit_s = max(SHORTEST_SILENCE_S, HOLE_TIMES * rhythm.p95_s)
    if rhythm.longest_s <= limit_s or stretch.was_off(start_s, end_s):
        return None
    every = duration_text(rhythm.median_s)
    text = f"{topic} was silent for {duration_text(rhythm.longest_s)}, otherwise it comes every {every}"
    return _unusual(Kind.SILENT, text, start_s, end_s, topic)


def _bursts(reader: Reader, query: MessageQuery, found: Rhythms, origin_ns: int) -> list[Unusual]:
    limit = max(SMALLEST_BURST, BURST_TIMES * found.usual_per_second)
    runs: list[list[tuple[int, int]]] = []
    for second, messages in found.busiest:
        if messages < limit:
            continue
        if runs and second - runs[-1][-1][0] <= 1:
            runs[-1].append((second, messages))
        else:
            runs.append([(second, messages)])
    worst = sorted(runs, key=lambda run: -sum(messages for _, messages in run))[:MAX_OF_A_KIND]
    return [_burst(reader, query, found, origin_ns, run) for run in worst]


def _burst(reader: Reader, query: MessageQuery, found: Rhythms, origin_ns: int, run: list[tuple[int, int]]) -> Unusual:
    start_s = offset_s(run[0][0] * NS_PER_SECOND, origin_ns)
    messages, length = sum(count for _, count in run), run[-1][0] + 1 - run[0][0]
    first = int(start_s // 1)
    rows = [row for row in reader.samples(1, first, first + length + 1) if query.wants_topic(row.topic)]
    topic = max(rows, key=lambda row: row.messages).topic if rows else ""
    most = f", most on {topic}" if topic else ""
    text = f"{messages:,} messages within {length:,} s{most}; usual are {found.usual_per_second:,.0f} per second"
    return _unusual(Kind.BURST, text, start_s, start_s + length)


def _not_json(reader: Reader, query: MessageQuery, progress: Callable[[int], None]) -> list[Unusual]:
    valid: dict[str, int] = {}
    invalid: dict[str, int] = {}
    first: dict[str, int] = {}
    done = 0
    for stretch in reader.json_validity(query):
        done += stretch.messages
        progress(done)
        for tally in stretch.tallies:
            valid[tally.topic] = valid.get(tally.topic, 0) + tally.valid
            if tally.first_invalid is not None:
                invalid[tally.topic] = invalid.get(tally.topic, 0) + tally.invalid
                first.setdefault(tally.topic, tally.first_invalid)
    strays = [topic for topic, count in invalid.items() if valid[topic] >= MOST_ARE_JSON * (valid[topic] + count)]
    worst = sorted(strays, key=lambda topic: (-invalid[topic], topic))[:MAX_OF_A_KIND]
    return [_stray(reader, topic, first[topic], invalid[topic], valid[topic]) for topic in worst]


def _stray(reader: Reader, topic: str, message_id: int, invalid: int, valid: int) -> Unusual:
    stored = reader.message(message_id)
    at_s = 0.0 if stored is None else offset_s(stored.message.at_ns, reader.metadata.started_ns)
    be = "is" if invalid == 1 else "are"
    text = f"{invalid:,} of {invalid + valid:,} payloads on {topic} {be} no JSON, the others are"
    return _unusual(Kind.NOT_JSON, text, at_s, at_s, topic, message_id)


def _unusual(
    kind: Kind, text: str, start_s: float, end_s: float, topic: str = "", message: int | None = None
) -> Unusual:
    """With some time before and after to see what was different."""
    more_s = max(1.0, 0.1 * (end_s - start_s))
    ends = round(start_s - more_s, 3), round(end_s + more_s, 3)
    return Unusual(kind, text, round(start_s, 3), *ends, topic, message)
