"""Which topics are one pattern, told by their levels and by what their messages look like."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from analysis.templates.names import says_identifier
from analysis.templates.topic_pattern import Level, Part, TopicPattern
from analysis.templates.topic_seen import TopicSeen

SIMILAR: Final = 0.75
"""Share of the fields that two topics must have in common to be of one pattern."""
ENOUGH_WORDS: Final = 8
"""So many plain words (`kitchen`, `hall`) in one place, with like messages, make it variable; of values with digits
two are enough."""
MOST_CLUSTERS: Final = 40
"""Kinds of messages on topics of one shape; to compare all with all would take for ever where nothing is alike."""
_SHORTEST_IN_FIELD: Final = 3
"""Characters; that a shorter level is also the value of a field is chance."""
_DIGIT: Final = re.compile(r"\d")
_PLAIN: Final = re.compile(r"[\w.-][\w .-]*")
"""Names that parts can have."""
_NO_WORD: Final = re.compile(r"\W+")

Mask = tuple[bool, ...]
"""Which levels of a topic are variable."""


def grouped(topics: Iterable[TopicSeen]) -> list[tuple[TopicPattern, list[TopicSeen]]]:
    """Every topic under its pattern, sorted by the pattern. A level is variable if

    - it has a digit and is the value of one of the payload's own fields in all messages of the topic, or
    - it and another one in its place have a digit, and their messages look alike, or
    - there are ENOUGH_WORDS in its place whose messages look alike.
    """
    known = sorted(topics, key=lambda seen: seen.levels)
    masks = {seen.levels: _named_by_payload(seen) for seen in known}
    for cluster, places in [*_with_digits(known, masks), *_with_words(known, masks)]:
        for seen in cluster:
            masks[seen.levels] = tuple(variable or place in places for place, variable in enumerate(masks[seen.levels]))
    groups: dict[tuple[str | None, ...], list[TopicSeen]] = defaultdict(list)
    for seen in known:
        groups[_masked(seen.levels, masks[seen.levels])].append(seen)
    patterns = [(_pattern(shape, members), members) for shape, members in groups.items()]
    return sorted(patterns, key=lambda entry: str(entry[0]))


def _named_by_payload(seen: TopicSeen) -> Mask:
    return tuple(
        bool(seen.named_by.get(place)) and has_digit(level) and len(level) >= _SHORTEST_IN_FIELD
        for place, level in enumerate(seen.levels)
    )


def has_digit(level: str) -> bool:
    """Whether a level may be a number or name of one thing among others of its kind."""
    return _DIGIT.search(level) is not None


_Clusters = list[tuple[list[TopicSeen], set[int]]]


def _with_digits(known: Sequence[TopicSeen], masks: dict[tuple[str, ...], Mask]) -> _Clusters:
    """Topics that differ only in levels with digits, and these levels."""
    shapes: dict[tuple[str | None, ...], list[TopicSeen]] = defaultdict(list)
    for seen in known:
        mask = tuple(
            variable or has_digit(level) for variable, level in zip(masks[seen.levels], seen.levels, strict=True)
        )
        shapes[_masked(seen.levels, mask)].append(seen)
    found: _Clusters = []
    for shape, members in shapes.items():
        places = [place for place, level in enumerate(shape) if level is None]
        for cluster in _alike(members) if places else ():
            found.append((cluster, {place for place in places if len({seen.levels[place] for seen in cluster}) > 1}))
    return found


def _with_words(known: Sequence[TopicSeen], masks: dict[tuple[str, ...], Mask]) -> _Clusters:
    """Topics that differ only in one level, which has many words."""
    shapes: dict[tuple[int, tuple[str | None, ...]], list[TopicSeen]] = defaultdict(list)
    for seen in known:
        mask = masks[seen.levels]
        for place, variable in enumerate(mask):
            if not variable:
                shape = _masked(seen.levels, (*mask[:place], True, *mask[place + 1 :]))
                shapes[place, shape].append(seen)
    return [
        (cluster, {place})
        for (place, _), members in shapes.items()
        if len(members) >= ENOUGH_WORDS
        for cluster in _alike(members)
        if len({seen.levels[place] for seen in cluster}) >= ENOUGH_WORDS
    ]


def _masked(levels: Sequence[str], mask: Mask) -> tuple[str | None, ...]:
    return tuple(None if variable else level for level, variable in zip(levels, mask, strict=True))


def _alike(topics: Sequence[TopicSeen]) -> list[list[TopicSeen]]:
    """The topics in clusters, each of which looks like the first one of its cluster; at most MOST_CLUSTERS clusters."""
    clusters: list[tuple[frozenset[str], list[TopicSeen]]] = []
    for seen in topics:
        looks = seen.looks()
        home = next((cluster for first, cluster in clusters if similarity(first, looks) >= SIMILAR), None)
        if home is not None:
            home.append(seen)
        elif len(clusters) < MOST_CLUSTERS:
            clusters.append((looks, [seen]))
    return [cluster for _, cluster in clusters]


def similarity(first: frozenset[str], second: frozenset[str]) -> float:
    """Share of the names of either that are in both, 0 to 1; two that have none are the same."""
    together = len(first | second)
    return len(first & second) / together if together else 1.0


def _pattern(shape: Sequence[str | None], members: Sequence[TopicSeen]) -> TopicPattern:
    levels: list[Level] = []
    used: set[str] = set()
    for place, level in enumerate(shape):
        if level is not None:
            levels.append(level)
            continue
        name = wanted = _name(place, shape, members)
        number = 1
        while name in used:
            number += 1
            name = f"{wanted}{number}"
        used.add(name)
        levels.append(Part(name))
    return TopicPattern(tuple(levels))


def _name(place: int, shape: Sequence[str | None], members: Sequence[TopicSeen]) -> str:
    """The field that has the same value in all topics, else what the level before it is called, in the singular."""
    names = [seen.named_by.get(place) or frozenset() for seen in members]
    fields = [name for name in frozenset.intersection(*names) or frozenset.union(*names) if _PLAIN.fullmatch(name)]
    if fields:
        return min(fields, key=lambda name: (not says_identifier(name), name))
    before = _NO_WORD.sub("_", (shape[place - 1] if place else None) or "").strip("_")
    word = before[:-1] if before.endswith("s") else before
    return word if word and not has_digit(word) else "id"
