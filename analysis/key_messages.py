"""The course of two sessions side by side: their key messages aligned, whatever the times and ids in them are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from analysis.alignment import aligned
from analysis.json_values import leaves
from analysis.progress import Progress, quiet, watched
from core.message import NS_PER_SECOND, Message
from store.query import EVERYTHING, MessageQuery
from store.reading import Reader

MAX_KEY_MESSAGES: Final = 20_000
"""Of each session; what comes after that is not aligned, and the course says so."""
MAX_WORDS: Final = 6
WORD: Final = re.compile(r"[A-Z][A-Z_]{1,31}")
"""How people write states, commands and kinds."""

Naming = Callable[[Message], str | None]
"""What a key message says, without times and ids; None for a message that is none. The same on a topic twice in a row
counts once."""


class KeyMessage(NamedTuple):
    """A message that tells how things went on."""

    label: str
    topic: str
    id: int
    at_ns: int
    offset_s: float
    """Seconds since the session's start."""


class Step(NamedTuple):
    """One line of the course: both sessions have it, or one of them only."""

    left: KeyMessage | None
    right: KeyMessage | None

    @property
    def common(self) -> bool:
        return self.left is not None and self.right is not None


@dataclass(frozen=True, slots=True)
class Course:
    """The key messages of two sessions, side by side."""

    steps: tuple[Step, ...]
    cut: bool
    """There are more than MAX_KEY_MESSAGES in one of them."""

    @property
    def first_difference(self) -> int | None:
        """The place of the first step that only one session has; None if there is none."""
        return next((place for place, step in enumerate(self.steps) if not step.common), None)

    @property
    def common(self) -> int:
        """How many steps both have."""
        return sum(step.common for step in self.steps)


def course(
    left: Reader,
    right: Reader,
    name: Naming,
    query: MessageQuery = EVERYTHING,
    right_query: MessageQuery | None = None,
    progress: Progress = quiet,
) -> Course:
    """Aligns what `name` calls key messages among those that `query` finds in A, and `right_query` in B."""
    right_query = query if right_query is None else right_query
    total = left.count(query)
    whole = total + right.count(right_query)
    mine = list(_key_messages(left, query, name, lambda done, _: progress(done, whole)))
    theirs = list(_key_messages(right, right_query, name, lambda done, _: progress(total + done, whole)))
    cut = max(len(mine), len(theirs)) > MAX_KEY_MESSAGES
    steps = aligned(mine[:MAX_KEY_MESSAGES], theirs[:MAX_KEY_MESSAGES], key=_label, at=_at)
    return Course(tuple(Step(one, other) for one, other in steps), cut)


def _label(message: KeyMessage) -> str:
    return message.label


def _at(message: KeyMessage) -> int:
    return message.at_ns


def _key_messages(reader: Reader, query: MessageQuery, name: Naming, progress: Progress) -> Iterator[KeyMessage]:
    """One more than MAX_KEY_MESSAGES at most: whoever asks sees that there are more."""
    origin_ns, last, found = reader.metadata.started_ns, dict[str, str](), 0
    for id_, message in watched(reader, query, progress):
        label = name(message)
        if label is None or last.get(message.topic) == label:
            continue
        last[message.topic] = label
        yield KeyMessage(label, message.topic, id_, message.at_ns, (message.at_ns - origin_ns) / NS_PER_SECOND)
        found += 1
        if found > MAX_KEY_MESSAGES:
            return


def words_of(message: Message) -> str | None:
    """Names a message by its topic and the words in capitals in its payload: how states and commands are written.

    For systems that nothing more is known of. None if there is no such word.
    """
    words = [
        f"{leaf.name} {leaf.value}" if leaf.name else leaf.value
        for leaf in leaves(message.payload)
        if isinstance(leaf.value, str) and WORD.fullmatch(leaf.value)
    ]
    return f"{message.topic}: {', '.join(dict.fromkeys(words[:MAX_WORDS]))}" if words else None
