"""How each topic's messages follow each other, and the busiest seconds of all, in one pass with bounded memory."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from analysis.intervals import Intervals
from analysis.progress import Progress, quiet
from core.message import FROM_DUMP, NS_PER_SECOND
from store.query import EVERYTHING, MessageQuery
from store.reading import Reader
from store.scans import Arrival

BUSIEST: Final = 100
"""So many of the busiest seconds are kept."""


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
    messages: int


@dataclass
class _Topic:
    intervals: Intervals = field(default_factory=Intervals)
    messages: int = 0
    first_ns: int | None = None
    last_ns: int | None = None
    qos: set[int] = field(default_factory=set)
    retained: int = 0


def rhythms(reader: Reader, query: MessageQuery = EVERYTHING, progress: Progress = quiet) -> Rhythms:
    """Looks at every message that a query finds, without payloads. Memory grows with the number of topics only.

    An interval is never negative: where a clock was put back, messages follow each other at once.
    """
    total, done = reader.count(query), 0
    topics: dict[str, _Topic] = {}
    seconds = _Seconds()
    progress(0, total)
    for stretch in reader.arrivals(query):
        _add(topics, stretch)
        seconds.add([one.at_ns for one in stretch if one.retain != FROM_DUMP])
        done += len(stretch)
        progress(min(done, total), total)
    seconds.end()
    return Rhythms(
        topics={name: _rhythm(topic) for name, topic in topics.items()},
        busiest=tuple(sorted((second, count) for count, second in seconds.busiest)),
        usual_per_second=seconds.median(),
        messages=done,
    )


def _add(topics: dict[str, _Topic], stretch: Iterable[Arrival]) -> None:
    moments: dict[str, list[int]] = {}
    for one in stretch:
        topic = topics.get(one.topic)
        if topic is None:
            topic = topics[one.topic] = _Topic()
        topic.messages += 1
        topic.qos.add(one.qos)
        topic.retained += one.retain != 0
        if one.retain != FROM_DUMP:
            moments.setdefault(one.topic, []).append(one.at_ns)
    for name, found in moments.items():
        topic = topics[name]
        at_ns = np.array(found if topic.last_ns is None else [topic.last_ns, *found], dtype="int64")
        topic.intervals.add(np.maximum(np.diff(at_ns), 0), at_ns[:-1])
        topic.first_ns = found[0] if topic.first_ns is None else topic.first_ns
        topic.last_ns = found[-1]


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
        qos=tuple(sorted(topic.qos)),
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

    def add(self, at_ns: list[int]) -> None:
        if not at_ns:
            return
        seconds = np.array(at_ns, dtype="int64") // NS_PER_SECOND
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
