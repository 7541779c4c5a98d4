"""The rules of evidence: how much must have been seen before something is a rule.

What repeats proves little, so evidence is counted in changes, not in messages:

- A message equal to the one before it on its topic adds nothing.
- A value *appears* when it is in a message and was not in the one before on the same topic. A state that a thousand
  messages repeat has appeared once.
- Elements of arrays are often the same few *things* again and again: an array has shown as many things as its longest
  had elements, or as the rarest of their identifiers had values, whichever is more.

`docs/analysis.md` explains the rules to users.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

from analysis.templates.model import JsonType, Kind, Scalar
from analysis.templates.names import says_identifier, says_sort
from analysis.templates.observed import MAX_VALUES, Observed
from analysis.templates.vocabulary import Vocabularies, texts_of

FEWEST_MESSAGES: Final = 3
"""Messages that must all have a field before it is required..."""
FEWEST_WITH_ARRAY: Final = 10
"""... and if it is in the elements of an array."""
FEWEST_THINGS: Final = 5
"""Things that an array must have shown before an identifier, a time or a structure in it is required: just these are
often missing at first."""
ALWAYS_AN_OBJECT: Final = 300
"""Messages that must all have an object before it is required and may not be null: what is nested comes and goes."""
FEWEST_CONSTANT: Final = 3
"""Values, all the same, before a field is called constant."""
FEWEST_WORDS: Final = 3
"""Values that an enumeration has at least; with fewer it takes MUCH."""
MOST_WORDS: Final = 24
FEWEST_APPEARANCES: Final = 15
"""Appearances of all values of a vocabulary, in that of its fields that has the most of them..."""
MUCH: Final = 100
"""... and with two values only: two say little about a third."""
MOST_UNSEEN: Final = 0.05
"""Share of the values that have appeared once in all appearances. It is an estimate of how likely the next one is
new (Good and Turing)."""
CALM: Final = 100
"""Or messages with the field since the last one with a new value: what does not change does not appear again."""
FEWEST_WHOLE: Final = 20
"""Numbers, all whole, before a fraction is refused."""
NEARLY_ALL: Final = 0.95
"""Share of the values that decides what kind they all are."""
_IDENTIFIER: Final = re.compile(r"(?=.*\d)[0-9a-fA-F:-]{8,}|\d{6,}|\d+(?:\.\d+){3}|(?=.*\d)(?=.*[^\W\d_])\S{4,}")
_NUMBERS: Final = re.compile(r"v?\d+(?:[.:/-]\d+)+")
"""Versions and the like: there will be others."""


def kind_of(name: str, seen: Observed) -> Kind:
    """What a field is for, as far as that is told without its vocabulary: an enumeration of texts is TEXT here."""
    types = seen.types
    if types[JsonType.OBJECT] or types[JsonType.ARRAY]:
        return Kind.STRUCTURE
    if not seen.examples:
        return Kind.UNKNOWN
    if _is_time(seen):
        return Kind.TIMESTAMP
    if says_identifier(name):
        return Kind.IDENTIFIER
    if types[JsonType.STRING] and _has_identifiers(seen):
        return Kind.IDENTIFIER
    if len(seen.values) == 1 and seen.seen >= FEWEST_CONSTANT:
        return Kind.CONSTANT
    if types[JsonType.BOOLEAN] and set(+types) <= {JsonType.BOOLEAN, JsonType.NULL}:
        return Kind.ENUMERATION
    return Kind.TEXT if types[JsonType.STRING] or types[JsonType.BOOLEAN] else Kind.MEASUREMENT


def _is_time(seen: Observed) -> bool:
    """Nothing and zero are no times: that is how an empty place looks."""
    values = sum(seen.types[kind] for kind in (JsonType.STRING, JsonType.INTEGER, JsonType.NUMBER))
    return values > seen.blanks and seen.isos + seen.epochs >= NEARLY_ALL * (values - seen.blanks)


def _has_identifiers(seen: Observed) -> bool:
    texts = texts_of(seen) if seen.values else [text for text in seen.examples if isinstance(text, str) and text]
    return bool(texts) and sum(map(looks_like_identifier, texts)) >= NEARLY_ALL * len(texts)


def looks_like_identifier(text: str) -> bool:
    """Whether a text has letters and digits mixed, is a longer number, hexadecimal or not, or an address."""
    return _IDENTIFIER.fullmatch(text) is not None


def _is_word(text: str) -> bool:
    return not looks_like_identifier(text) and not _NUMBERS.fullmatch(text)


def is_required(kind: Kind, seen: Observed, owner: Observed, things: int | None) -> bool:
    """Whether the objects `owner` must have a field. `things`: in the array that they are in; None for no array."""
    if seen.seen < owner.types[JsonType.OBJECT]:
        return False
    if seen.types[JsonType.OBJECT] and owner.messages < ALWAYS_AN_OBJECT:
        return False
    if things is None:
        return owner.messages >= FEWEST_MESSAGES
    few = things < FEWEST_THINGS and kind in (Kind.TIMESTAMP, Kind.IDENTIFIER, Kind.STRUCTURE)
    return owner.messages >= FEWEST_WITH_ARRAY and not few


def has_few_sorts(members: Mapping[str, Observed]) -> bool:
    """Whether a field says which sort of thing an object is, and has been one or two words only. What the objects in
    it hold is that of these sorts: another command has other parameters, or none.
    """
    words = [len(texts_of(member)) for name, member in members.items() if says_sort(name) and not member.more_values]
    return any(0 < count < FEWEST_WORDS for count in words)


def things_in(array: Observed) -> int:
    """How many different things the elements of an array have been, as far as one can tell."""
    elements = array.items.members if array.items else {}
    identities = [
        MAX_VALUES if member.more_values else len(member.values)
        for name, member in elements.items()
        if kind_of(name, member) is Kind.IDENTIFIER
    ]
    return max(array.longest, min(identities, default=0))


def types_of(seen: Observed) -> tuple[JsonType, ...]:
    """The types that are allowed: those that were seen; any, where nothing but null was."""
    types = {kind for kind, count in seen.types.items() if count}
    if types <= {JsonType.NULL}:
        return ()
    if JsonType.INTEGER in types and (JsonType.NUMBER in types or seen.types[JsonType.INTEGER] < FEWEST_WHOLE):
        types = (types - {JsonType.INTEGER}) | {JsonType.NUMBER}
    return tuple(sorted(types))


def words_of(name: str, seen: Observed, vocabularies: Vocabularies) -> tuple[Scalar, ...]:
    """All values of an enumeration, sorted; none if too little was seen to be sure that there are no others."""
    own = texts_of(seen)
    words = vocabularies.of(name, own)
    if len(own) < min(len(words), FEWEST_WORDS) or len(words) > MOST_WORDS or not all(map(_is_word, words)):
        return ()
    spellings = _by_spelling(words)
    calm = len(spellings) == 1 and len(own) >= FEWEST_WORDS and seen.calm >= CALM
    complete = calm or (bool(spellings) and all(map(_is_complete, spellings.values())))
    return with_blanks(words, seen) if complete else ()


def _by_spelling(words: Mapping[str, int]) -> dict[str, list[int]]:
    """The appearances of words by how they are written. `DOCK` and `clearLoad` were made by different programs or
    people: however well the one sort is known, it says nothing about the other.
    """
    found: dict[str, list[int]] = {}
    for word, appearances in words.items():
        spelling = (
            "CAPITALS" if word.isupper() else "camelCase" if not word.islower() and word[0].islower() else "other"
        )
        found.setdefault(spelling, []).append(appearances)
    return found


def with_blanks(words: Collection[str], seen: Observed) -> tuple[Scalar, ...]:
    """The words sorted, after null and the empty text if these were seen, too."""
    null = (None,) if seen.types[JsonType.NULL] else ()
    empty = ("",) if (JsonType.STRING, "") in seen.values else ()
    return (*null, *empty, *sorted(words))


def _is_complete(appearances: Collection[int]) -> bool:
    total = sum(appearances)
    once = sum(count == 1 for count in appearances)
    enough = FEWEST_APPEARANCES if len(appearances) >= FEWEST_WORDS else MUCH
    return len(appearances) > 1 and total >= enough and once <= MOST_UNSEEN * total
