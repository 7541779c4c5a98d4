"""Validates a session: which of its messages are as their templates expect."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from analysis.progress import Progress, quiet, watched
from analysis.templates.checking import violations
from analysis.templates.model import TemplateSet
from analysis.templates.topic_pattern import PatternIndex
from store.query import EVERYTHING, MessageQuery
from store.reading import Reader

MOST_KINDS: Final = 1_000
"""Different violations, and topics without a template, that are told apart."""
_PER_MESSAGE: Final = 100
"""Violations of one message that are looked at."""


@dataclass(frozen=True, slots=True)
class ViolationCount:
    """One kind of violation on one topic."""

    topic: str
    path: str
    reason: str
    count: int
    """Messages that have it."""
    first_id: int
    """The first of them."""


@dataclass(frozen=True)
class ValidationReport:
    """How the messages of a session are, measured against templates."""

    accepted: int
    rejected: int
    unknown_topics: tuple[tuple[str, int], ...]
    """Topics without a template, with their messages, most messages first; they are neither accepted nor rejected."""
    violations: tuple[ViolationCount, ...]
    """Most messages first."""
    more: int = 0
    """Violations and messages on unknown topics beyond MOST_KINDS kinds of each."""

    @property
    def checked(self) -> int:
        """Messages on topics that have a template."""
        return self.accepted + self.rejected

    @property
    def unknown(self) -> int:
        """Messages on topics without a template."""
        return sum(count for _, count in self.unknown_topics)


class Validator:
    """Takes one message after the other; memory is bounded by MOST_KINDS."""

    def __init__(self, templates: TemplateSet) -> None:
        self._index = PatternIndex((template.topic, template) for template in templates.templates)
        self._accepted = self._rejected = self._more = 0
        self._unknown: Counter[str] = Counter()
        self._kinds: dict[tuple[str, str, str], list[int]] = {}

    def add(self, message_id: int, topic: str, payload: bytes) -> None:
        """One more message."""
        template = self._index.find(topic)
        if template is None:
            self._count_unknown(topic)
            return
        found = set()
        for _, violation in zip(range(_PER_MESSAGE), violations(template, payload), strict=False):
            found.add((topic, violation.path, violation.reason))
        if not found:
            self._accepted += 1
            return
        self._rejected += 1
        for kind in found:
            if kind in self._kinds:
                self._kinds[kind][0] += 1
            elif len(self._kinds) < MOST_KINDS:
                self._kinds[kind] = [1, message_id]
            else:
                self._more += 1

    def _count_unknown(self, topic: str) -> None:
        if topic in self._unknown or len(self._unknown) < MOST_KINDS:
            self._unknown[topic] += 1
        else:
            self._more += 1

    def report(self) -> ValidationReport:
        """What was found until now."""
        counts = (ViolationCount(*kind, count, first) for kind, (count, first) in self._kinds.items())
        return ValidationReport(
            accepted=self._accepted,
            rejected=self._rejected,
            unknown_topics=tuple(sorted(self._unknown.items(), key=lambda item: (-item[1], item[0]))),
            violations=tuple(sorted(counts, key=lambda one: (-one.count, one.topic, one.path, one.reason))),
            more=self._more,
        )


def validate(
    reader: Reader, templates: TemplateSet, query: MessageQuery = EVERYTHING, progress: Progress = quiet
) -> ValidationReport:
    """Measures what a query finds against templates. Streams; raises what `progress` raises."""
    validator = Validator(templates)
    for stored in watched(reader, query, progress):
        validator.add(stored.id, stored.message.topic, stored.message.payload)
    return validator.report()
