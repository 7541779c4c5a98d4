"""Messages that came twice: the same content again on a topic whose messages otherwise differ."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from core.message import FROM_DUMP, NS_PER_MILLISECOND
from store.results import StoredMessage

RECENT: Final = 32
"""So many contents of each topic are remembered: what comes again after more is a state that returns."""
MAX_TOPICS: Final = 20_000
SELDOM: Final = 0.05
"""A topic on which more of the messages repeat an earlier one does so by its nature, like a switch."""
MIN_MESSAGES: Final = 20
"""Fewer do not tell what a topic's nature is."""
NAMED: Final = 20


class Repeat(NamedTuple):
    """A message with the content of an earlier one."""

    first_id: int
    message_id: int
    at_ns: int
    after_ms: float
    """From the earlier one to this."""


@dataclass(frozen=True, slots=True)
class RepeatingTopic:
    """A topic with messages that came again although its messages otherwise differ."""

    topic: str
    messages: int
    repeats: int
    named: tuple[Repeat, ...]
    """The first ones."""


@dataclass(slots=True)
class _Seen:
    messages: int = 0
    repeats: int = 0
    named: list[Repeat] = field(default_factory=list)
    recent: OrderedDict[int, tuple[int, int]] = field(default_factory=OrderedDict)
    """By content: id and arrival."""


class Duplicates:
    """Repeats on all topics, while messages go by."""

    def __init__(self) -> None:
        self._topics: dict[str, _Seen] = {}

    def add(self, stored: StoredMessage) -> None:
        """The next message."""
        id_, message = stored
        if message.retain == FROM_DUMP:
            return
        seen = self._topics.get(message.topic)
        if seen is None:
            if len(self._topics) >= MAX_TOPICS:
                return
            seen = self._topics[message.topic] = _Seen()
        seen.messages += 1
        content = hash((message.payload, message.qos, message.retain))
        before = seen.recent.pop(content, None)
        if before is not None:
            seen.repeats += 1
            if len(seen.named) < NAMED:
                after_ms = (message.at_ns - before[1]) / NS_PER_MILLISECOND
                seen.named.append(Repeat(before[0], id_, message.at_ns, after_ms))
        seen.recent[content] = id_, message.at_ns
        if len(seen.recent) > RECENT:
            seen.recent.popitem(last=False)

    def found(self, dated: Callable[[str], bool]) -> list[RepeatingTopic]:
        """The topics with suspicious repeats, by name.

        `dated` says whether a topic's messages carry a time of their own: two of them are never equal by chance.
        """
        return [
            RepeatingTopic(topic, seen.messages, seen.repeats, tuple(seen.named))
            for topic, seen in sorted(self._topics.items())
            if seen.repeats and (dated(topic) or _seldom(seen))
        ]


def _seldom(seen: _Seen) -> bool:
    return seen.messages >= MIN_MESSAGES and seen.repeats <= SELDOM * seen.messages
