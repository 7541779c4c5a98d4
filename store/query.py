"""Which messages of a session are asked for, and how SQLite is asked for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.errors import UsageError
from core.topics import matches, why_invalid_filter
from store.json_sql import Value, json_condition
from store.pieces import ALWAYS, TimeRange


@dataclass(frozen=True, slots=True)
class MessageQuery:
    """Conditions that all have to hold; an empty query matches every message."""

    include: tuple[str, ...] = ()
    """Topic filters of which one must match; empty: all topics."""
    exclude: tuple[str, ...] = ()
    """Topic filters of which none may match."""
    start_ns: int | None = None
    """Inclusive, nanoseconds since the epoch, UTC."""
    end_ns: int | None = None
    """Exclusive."""
    retained: bool = False
    """Only messages with the retain flag, be they live or from the broker's store."""
    text: str = ""
    """Must occur in the payload or in the topic, in upper or lower case.

    A search for ASCII text looks at a binary payload up to its first null byte.
    """

    qos: tuple[int, ...] = ()
    """Only messages of these qualities of service; empty: all."""
    json: str = ""
    """Conditions on JSON payloads, see core.json_conditions: `$.state == "RUNNING"`; empty: all payloads."""

    def wants_topic(self, topic: str) -> bool:
        """Whether `include` and `exclude` let this topic through."""
        included = not self.include or any(matches(wanted, topic) for wanted in self.include)
        return included and not any(matches(unwanted, topic) for unwanted in self.exclude)

    def wants_time(self, at_ns: int) -> bool:
        """Whether a moment lies in the range."""
        after_start = self.start_ns is None or at_ns >= self.start_ns
        return after_start and (self.end_ns is None or at_ns < self.end_ns)


EVERYTHING = MessageQuery()

_LIKE_CHARACTERS = 1_000
"""SQLite's LIKE is three times as fast as anything else here, folds ASCII only, and takes no endless patterns."""


_BEYOND_ASCII = "length(CAST(payload AS TEXT)) < length(CAST(payload AS BLOB))"
"""Fewer characters than bytes: true for all that has a character beyond ASCII, and told without calling Python."""


@dataclass(slots=True)
class Condition:
    """A WHERE clause over `messages`; the values are bound, never part of the SQL."""

    parts: list[str] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    nothing: bool = False
    """No message can match."""
    time: TimeRange = ALWAYS
    """Which the parts contain."""
    topics: frozenset[int] | None = None
    """Which the parts contain; None: all."""
    retained: bool = False
    """Which the parts contain."""
    of_content: bool = False
    """The parts ask for more than time, topics and retain flag."""

    @property
    def where(self) -> str:
        """What follows WHERE."""
        return " AND ".join(self.parts) or "1"

    def add(self, part: str, *values: Value) -> None:
        """One more thing that must hold."""
        self.parts.append(part)
        self.values.extend(values)


def condition_for(query: MessageQuery, topics: Mapping[int, str]) -> Condition:
    """The condition that `query` means in a session with these topics. UsageError for what is invalid in it."""
    for topic_filter in (*query.include, *query.exclude):
        reason = why_invalid_filter(topic_filter)
        if reason:
            raise UsageError(f"{reason[:1].upper()}{reason[1:]}.")
    condition = Condition(
        time=TimeRange(query.start_ns, query.end_ns),
        retained=query.retained,
        of_content=bool(query.qos or query.text or query.json),
    )
    if query.start_ns is not None:
        condition.add("at >= ?", query.start_ns)
    if query.end_ns is not None:
        condition.add("at < ?", query.end_ns)
    if query.retained:
        condition.add("retain <> 0")
    if query.qos:
        condition.add(f"qos IN ({ids_of(query.qos)})")
    if query.include or query.exclude:  # after what costs less: SQLite looks in this order
        wanted = [topic_id for topic_id, topic in topics.items() if query.wants_topic(topic)]
        condition.nothing = not wanted
        _restrict_topics(condition, wanted, len(topics))
    if query.text:
        _search(condition, query.text, topics)
    for term in json_condition(query.json):
        condition.add(term.sql, *term.values)
    return condition


def _restrict_topics(condition: Condition, wanted: list[int], known: int) -> None:
    if len(wanted) < known:
        condition.topics = frozenset(wanted)
        condition.add(f"topic_id IN ({ids_of(wanted)})")


def _search(condition: Condition, text: str, topics: Mapping[int, str]) -> None:
    folded = text.casefold()
    found = ids_of([topic_id for topic_id, topic in topics.items() if folded in topic.casefold()])
    if text.isascii() and len(text) <= _LIKE_CHARACTERS:
        escaped = folded.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        needle, value = "CAST(payload AS TEXT) LIKE ? ESCAPE '\\'", f"%{escaped}%"
    else:
        needle, value = "contains_folded(payload, ?)", folded
        if not folded.isascii():
            needle = f"{_BEYOND_ASCII} AND {needle}"
    condition.add(f"(topic_id IN ({found}) OR {needle})", value)


def ids_of(numbers: Iterable[int]) -> str:
    """Integers from our own tables, written out: SQLite binds no lists, and only 32,766 single values."""
    return ",".join(map(str, map(int, numbers)))


def contains_folded(payload: object, folded: str) -> bool:
    """The SQL function for texts beyond ASCII. Bytes that are not UTF-8 match nothing."""
    text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else str(payload)
    return folded in text.casefold()
