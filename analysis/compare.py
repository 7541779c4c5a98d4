"""Two sessions side by side: which topics appear, vanish, or carry more or less than before."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.message import NS_PER_SECOND
from store.query import EVERYTHING, MessageQuery
from store.reading import Reader

NOTABLE: Final = 1.5
"""A rate that differs by this factor at least is another one."""
BEYOND_CHANCE: Final = 3.0
"""Standard deviations of a count (the square root of it) that a difference has at least: a few more are chance."""


class TopicChange(StrEnum):
    """What became of a topic from session A to session B."""

    APPEARED = "appeared"
    VANISHED = "vanished"
    BUSIER = "busier"
    QUIETER = "quieter"
    ALIKE = "alike"


@dataclass(frozen=True, slots=True)
class TopicPair:
    """One topic in both sessions."""

    topic: str
    change: TopicChange
    left_messages: int
    right_messages: int
    left_rate: float
    """Messages per second over the whole time in view; likewise `right_rate`."""
    right_rate: float

    @property
    def ratio(self) -> float | None:
        """So many times the rate of A has B; None where A has no message."""
        return self.right_rate / self.left_rate if self.left_rate else None


def topic_pairs(
    left: Reader, right: Reader, query: MessageQuery = EVERYTHING, right_query: MessageQuery | None = None
) -> tuple[TopicPair, ...]:
    """All topics of both sessions, sorted; those that a query does not want are left out.

    A query with times counts whole seconds, from the one-second samples.
    """
    counts, times = _counts(left, query), _seconds(left, query)
    right_query = query if right_query is None else right_query
    others, other_times = _counts(right, right_query), _seconds(right, right_query)
    topics = sorted(counts.keys() | others.keys())
    return tuple(_pair(topic, counts[topic], others[topic], times, other_times) for topic in topics)


def _counts(reader: Reader, query: MessageQuery) -> Counter[str]:
    if query.start_ns is None and query.end_ns is None:
        return Counter({row.topic: row.messages for row in reader.topics() if query.wants_topic(row.topic)})
    found: Counter[str] = Counter()
    for row in reader.samples(1, *_whole_seconds(reader, query)):
        if query.wants_topic(row.topic):
            found[row.topic] += row.messages
    return found


def _whole_seconds(reader: Reader, query: MessageQuery) -> tuple[int | None, int | None]:
    origin_ns = reader.metadata.started_ns
    start = None if query.start_ns is None else (query.start_ns - origin_ns) // NS_PER_SECOND
    end = None if query.end_ns is None else -((origin_ns - query.end_ns) // NS_PER_SECOND)
    return start, end


def _seconds(reader: Reader, query: MessageQuery) -> float:
    start, end = _whole_seconds(reader, query)
    whole = reader.summary().duration_s
    return max(0.0, (whole if end is None else min(end, whole)) - (start or 0))


def _pair(topic: str, count: int, other: int, seconds: float, other_seconds: float) -> TopicPair:
    rate = count / seconds if seconds > 0 else 0.0
    other_rate = other / other_seconds if other_seconds > 0 else 0.0
    return TopicPair(topic, _change(count, other, rate, other_rate), count, other, rate, other_rate)


def _change(count: int, other: int, rate: float, other_rate: float) -> TopicChange:
    if not count:
        return TopicChange.APPEARED
    if not other:
        return TopicChange.VANISHED
    low, high = sorted((rate, other_rate))
    if not low or high / low < NOTABLE:
        return TopicChange.ALIKE
    expected = count * other_rate / rate  # so many messages of A would be the rate of B
    if abs(expected - count) < BEYOND_CHANCE * math.sqrt(max(count, expected)):
        return TopicChange.ALIKE
    return TopicChange.BUSIER if other_rate > rate else TopicChange.QUIETER
