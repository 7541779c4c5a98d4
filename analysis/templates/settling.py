"""From what was seen to what is expected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from analysis.templates import evidence
from analysis.templates.model import Field, JsonType, Kind
from analysis.templates.observed import Observed, merged
from analysis.templates.vocabulary import Vocabularies, texts_of

MANY_MEMBERS: Final = 60
"""An object with more different fields than that has data for names."""
FEWEST_NAMED_BY_DATA: Final = 5
"""And one with at least so many whose names all look like identifiers."""


def settled(name: str, seen: Observed, vocabularies: Vocabularies, things: int | None = None) -> Field:
    """What a field is expected to be.

    `name`: its own, or that of the array that it is an element of. `things`: see evidence.is_required.
    """
    kind = evidence.kind_of(name, seen)
    field = Field(
        kind=kind,
        types=evidence.types_of(seen),
        iso_time=kind is Kind.TIMESTAMP and 0 < seen.types[JsonType.STRING] == seen.isos,
        seen=(seen.low, seen.high) if seen.low <= seen.high else None,
        examples=tuple(seen.examples),
        samples=seen.seen,
    )
    if kind is Kind.STRUCTURE:
        return _structure(name, seen, field, vocabularies, things)
    if kind is Kind.ENUMERATION:
        return replace(field, values=(*((None,) if seen.types[JsonType.NULL] else ()), False, True))
    return _worded(name, seen, field, vocabularies) if kind in (Kind.TEXT, Kind.CONSTANT) else field


def _worded(name: str, seen: Observed, field: Field, vocabularies: Vocabularies) -> Field:
    """A text that is an enumeration after all, or one with the few values that were seen."""
    if set(field.types) <= {JsonType.STRING, JsonType.NULL}:
        words = evidence.words_of(name, seen, vocabularies)
        if words:
            return replace(field, kind=Kind.ENUMERATION, values=words)
        if field.kind is Kind.TEXT and len(seen.values) <= evidence.MOST_WORDS:
            return replace(field, values=evidence.with_blanks(texts_of(seen), seen))
    return field


def _structure(name: str, seen: Observed, field: Field, vocabularies: Vocabularies, things: int | None) -> Field:
    members, others = dict(seen.members), seen.others
    if _named_by_data(seen):
        for member in members.values():
            others = merged(others, member)
        members = {}
    return replace(
        field,
        members=tuple(_members(members, seen, vocabularies, things)),
        others=settled(name, others, vocabularies) if others else None,
        items=settled(name, seen.items, vocabularies, evidence.things_in(seen)) if seen.items else None,
    )


def _members(
    members: dict[str, Observed], owner: Observed, vocabularies: Vocabularies, things: int | None
) -> Iterator[tuple[str, Field]]:
    few_sorts = evidence.has_few_sorts(members)
    for name, member in sorted(members.items()):
        field = settled(name, member, vocabularies, things)
        required = evidence.is_required(field.kind, member, owner, things)
        types = field.types
        if few_sorts and JsonType.OBJECT in types:
            field, required = _without_needs(field), False
        if JsonType.OBJECT in types and not required:
            types = tuple(sorted({*types, JsonType.NULL}))
        yield name, replace(field, required=required, types=types)


def _without_needs(field: Field) -> Field:
    """The structure, with nothing in it that must be there."""
    return replace(
        field,
        members=tuple((name, _without_needs(replace(member, required=False))) for name, member in field.members),
        items=field.items and _without_needs(field.items),
    )


def _named_by_data(seen: Observed) -> bool:
    names = seen.members
    if seen.more_members or len(names) > MANY_MEMBERS:
        return True
    return len(names) >= FEWEST_NAMED_BY_DATA and all(map(evidence.looks_like_identifier, names))
