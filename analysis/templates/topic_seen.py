"""What was seen on one topic."""

from __future__ import annotations

from collections import Counter
from typing import Final

from analysis.templates.model import JsonType
from analysis.templates.moment import Budget, Moment
from analysis.templates.observed import Observed
from core.message import LIVE, Message
from core.payload import PayloadKind, view

MOSTLY: Final = 0.9
"""A field that so many of the messages have is part of what a topic looks like."""
LARGEST_TEXT: Final = 4_096
"""Bytes; a longer text is not looked at."""


class TopicSeen:
    """Reads the messages of one topic."""

    def __init__(self, topic: str, budget: Budget) -> None:
        self.levels = tuple(topic.split("/"))
        self.messages = 0
        self.payloads: Counter[PayloadKind] = Counter()
        self.json = Observed()
        self.text = Observed()
        self.named_by: dict[int, frozenset[str]] = {}
        """By level: the payload's own fields whose value it has been in all messages."""
        self._moment = Moment(budget)
        self._session = 0
        self._last: int | None = None

    def add(self, message: Message, session: int) -> None:
        """One more message, of the session with this number."""
        self.messages += 1
        if session != self._session:
            self._session, self._last = session, None
            self._moment.number += 1  # what a session begins with has not been there before
        if message.retain != LIVE:
            self.payloads[PayloadKind.EMPTY] += 1  # what a broker stores may also be deleted
        fingerprint = hash(message.payload)
        if fingerprint == self._last:
            return
        self._last = fingerprint
        self._moment.number += 1
        self._moment.at_ns = message.at_ns
        seen = view(message.payload)
        self.payloads[seen.kind] += 1
        if seen.kind is PayloadKind.JSON:
            self._compare_with_topic(seen.value)
            self.json.add(seen.value, self._moment)
        elif seen.kind is PayloadKind.TEXT and len(seen.text) <= LARGEST_TEXT:
            self.text.add(seen.text, self._moment)

    def _compare_with_topic(self, value: object) -> None:
        fields = value if isinstance(value, dict) else {}
        if not self.json.seen:
            equal = {
                place: frozenset(name for name, one in fields.items() if isinstance(one, str) and one == level)
                for place, level in enumerate(self.levels)
                if level
            }
            self.named_by = {place: names for place, names in equal.items() if names}
        for place, names in list(self.named_by.items()):
            still = frozenset(name for name in names if fields.get(name) == self.levels[place])
            if still:
                self.named_by[place] = still
            else:
                del self.named_by[place]

    def looks(self) -> frozenset[str]:
        """Names that tell what the messages look like: the fields that most of them have, or their type."""
        found = self.json
        if found.types[JsonType.ARRAY] and found.items is not None:
            found = found.items
        if found.types[JsonType.OBJECT]:
            enough = MOSTLY * found.types[JsonType.OBJECT]
            return frozenset(name for name, field in found.members.items() if field.seen >= enough)
        if found.seen:
            numbers = {JsonType.INTEGER, JsonType.NUMBER}
            return frozenset("number" if kind in numbers else kind.value for kind in found.types)
        return frozenset(kind.value for kind in self.payloads)
