"""How each topic's messages follow each other, and the busiest seconds of all, in one pass with bounded memory."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from analysis.intervals import Intervals
from analysis.progress import Progress, quiet
from core.message import FROM_DUMP, LIVE, NS_PER_SECOND
from store.query import EVERYTHING, MessageQuery
from store.reading import Reader
from store.scans import Arrivals

BUSIEST: Final = 100
"""So many of the busiest seconds are kept."""
LONGEST: Final = 20
"""So many of the longest silences of all topics are kept."""

QOS_LEVELS: Final = 3


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How the messages of one topic follow each other. The broker's initial state counts for qos and retained only."""

    messages: int
    """All, the initial state included."""
    median_s: float | None
    """Half of the intervals are no longer, exact or within 1 %; None where there is no interval."""
    jitter_s: float | None
    """The interquartile range of the intervals: how far apart a quarter of them and three quarters are."""
    p95_s: float | None
    longest_s: float
    longest_from_ns: int
    """The longest interval, and when it began; 0 both without any."""
    intervals: int
    first_ns: int
    last_ns: int
    """The first and the last message; 0 both if there is but the initial state."""
    qos: tuple[int, ...]
    """Every one that was used."""
    retained: int
    """Messages with the retain flag, be they live or the initial state."""


@dataclass(frozen=True, slots=True)
class Rhythms:
    """Of all topics in view."""

    topics: dict[str, Rhythm]
    busiest: tuple[tuple[int, int], ...]
    """Second (since the epoch) and messages of the busiest ones, in the order of time."""
    usual_per_second: float
    """The median of messages per second, over the seconds in which something came; 0 without any."""
    silences: tuple[tuple[int, int], ...]
    """When (nanoseconds since the epoch) the longest times without any message began, and how long each was (ns), in
    the order of time."""
    usual_silence_s: float
    """95 % of the times between two messages, of whichever topics, are no longer; 0 without any."""
    messages: int


@dataclass
class _Topic:
    intervals: Intervals = field(default_factory=Intervals)
    messages: int = 0
    first_ns: int | None = None
    last_ns: int | None = None
    qos: int = 0
    """A bit for each that was used."""
    retained: int = 0

    def follow(self, at_ns: np.ndarray) -> None:
        """The next messages came then."""
        if not len(at_ns):
            return
        if self.last_ns is None:
            self.first_ns = int(at_ns[0])
        else:
            at_ns = np.concatenate(([self.last_ns], at_ns))
        self.intervals.add(np.maximum(np.diff(at_ns), 0), at_ns[:-1])
        self.last_ns = int(at_ns[-1])


def rhythms(reader: Reader, query: MessageQuery = EVERYTHING, progress: Progress = quiet) -> Rhythms:
    """Looks at every message that a query finds, without payloads. Memory grows with the number of topics only.

    An interval is never negative: where a clock was put back, messages follow each other at once.
    """
    total, done = reader.count(query), 0
    topics: dict[str, _Topic] = {}
    seconds, silences = _Seconds(), _Silences()
    progress(0, total)
    for stretch in reader.arrivals(query):
        _add(topics, stretch)
        live = np.array(stretch.at_ns, dtype="int64")[np.array(stretch.retain, dtype="int64") != FROM_DUMP]
        seconds.add(live)
        silences.add(live)
        done += len(stretch.at_ns)
        progress(min(done, total), total)
    seconds.end()
    return Rhythms(
        topics={name: _rhythm(topic) for name, topic in topics.items()},
        busiest=tuple(sorted((second, count) for count, second in seconds.busiest)),
        usual_per_second=seconds.median(),
        silences=tuple(sorted((begin, length) for length, begin in silences.longest)),
        usual_silence_s=silences.usual_s(),
        messages=done,
    )


