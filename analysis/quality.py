"""Did everything arrive? Fields in the payloads that count up by one tell, wherever they jump."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from analysis.json_values import parsed
from analysis.moments import Span, gaps, offset_s, pauses
from analysis.sequence_counter import TRIAL, Jump, SequenceCounter
from core.message import FROM_DUMP
from core.topics import covers
from store.reading import Reader
from store.results import StoredMessage

MAX_FIELDS: Final = 50
"""Fields of one payload that are looked at: some payloads are tables."""
MAX_TOPICS: Final = 20_000
"""Topics that are looked at: some sessions have a topic for each message, and nothing counts there."""
UNREAD: Final = object()
"""Stands for a payload that nobody has parsed."""
FOR_EVER_NS: Final = 2**63
"""The end of a pause that has none."""


@dataclass(frozen=True, slots=True)
class SequenceField:
    """A field that counts the messages of a topic, or of several sister topics together."""

    topic: str
    """A topic; or a filter that ends with `+` where the sisters share one counter."""
    field: str
    """Its name; nested ones with dots."""
    messages: int
    missing: int
    """How many numbers never came; those between a pause's start and end are not counted."""
    restarts: int
    """How often it began anew."""
    jumps: tuple[Jump, ...]
    """In order; the first thousand. A late message can have filled some of what they left out."""


def sequence_fields(reader: Reader) -> list[SequenceField]:
    """The fields that count messages, by topic and name. Reads the whole session, once, and keeps none of it."""
    counters = SequenceFields(reader)
    for stored in reader.stream_stored():
        counters.add(stored)
    return counters.found()


def missing_for_certain(fields: list[SequenceField]) -> int:
    """How many messages are missing at least: of several counters on the same topic the one that misses most counts."""
    by_topic: dict[str, int] = {}
    for one in fields:
        by_topic[one.topic] = max(by_topic.get(one.topic, 0), one.missing)
    return sum(by_topic.values())


class SequenceFields:
    """All fields of a session, while its messages go by."""

    def __init__(self, reader: Reader, *, all_topics: bool = True) -> None:
        """Without `all_topics` some may be left out, so that nothing is said about what sisters count together."""
        self._metadata = reader.metadata
        self._all_topics = all_topics
        events, started_ns = reader.events(), reader.metadata.started_ns
        self._pauses = pauses(events, started_ns, FOR_EVER_NS)
        self._gaps = gaps(events, started_ns, FOR_EVER_NS)
        self._counters: dict[tuple[str, str], SequenceCounter | None] = {}
        """By topic, or filter for sisters, and field; None where it is certain that it does not count."""
        self._promising: dict[str, set[str]] = {}
        """By topic the fields that may still be counters, there or with its sisters; missing: not known yet."""
        self._seen: dict[str, int] = {}
        self._sisters: dict[str, str] = {}

    def add(self, stored: StoredMessage, value: object = UNREAD) -> None:
        """The next message; `value` is its parsed payload, if that is known already."""
        message, topic = stored.message, stored.message.topic
        wanted = self._promising.get(topic)
        too_many = topic not in self._seen and len(self._seen) >= MAX_TOPICS
        if message.retain == FROM_DUMP or wanted == set() or too_many:
            return
        sisters = self._sister_filter(topic)
        for name, number in _whole_numbers(parsed(message.payload) if value is UNREAD else value):
            if wanted is None or name in wanted:
                self._count((topic, name), number, stored)
                if sisters:
                    self._count((sisters, name), number, stored)
        self._seen[topic] = self._seen.get(topic, 0) + 1
        if self._seen[topic] % (2 * TRIAL) == 0:
            self._promising[topic] = self._still_promising(topic, sisters)

    def found(self) -> list[SequenceField]:
        """Those that count messages, by topic and name."""
        counting = {key: one for key, one in self._counters.items() if one is not None and one.counts}
        shared = [key for key in counting if key[0].endswith("/+")]
        left_out: set[tuple[str, str]] = set()
        for filter_, name in shared:
            own = [key for key in counting if self._sisters.get(key[0]) == filter_ and key[1] == name]
            left_out.update(
                own if _explains(counting[filter_, name], [counting[key] for key in own]) else [(filter_, name)]
            )
        return [
            SequenceField(topic, name, one.messages, one.missing, one.restarts, tuple(one.jumps))
            for (topic, name), one in sorted(counting.items())
            if (topic, name) not in left_out
        ]

    def _count(self, key: tuple[str, str], value: int, stored: StoredMessage) -> None:
        counter, at_ns = self._counters.get(key), stored.message.at_ns
        if counter is not None:
            paused = self._lies_between(self._pauses, counter.last_ns, at_ns)
            gap = self._lies_between(self._gaps, counter.last_ns, at_ns)
            counter.add(value, at_ns, paused=paused, gap=gap, message_id=stored.id)
            if counter.hopeless:
                self._counters[key] = None
        elif key not in self._counters:
            self._counters[key] = SequenceCounter(value, at_ns)

    def _still_promising(self, topic: str, sisters: str) -> set[str]:
        places = {topic, sisters} - {""}
        return {name for (place, name), one in self._counters.items() if place in places and one is not None}

    def _sister_filter(self, topic: str) -> str:
        """`a/b/+` for `a/b/c`, if all sisters were recorded; else empty."""
        found = self._sisters.get(topic)
        if found is None:
            parent, slash, _ = topic.rpartition("/")
            found = f"{parent}/+" if slash and parent else ""
            whole = (
                self._all_topics
                and not self._metadata.exclude
                and any(covers(one, found) for one in self._metadata.filters)
            )
            self._sisters[topic] = found = found if found and whole else ""
        return found

    def _has_all(self, topics: str) -> bool:
        """Whether nothing that this filter matches was left out."""
        whole = self._all_topics and not self._metadata.exclude
        return whole and any(covers(one, topics) for one in self._metadata.filters)

    def _lies_between(self, spans: tuple[Span, ...], after_ns: int, until_ns: int) -> bool:
        """Whether one of the spans, or a part of it, lies between two messages."""
        if not spans:
            return False
        after_s, until_s = (offset_s(at_ns, self._metadata.started_ns) for at_ns in (after_ns, until_ns))
        return any(span.start_s < until_s and span.end_s > after_s for span in spans)


def _explains(shared: SequenceCounter, own: list[SequenceCounter]) -> bool:
    """Whether one counter for all sisters fits what was seen better than a counter for each."""

    def strange(*counters: SequenceCounter) -> tuple[int, int]:
        return sum(one.missing + one.restarts for one in counters), -sum(one.messages for one in counters)

    return not own or strange(shared) < strange(*own)


def _whole_numbers(value: object) -> Iterator[tuple[str, int]]:
    """The integer fields of a JSON object and of the objects in it, as name and value."""
    if not isinstance(value, dict):
        return
    left = MAX_FIELDS
    for name, one in value.items():
        inner = one.items() if isinstance(one, dict) else ((None, one),)
        for key, number in inner:
            left -= 1
            if left < 0:
                return
            if type(number) is int:  # not a bool
                yield name if key is None else f"{name}.{key}", number
