"""The clocks of those who publish: the times in their messages against the times at which these arrived."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Final, NamedTuple

from analysis.clock_fit import Drift, drift
from core.message import FROM_DUMP, NS_PER_MILLISECOND, NS_PER_SECOND
from core.time_values import moment_ns
from store.results import StoredMessage

TRIAL: Final = 50
"""A topic without a time in so many messages is not looked at any more."""
MAX_TOPICS: Final = 5_000
MAX_FIELDS: Final = 6
"""Times in one message that are followed."""
SAMPLE: Final = 400
"""Points of a line; of more messages every second, fourth, ... is one."""
MIN_MESSAGES: Final = 5
"""So many say what is usual on a topic."""
EXTREMES: Final = 10
"""Messages to either side that are named."""
TICK_MS: Final = 100
"""Distances are counted to this."""
MAX_TICKS: Final = 10_000
FAR_MS: Final = 2_000.0
"""A message whose time is further from its arrival than is usual on its topic, by this at least, disagrees."""
SPREADS: Final = 10.0
"""And by so many times the usual deviation."""
YEAR_MS: Final = 366 * 86_400_000.0
"""Times that are further from the arrival are none of the message: a birthday, or a number with as many digits."""
LONGEST: Final = 40
"""Characters of a time."""


class Disagreeing(NamedTuple):
    """A message whose time and arrival are not as far apart as usual."""

    deviation_ms: float
    """Positive: its time is later than usual, against its arrival."""
    message_id: int
    at_ns: int


@dataclass(frozen=True, slots=True)
class SenderClock:
    """The times in one field of the messages of a topic."""

    sender: str
    topic: str
    field: str
    messages: int
    ahead_ms: float
    """By so much the times are ahead of the arrival, in the median; negative is usual: a message takes its time."""
    drift: Drift | None
    """How that changes; positive: the sender's clock is too fast. None if it stands still, or all came at once."""
    frozen: bool
    """The time hardly ever changes: it is not that of the message."""
    disagreeing: int
    """How many messages differ from that."""
    examples: tuple[Disagreeing, ...]
    """The worst of them, the worst first."""
    last_id: int = 0
    """The last message with such a time."""


