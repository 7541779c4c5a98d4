"""What the pages show of a session while it is being recorded: only what is new is read, once for all browsers."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from core.message import NS_PER_SECOND
from recorder.status import RecordingStatus
from store.parts import open_session
from store.reading import Reader
from store.results import StoredMessage

LONGEST_S: Final = 3_600
"""So far back the curve reaches."""
LATE_S: Final = 10
"""Seconds before the last look that are read again, besides the lag: what waited for the disk belongs there."""
FRESH_NS: Final = NS_PER_SECOND // 2
"""Whoever asks again within this gets the same answer: several browsers cost no more than one."""
NEWEST: Final = 12
BUSIEST: Final = 8
RATE_S: Final = 5
"""Over so many seconds the present rate of a topic is taken."""
FEW_TOPICS, OFTEN_S, SELDOM_S = 1_000, 2, 30
"""How often topics are ranked: it costs more the more there are."""
TOO_MANY_TOPICS: Final = 10_000
"""From here on their figures would have to be counted from the messages."""


@dataclass(frozen=True, slots=True)
class BusyTopic:
    """One topic and how much of the session is its."""

    topic: str
    messages: int
    share: float
    """Of all messages, between 0 and 1."""
    rate_per_s: float
    """Over the last full seconds."""


@dataclass(frozen=True, slots=True)
class LiveFigures:
    """One look at a session."""

    at_ns: int = 0
    second: int = 0
    """The present one, counted from the start of the session; it is not complete."""
    counts: Mapping[int, int] = field(default_factory=dict)
    """Messages by second since the start; seconds without any are left out."""
    newest: Sequence[StoredMessage] = ()
    """Newest first."""
    busiest: Sequence[BusyTopic] = ()
    """Busiest first; empty if there are too many topics."""


class LiveSession:
    """One session that grows. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._figures = LiveFigures()
        self._counts: dict[int, int] = {}
        self._ranked_ns = 0
        self._busiest: list[BusyTopic] = []

    def look(self, status: RecordingStatus, now_ns: int) -> LiveFigures:
        """What is in it now. Raises SessionFileError."""
        with self._lock:
            if not 0 <= now_ns - self._figures.at_ns < FRESH_NS:
                second = (now_ns - status.started_ns) // NS_PER_SECOND
                with open_session(self._path) as reader:
                    self._count(reader, second, status.lag_s)
                    self._rank(reader, status, second, now_ns)
                    newest = tuple(reversed(reader.newest(NEWEST)))
                self._figures = LiveFigures(now_ns, second, dict(self._counts), newest, tuple(self._busiest))
            return self._figures

    def _count(self, reader: Reader, second: int, lag_s: float) -> None:
        oldest = second - LONGEST_S
        start = oldest if not self._figures.at_ns else min(self._figures.second, second) - LATE_S - int(lag_s)
        self._counts.update((at, messages) for at, messages, _ in reader.activity(max(start, oldest)))
        for at in [at for at in self._counts if at < oldest]:
            del self._counts[at]

    def _rank(self, reader: Reader, status: RecordingStatus, second: int, now_ns: int) -> None:
        if status.topics >= TOO_MANY_TOPICS:
            self._busiest = []
            return
        wait_s = OFTEN_S if status.topics <= FEW_TOPICS else SELDOM_S
        if 0 <= now_ns - self._ranked_ns < wait_s * NS_PER_SECOND - FRESH_NS:
            return
        self._ranked_ns = now_ns
        topics = reader.topics()
        total = sum(one.messages for one in topics)
        busiest = sorted(topics, key=lambda one: one.messages, reverse=True)[:BUSIEST]
        rates = dict.fromkeys((one.topic for one in busiest), 0)
        for sample in reader.samples(RATE_S, second - RATE_S, second):
            if sample.topic in rates:
                rates[sample.topic] += sample.messages
        self._busiest = [
            BusyTopic(one.topic, one.messages, one.messages / total, rates[one.topic] / RATE_S) for one in busiest
        ]