def _add(topics: dict[str, _Topic], stretch: Arrivals) -> None:
    """Sorts the messages by topic, so that each topic's are one piece, in the order of arrival."""
    order = np.argsort(np.array(stretch.topic_ids, dtype="int64"), kind="stable")
    ids, at_ns, qos, retain = (
        np.array(column, dtype="int64")[order]
        for column in (stretch.topic_ids, stretch.at_ns, stretch.qos, stretch.retain)
    )
    starts = np.flatnonzero(np.concatenate(([True], np.diff(ids) != 0)))
    counts = np.diff(np.append(starts, len(ids)))
    retained = np.add.reduceat((retain != LIVE).astype("int64"), starts)
    used = np.bitwise_or.reduceat(1 << np.clip(qos, 0, QOS_LEVELS - 1), starts)
    columns = (starts.tolist(), counts.tolist(), retained.tolist(), used.tolist())
    for start, count, kept, bits in zip(*columns, strict=True):
        topic = topics.setdefault(stretch.names[int(ids[start])], _Topic())
        topic.messages += count
        topic.retained += kept
        topic.qos |= bits
        moments = at_ns[start : start + count]
        if kept:
            moments = moments[retain[start : start + count] != FROM_DUMP]
        topic.follow(moments)


def _rhythm(topic: _Topic) -> Rhythm:
    quarter, median, three_quarters, p95 = topic.intervals.quantiles_s((0.25, 0.5, 0.75, 0.95))
    return Rhythm(
        messages=topic.messages,
        median_s=median,
        jitter_s=None if quarter is None or three_quarters is None else three_quarters - quarter,
        p95_s=p95,
        longest_s=max(0, topic.intervals.longest_ns) / NS_PER_SECOND,
        longest_from_ns=topic.intervals.longest_from_ns,
        intervals=topic.intervals.count,
        first_ns=topic.first_ns or 0,
        last_ns=topic.last_ns or 0,
        qos=tuple(number for number in range(QOS_LEVELS) if topic.qos >> number & 1),
        retained=topic.retained,
    )


class _Seconds:
    """Counts messages per second of the clock. They come in the order of time; a clock put back begins a new second."""

    def __init__(self) -> None:
        self.busiest: list[tuple[int, int]] = []
        """Messages and second, a heap of the BUSIEST largest."""
        self._often: Counter[int] = Counter()
        """How many seconds had so many messages."""
        self._open: tuple[int, int] | None = None

    def add(self, at_ns: np.ndarray) -> None:
        if not len(at_ns):
            return
        seconds = at_ns // NS_PER_SECOND
        starts = np.flatnonzero(np.concatenate(([True], np.diff(seconds) != 0)))
        counts = np.diff(np.append(starts, len(seconds)))
        for second, count in zip(seconds[starts].tolist(), counts.tolist(), strict=True):
            before = 0
            if self._open is not None and self._open[0] == second:
                before = self._open[1]
            else:
                self.end()
            self._open = (second, before + count)

    def end(self) -> None:
        """The last second is over."""
        if self._open is None:
            return
        second, count = self._open
        self._open = None
        self._often[count] += 1
        heapq.heappush(self.busiest, (count, second))
        if len(self.busiest) > BUSIEST:
            heapq.heappop(self.busiest)

    def median(self) -> float:
        middle, passed = (self._often.total() + 1) // 2, 0
        for count in sorted(self._often):
            passed += self._often[count]
            if passed >= middle:
                return float(count)
        return 0.0


class _Silences:
    """The times without any message."""

    def __init__(self) -> None:
        self.longest: list[tuple[int, int]] = []
        """Length and beginning, a heap of the LONGEST longest."""
        self._intervals = Intervals()
        self._last: int | None = None

    def add(self, at_ns: np.ndarray) -> None:
        if not len(at_ns):
            return
        if self._last is not None:
            at_ns = np.concatenate(([self._last], at_ns))
        self._last = int(at_ns[-1])
        lengths = np.maximum(np.diff(at_ns), 0)
        self._intervals.add(lengths, at_ns[:-1])
        for place in np.argsort(-lengths, kind="stable")[:LONGEST].tolist():
            heapq.heappush(self.longest, (int(lengths[place]), int(at_ns[place])))
            if len(self.longest) > LONGEST:
                heapq.heappop(self.longest)

    def usual_s(self) -> float:
        return self._intervals.quantiles_s((0.95,))[0] or 0.0
