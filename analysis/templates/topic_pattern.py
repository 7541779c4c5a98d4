"""Topics with named variable parts: `module/v1/{serialNumber}/state`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from core.errors import UsageError
from core.topics import why_invalid_topic

T = TypeVar("T")
_PART = re.compile(r"\{([^{}]+)\}")
_KNOWN = 10_000
"""Topics whose pattern is remembered."""


@dataclass(frozen=True, order=True)
class Part:
    """A level of a topic that may be anything, by its name."""

    name: str


Level = str | Part


@dataclass(frozen=True)
class TopicPattern:
    """A topic of which some levels may be anything."""

    levels: tuple[Level, ...]

    @classmethod
    def parse(cls, text: str) -> TopicPattern:
        """What `str` wrote: `{name}` is a variable level, `{{` a level that really begins with a brace.

        Raises UsageError for what is no topic, and for two parts of the same name.
        """
        reason = why_invalid_topic(text)
        if reason:
            raise UsageError(f"{reason[:1].upper()}{reason[1:]}. Correct the topic of the template.")
        levels = tuple(_parsed(level) for level in text.split("/"))
        names = [level.name for level in levels if isinstance(level, Part)]
        if len(set(names)) < len(names):
            raise UsageError(f"'{text}' has two variable parts of the same name. Give each a name of its own.")
        return cls(levels)

    def __str__(self) -> str:
        return "/".join(_written(level) for level in self.levels)

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of the variable parts, in order."""
        return tuple(level.name for level in self.levels if isinstance(level, Part))

    @property
    def filter(self) -> str:
        """The topic filter that matches what the pattern matches, and no more."""
        return "/".join("+" if isinstance(level, Part) else level for level in self.levels)

    def matches(self, topic: str) -> bool:
        """Whether a topic fits."""
        levels = topic.split("/")
        return len(levels) == len(self.levels) and all(
            isinstance(own, Part) or own == level for own, level in zip(self.levels, levels, strict=True)
        )


class PatternIndex(Generic[T]):
    """Finds what belongs to a topic; of several patterns that fit, the one that is literal for longest wins."""

    def __init__(self, entries: Iterable[tuple[TopicPattern, T]]) -> None:
        ordered = sorted(entries, key=lambda entry: [isinstance(level, Part) for level in entry[0].levels])
        self._literal = {pattern.filter: value for pattern, value in ordered if not pattern.parts}
        self._by_length: dict[int, list[tuple[TopicPattern, T]]] = {}
        for pattern, value in ordered:
            if pattern.parts:
                self._by_length.setdefault(len(pattern.levels), []).append((pattern, value))
        self._known: dict[str, T | None] = {}

    def find(self, topic: str) -> T | None:
        """What belongs to the best pattern that fits, or None."""
        try:
            return self._known[topic]
        except KeyError:
            if len(self._known) >= _KNOWN:
                self._known.clear()
            found = self._known[topic] = self._find(topic)
            return found

    def _find(self, topic: str) -> T | None:
        if topic in self._literal:
            return self._literal[topic]
        candidates = self._by_length.get(topic.count("/") + 1, ())
        return next((value for pattern, value in candidates if pattern.matches(topic)), None)


def _parsed(level: str) -> Level:
    found = _PART.fullmatch(level)
    if found:
        return Part(found[1])
    return level[1:] if level.startswith("{{") else level


def _written(level: Level) -> str:
    if isinstance(level, Part):
        return f"{{{level.name}}}"
    return f"{{{level}" if level.startswith("{") else level
