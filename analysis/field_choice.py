"""Which fields inside the payloads of a session can be drawn over time: found in a sample of its messages."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from analysis.message_pages import last_id
from analysis.progress import Progress, quiet
from core.json_path import Steps, path_text
from core.payload import text_of
from core.time_values import moment_ns
from core.topics import why_invalid_filter
from store.query import MessageQuery
from store.reading import Reader

SAMPLES_PER_TOPIC: Final = 40
"""Messages of a topic that are looked at, spread over the session."""
MAX_SAMPLES: Final = 20_000
MAX_BYTES: Final = 1_000_000
"""Larger payloads are not looked at; they are pictures."""
MAX_FIELDS: Final = 5_000
MAX_LEAVES: Final = 500
"""Values of one payload."""
MAX_DEPTH: Final = 8
ELEMENTS: Final = 4
"""Of an array the first ones have a series each: a vehicle's loads, the steps of an order."""
MAX_STATES: Final = 20
"""A field with more different texts is no enumeration."""
STATE_CHARS: Final = 60
FEW: Final = 3
"""An enumeration's value occurs so often on average; what occurs less must at least look like a word."""
_WORD: Final = re.compile(r"[^\W\d_][^\d]{0,39}")


class FieldKind(StrEnum):
    """How a field is drawn."""

    NUMBER = "number"
    """A line."""
    STATE = "state"
    """Coloured bars."""


@dataclass(frozen=True, slots=True)
class Field:
    """One place inside the payloads of a topic."""

    topic: str
    steps: Steps
    kind: FieldKind

    @property
    def path(self) -> str:
        """As a JSON path; valid Unicode, whatever the keys are."""
        return path_text(self.steps).encode("utf-8", "backslashreplace").decode("utf-8")


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """A field with what the sample showed of it."""

    field: Field
    samples: int
    low: float = 0.0
    """Numbers only, like `high`."""
    high: float = 0.0
    states: tuple[str, ...] = ()
    fractions: bool = False
    """Numbers only: some are not whole, so it measures rather than counts."""

    @property
    def constant(self) -> bool:
        """Whether the sample showed one value only."""
        return len(self.states) == 1 or (not self.states and self.low == self.high)


@dataclass(slots=True)
class _Seen:
    """What is known of a field while samples go by."""

    samples: int = 0
    numbers: int = 0
    times: int = 0
    low: float = math.inf
    high: float = -math.inf
    fractions: int = 0
    texts: set[str] = field(default_factory=set)
    other: int = 0

    def add(self, value: object) -> None:
        if isinstance(value, float) and not math.isfinite(value):
            return
        self.samples += 1
        number, text = number_of(value), state_of(value)
        if number is not None:
            self.numbers += 1
            self.times += moment_ns(str(value)) is not None
            self.fractions += not number.is_integer()
            self.low, self.high = min(self.low, number), max(self.high, number)
        elif text is None:
            self.other += 1
        elif len(self.texts) <= MAX_STATES:
            self.texts.add(text)
            self.times += moment_ns(text) is not None

    def info(self, topic: str, steps: Steps) -> FieldInfo | None:
        """None if there is nothing to be drawn."""
        if self.numbers and not self.texts and not self.other and not self.times:
            return FieldInfo(
                Field(topic, steps, FieldKind.NUMBER), self.samples, self.low, self.high, fractions=self.fractions > 0
            )
        if self.numbers or not self.texts or self.times or len(self.texts) > MAX_STATES:
            return None
        often = len(self.texts) * FEW <= self.samples
        if often or all(_WORD.fullmatch(text) for text in self.texts):
            return FieldInfo(Field(topic, steps, FieldKind.STATE), self.samples, states=tuple(sorted(self.texts)))
        return None


def number_of(value: object) -> float | None:
    """A number that can be drawn; None for all else, also for infinite ones."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def state_of(value: object) -> str | None:
    """A text, true or false as a state; None for all else and for long texts."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str) or len(value) > STATE_CHARS:
        return None
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def find_fields(reader: Reader, query: MessageQuery, progress: Progress = quiet) -> tuple[FieldInfo, ...]:
    """The fields that the messages of a query have, sorted by topic; in each those first that change.

    From at most SAMPLES_PER_TOPIC messages of each topic.
    """
    seen: dict[tuple[str, Steps], _Seen] = {}
    ids = _samples(reader, query, progress)
    for number, message_id in enumerate(ids):
        if number % 100 == 0:
            progress(number, len(ids))
        stored = reader.message(message_id)
        if stored is None or why_invalid_filter(stored.message.topic):
            continue
        for steps, value in _leaves(parsed(stored.message.payload)):
            place = stored.message.topic, steps
            if place in seen or len(seen) < MAX_FIELDS:
                seen.setdefault(place, _Seen()).add(value)
    found = [info for (topic, steps), one in seen.items() if (info := one.info(topic, steps)) is not None]
    return tuple(sorted(found, key=lambda one: (one.field.topic, one.constant)))  # else in the order of the payload


def _samples(reader: Reader, query: MessageQuery, progress: Progress) -> list[int]:
    """Ids in the order of arrival: of each topic the last one in each of equal parts of the session."""
    end = last_id(reader)
    found: set[int] = set()
    for stretch in reader.stretches(query, max(1, -(-end // SAMPLES_PER_TOPIC))):
        progress(min(stretch.through_id, end), end)
        found.update(stretch.latest.values())
        if len(found) > MAX_SAMPLES:
            break
    return sorted(found)[:MAX_SAMPLES]


def parsed(payload: bytes) -> object:
    """The JSON value of a payload; None if it is none or too large. Never raises."""
    text = text_of(payload) if len(payload) <= MAX_BYTES else None
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return None


def _leaves(value: object) -> Iterator[tuple[Steps, object]]:
    """The values of a document that are neither null nor hold others, with their paths. In its order."""
    waiting: list[tuple[Steps, object]] = [((), value)]
    left = MAX_LEAVES
    while waiting and left:
        steps, one = waiting.pop()
        if isinstance(one, dict | list) and len(steps) < MAX_DEPTH:
            pairs = list(one.items())[:left] if isinstance(one, dict) else list(enumerate(one[:ELEMENTS]))
            waiting += [((*steps, key), item) for key, item in reversed(pairs)]
        elif one is not None and not isinstance(one, dict | list):
            left -= 1
            yield steps, one
