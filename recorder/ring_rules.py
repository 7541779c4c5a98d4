"""Rules that say when something interesting has happened: a condition on payloads, or a topic that falls silent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Final, NamedTuple

from core.errors import UsageError
from core.message import NS_PER_SECOND, Message
from core.topics import matches, why_invalid_filter

MAX_TOPICS: Final = 10_000
"""How many topics a rule watches: the ones that were heard first, when more fit its filter."""
_ABSENT: Final = object()


class Operator(StrEnum):
    """What is asked of a topic or of its payloads."""

    EQUALS = "equals"
    DIFFERS = "differs"
    CONTAINS = "contains"
    ABOVE = "above"
    BELOW = "below"
    SILENT = "silent"
    """Nothing has come on the topic for `value` seconds, after something had."""


@dataclass(frozen=True, slots=True)
class RingRule:
    """When to keep what has just happened. Raises UsageError for a rule that can never hold."""

    name: str
    topic_filter: str
    operator: Operator
    value: str
    """To compare with: a number for ABOVE and BELOW, seconds for SILENT."""
    field: str = ""
    """Which part of a JSON payload is looked at: `actionState.state`, `loads.0.loadType`. Empty: the whole text."""

    def __post_init__(self) -> None:
        if reason := why_invalid_filter(self.topic_filter):
            raise UsageError(f"The rule '{self.name}' cannot be used: {reason}.")
        if self.operator in (Operator.ABOVE, Operator.BELOW, Operator.SILENT):
            number = _number(self.value)
            if number is None or (self.operator is Operator.SILENT and number <= 0):
                wanted = "seconds above 0" if self.operator is Operator.SILENT else "a number"
                raise UsageError(f"The rule '{self.name}' cannot be used: '{self.value}' must be {wanted}.")
        if self.operator is Operator.SILENT and self.field:
            raise UsageError(f"The rule '{self.name}' cannot be used: a silent topic has no field.")

    def holds_for(self, payload: bytes) -> bool:
        """Whether a payload fulfils the condition; never for SILENT, or where the field is missing."""
        found = _field(payload, self.field)
        if found is _ABSENT or self.operator is Operator.SILENT:
            return False
        if self.operator in (Operator.ABOVE, Operator.BELOW):
            number, limit = _number(found), float(self.value)
            return number is not None and (number > limit if self.operator is Operator.ABOVE else number < limit)
        text = _text(found)
        if self.operator is Operator.CONTAINS:
            return self.value in text
        return (text == self.value) is (self.operator is Operator.EQUALS)


class Hit(NamedTuple):
    """A rule has come true."""

    at_ns: int
    """By which message, or since when it is known, nanoseconds since the epoch."""
    reason: str
    """For people: the rule's name and what it was that made it true."""


class Watch:
    """Whether one rule has come true. Used by one thread."""

    def __init__(self, rule: RingRule) -> None:
        self.rule = rule
        self._held: dict[str, bool] = {}
        """By topic: whether the condition held for its last message; for SILENT, whether its silence was told."""
        self._heard_ns: dict[str, int] = {}

    def feed(self, messages: Iterable[Message]) -> Hit | None:
        """The first of these messages that made the rule true; None if none did.

        A condition comes true when a message fulfils it and the one before on the same topic did not.
        """
        hit: Hit | None = None
        for message in messages:
            if not self._watches(message.topic):
                continue
            self._heard_ns[message.topic] = message.at_ns
            held, holds = self._held.get(message.topic, False), self.rule.holds_for(message.payload)
            self._held[message.topic] = holds
            if holds and not held and hit is None:
                hit = Hit(message.at_ns, f"{self.rule.name}: {message.topic}")
        return hit

    def silent(self, now_ns: int) -> Hit | None:
        """Whether a topic has been silent for too long; told once for each silence."""
        if self.rule.operator is not Operator.SILENT:
            return None
        limit_ns = float(self.rule.value) * NS_PER_SECOND
        late = [topic for topic, at_ns in self._heard_ns.items() if now_ns - at_ns >= limit_ns]
        news = [topic for topic in late if not self._held[topic]]
        self._held.update(dict.fromkeys(late, True))
        if not news:
            return None
        return Hit(now_ns, f"{self.rule.name}: {news[0]} has been silent for {self.rule.value} s")

    def forgive(self, now_ns: int) -> None:
        """The connection was missing until now: nobody could be heard."""
        self._heard_ns = dict.fromkeys(self._heard_ns, now_ns)

    def _watches(self, topic: str) -> bool:
        if topic in self._heard_ns:
            return True
        return len(self._heard_ns) < MAX_TOPICS and matches(self.rule.topic_filter, topic)


def _field(payload: bytes, path: str) -> object:
    """The value at a path of names and places in a JSON payload; without a path the text; _ABSENT if there is none."""
    try:
        if not path:
            return payload.decode()
        return _at(json.loads(payload), path.split("."))
    except (ValueError, RecursionError):  # neither text nor JSON
        return _ABSENT


def _at(value: object, path: Sequence[str]) -> object:
    for name in path:
        if isinstance(value, dict):
            value = value.get(name, _ABSENT)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return _ABSENT
    return value


def _text(value: object) -> str:
    """As a person writes it: a text without quotes, anything else as in JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if isfinite(number) else None
