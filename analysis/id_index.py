"""Which ids a session's messages carry, found by their values: whatever the fields are called, on whatever topics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from analysis.json_values import Leaf, leaves_of, parsed
from analysis.linked_ids import as_text, is_id, is_id_field
from analysis.progress import Progress, quiet, watched
from core.time_values import moment_ns
from store.query import EVERYTHING, MessageQuery
from store.reading import Reader
from store.results import StoredMessage

MAX_VALUES: Final = 20_000
"""So many ids are counted at a time; the older half of those that were in one message only is let go then."""
LONGEST: Final = 64
MAX_TOPICS: Final = 30
MAX_NAMES: Final = 3
NOTHING: Final = ("", "0", "null", "None")
"""What stands in a field for an id where there is none."""


@dataclass(frozen=True, slots=True)
class FoundId:
    """A value that several messages share."""

    value: str
    fields: tuple[str, ...]
    """The names of the fields that it is in, the most frequent ones first."""
    messages: int
    topics: int
    """On how many topics; those beyond MAX_TOPICS do not count."""
    first_ns: int
    last_ns: int


@dataclass(slots=True)
class _Seen:
    first_ns: int
    last_ns: int = 0
    last_id: int = 0
    messages: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    topics: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class IdIndex:
    """The ids of a session."""

    ids: tuple[FoundId, ...]
    """Those in two messages or more, in the order of their first message."""
    complete: bool
    """None were let go."""

    def by_field(self) -> dict[str, list[FoundId]]:
        """By the name of the field that each is in most often, those on most topics first.

        First come fields with long ids, then those whose name says that they hold ids, then those with several, then
        those on most topics.
        """
        found: dict[str, list[FoundId]] = {}
        for one in sorted(self.ids, key=lambda one: -one.topics):
            found.setdefault(one.fields[0], []).append(one)
        return dict(sorted(found.items(), key=_rank))


def _rank(item: tuple[str, list[FoundId]]) -> tuple[bool, bool, bool, int, str]:
    name, ids = item
    long = 2 * sum(is_id(one.value) for one in ids) >= len(ids)
    return not long, not is_id_field(name), len(ids) < 2, -ids[0].topics, name


def id_index(reader: Reader, query: MessageQuery = EVERYTHING, progress: Progress = quiet) -> IdIndex:
    """Reads the messages that `query` finds, once; memory is bounded by MAX_VALUES."""
    found: dict[str, _Seen] = {}
    complete = True
    for stored in watched(reader, query, progress):
        for value, name in _ids(stored):
            seen = found.get(value)
            if seen is None:
                if len(found) >= MAX_VALUES:
                    complete = False
                    _let_go(found)
                seen = found[value] = _Seen(stored.message.at_ns)
            seen.fields[name] += 1
            if seen.last_id != stored.id:
                seen.messages += 1
                seen.last_id, seen.last_ns = stored.id, stored.message.at_ns
                if len(seen.topics) < MAX_TOPICS:
                    seen.topics.add(stored.message.topic)
    shared = [
        FoundId(value, _names(seen), seen.messages, len(seen.topics), seen.first_ns, seen.last_ns)
        for value, seen in found.items()
        if seen.messages > 1
    ]
    return IdIndex(tuple(sorted(shared, key=lambda one: (one.first_ns, one.value))), complete)


def _names(seen: _Seen) -> tuple[str, ...]:
    return tuple(name for name, _ in seen.fields.most_common(MAX_NAMES))


def _let_go(found: dict[str, _Seen]) -> None:
    lone = [value for value, seen in found.items() if seen.messages == 1]
    for value in lone[: max(1, len(lone) // 2)] or list(found)[: MAX_VALUES // 2]:
        del found[value]


def _ids(stored: StoredMessage) -> Iterator[tuple[str, str]]:
    """Values that may be ids, with the names of their fields."""
    for leaf in leaves_of(parsed(stored.message.payload)):
        text = as_text(leaf.value)
        if text is not None and text not in NOTHING and len(text) <= LONGEST and _may_be_id(leaf, text):
            yield text, leaf.name


def _may_be_id(leaf: Leaf, text: str) -> bool:
    """An id by the name of its field; or a text that looks like one, and like nothing else."""
    if is_id_field(leaf.name):
        return True
    plain = not any(one.isspace() for one in text) and not text.startswith("data:")
    return plain and is_id(leaf.value) and moment_ns(text) is None