@dataclass(slots=True)
class _Stream:
    """One field of one topic, while messages go by."""

    messages: int = 0
    changes: int = 0
    last: int | None = None
    last_id: int = 0
    every: int = 1
    points: list[tuple[int, int]] = field(default_factory=list)
    """Arrival and distance, ns; every `every`-th message."""
    ticks: Counter[int] = field(default_factory=Counter)
    low: list[tuple[int, int, int]] = field(default_factory=list)
    high: list[tuple[int, int, int]] = field(default_factory=list)
    """Distance (of `low` the negative), message and arrival: heaps of the most extreme ones."""

    def add(self, moment: int, at_ns: int, message_id: int) -> None:
        self.changes += moment != self.last
        self.last, self.last_id = moment, message_id
        ahead = moment - at_ns
        if self.messages % self.every == 0:
            self.points.append((at_ns, ahead))
            if len(self.points) > SAMPLE:
                self.points, self.every = self.points[::2], 2 * self.every
        self.messages += 1
        tick = round(ahead / NS_PER_MILLISECOND / TICK_MS)
        if tick in self.ticks or len(self.ticks) < MAX_TICKS:
            self.ticks[tick] += 1
        for heap, size in ((self.high, ahead), (self.low, -ahead)):
            entry = (size, message_id, at_ns)
            if len(heap) < EXTREMES:
                heapq.heappush(heap, entry)
            elif entry > heap[0]:
                heapq.heapreplace(heap, entry)

    @property
    def frozen(self) -> bool:
        return self.messages >= MIN_MESSAGES and self.changes <= max(1, self.messages // 10)


class SenderClocks:
    """All times of a session's messages; memory is bounded by the number of topics."""

    def __init__(self, sender_of: Callable[[str], str]) -> None:
        self._sender_of = sender_of
        self._streams: dict[str, dict[str, _Stream]] = {}
        self._seen: Counter[str] = Counter()

    def add(self, stored: StoredMessage, value: object) -> None:
        """The next message, with its parsed payload."""
        message = stored.message
        streams = self._streams.get(message.topic)
        if streams is None:
            if len(self._streams) >= MAX_TOPICS:
                return
            streams = self._streams[message.topic] = {}
        self._seen[message.topic] += 1
        if message.retain == FROM_DUMP or (not streams and self._seen[message.topic] > TRIAL):
            return
        for path, moment in _times(value):
            stream = streams.get(path)
            if stream is None and len(streams) < MAX_FIELDS:
                stream = streams[path] = _Stream()
            if stream is not None:
                stream.add(moment, message.at_ns, stored.id)

    def dated(self, topic: str) -> bool:
        """Whether the messages of a topic carry a time of their own."""
        return any(not one.frozen for one in self._streams.get(topic, {}).values())

    def found(self) -> list[SenderClock]:
        """One for each topic whose messages have a time, by sender and topic: the field that is most likely its own."""
        best: list[SenderClock] = []
        for topic, streams in self._streams.items():
            clocks = [self._clock(topic, *item) for item in streams.items() if item[1].messages >= MIN_MESSAGES]
            near = [clock for clock in clocks if abs(clock.ahead_ms) < YEAR_MS]
            best += [min(near, key=_fit)] if near else []
        return sorted(best, key=lambda one: (one.sender, one.topic))

    def _clock(self, topic: str, path: str, stream: _Stream) -> SenderClock:
        usual = median(ahead for _, ahead in stream.points)
        begin = stream.points[0][0]
        line = None
        if not stream.frozen:
            seconds = [(at - begin) / NS_PER_SECOND for at, _ in stream.points]
            line = drift(seconds, [ahead / NS_PER_MILLISECOND for _, ahead in stream.points])
        limit_ms = max(FAR_MS, SPREADS * line.spread_ms + abs(line.ms_per_h) * line.span_s / 3_600) if line else 0.0
        examples = [] if line is None else list(_far(stream, usual, limit_ms))
        far = sum(
            count
            for tick, count in stream.ticks.items()
            if line and abs(tick * TICK_MS - usual / NS_PER_MILLISECOND) > limit_ms
        )
        return SenderClock(
            sender=self._sender_of(topic),
            topic=topic,
            field=path,
            messages=stream.messages,
            ahead_ms=usual / NS_PER_MILLISECOND,
            drift=line,
            frozen=stream.frozen,
            disagreeing=max(far, len(examples)),
            examples=tuple(sorted(examples, key=lambda one: -abs(one.deviation_ms))[:EXTREMES]),
            last_id=stream.last_id,
        )


def _fit(clock: SenderClock) -> tuple[bool, bool, int, float]:
    """A time of the message rather than of something in it."""
    return clock.frozen, "." in clock.field, -clock.messages, clock.drift.spread_ms if clock.drift else 0.0


def _far(stream: _Stream, usual: float, limit_ms: float) -> Iterator[Disagreeing]:
    for heap, sign in ((stream.high, 1), (stream.low, -1)):
        for size, message_id, at_ns in heap:
            deviation_ms = (sign * size - usual) / NS_PER_MILLISECOND
            if abs(deviation_ms) > limit_ms and sign * deviation_ms > 0:
                yield Disagreeing(deviation_ms, message_id, at_ns)


def _times(value: object) -> Iterator[tuple[str, int]]:
    """The times among the fields of an object, and of the objects in it."""
    if not isinstance(value, dict):
        return
    for name, one in value.items():
        inner = one.items() if isinstance(one, dict) else ((None, one),)
        for key, plain in inner:
            moment = _moment(plain)
            if moment is not None:
                yield name if key is None else f"{name}.{key}", moment


def _moment(value: object) -> int | None:
    text = value if isinstance(value, str) else repr(value) if _may_count(value) else ""
    found = moment_ns(text) if 10 <= len(text) <= LONGEST else None
    return None if found is None else found[0]


def _may_count(value: object) -> bool:
    """Whether a number may be one of seconds or parts of them since 1970."""
    return isinstance(value, int | float) and 10**9 <= value < 10**19
