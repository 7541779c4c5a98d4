"""Which templates appear, vanish or change from one session to another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from analysis.templates.fields import fields_of, written
from analysis.templates.model import Field, JsonType, Kind, Template, TemplateSet
from core.topics import covers

MAX_VALUES: Final = 10
"""So many new values of a field are named."""


class TemplateChange(StrEnum):
    """What became of a template."""

    APPEARED = "appeared"
    VANISHED = "vanished"
    CHANGED = "changed"


class FieldChange(NamedTuple):
    """What is different in a field."""

    path: str
    """As JSON path: `$.loads[*].type`."""
    what: str


@dataclass(frozen=True, slots=True)
class TemplatePair:
    """A template that is not the same in both sessions."""

    topic: str
    change: TemplateChange
    fields: tuple[FieldChange, ...] = ()
    """Of a changed one."""


def template_pairs(left: TemplateSet, right: TemplateSet) -> tuple[TemplatePair, ...]:
    """The templates that differ, by topic.

    Templates belong together if their topics match the same, or those of one match all that the other's do: with a
    single station in a session nothing tells that a level is variable. A field has changed if it is there in one of
    them only, if it has types that the other has not (null aside), or if it is one of other words.
    """
    partners = _partners(left, right)
    taken = {partner.topic for partner in partners.values()}
    found = [
        TemplatePair(str(one.topic), TemplateChange.VANISHED)
        for one in left.templates
        if str(one.topic) not in partners
    ]
    found += (
        TemplatePair(str(one.topic), TemplateChange.APPEARED) for one in right.templates if one.topic not in taken
    )
    for one in left.templates:
        other = partners.get(str(one.topic))
        changes = tuple(_field_changes(one, other)) if other else ()
        if changes:
            found.append(TemplatePair(str(one.topic), TemplateChange.CHANGED, changes))
    return tuple(sorted(found, key=lambda pair: pair.topic))


def _partners(left: TemplateSet, right: TemplateSet) -> dict[str, Template]:
    """By the topic of a template in A: that in B."""
    same = {one.topic.filter: one for one in right.templates}
    found = {str(one.topic): same[one.topic.filter] for one in left.templates if one.topic.filter in same}
    taken = {one.topic for one in found.values()}
    rest = [one for one in right.templates if one.topic not in taken]
    for one in left.templates:
        if str(one.topic) not in found:
            wide = next((other for other in rest if _related(one.topic.filter, other.topic.filter)), None)
            if wide is not None:
                found[str(one.topic)] = wide
    return found


def _related(one: str, other: str) -> bool:
    return covers(one, other) or covers(other, one)


def _field_changes(left: Template, right: Template) -> Iterator[FieldChange]:
    if set(left.payloads) != set(right.payloads):
        before, after = (", ".join(one.payloads) for one in (left, right))
        yield FieldChange("$", f"payloads: {before} before, {after} now")
    mine, theirs = ({written(path): one for path, one in fields_of(it.payload)} for it in (left, right))
    for path in sorted(mine.keys() | theirs.keys()):
        one, other = mine.get(path), theirs.get(path)
        if one is None or other is None:
            if _parent(path) in mine and _parent(path) in theirs:  # else the whole part is told
                yield FieldChange(path, "appeared" if one is None else "vanished")
        else:
            yield from (FieldChange(path, what) for what in _differences(one, other))


def _parent(path: str) -> str:
    for end in ("[*]", ".*"):
        if path.endswith(end):
            return path.removesuffix(end)
    return path[: max(path.rfind("."), path.rfind("["))] or "$"


def _differences(one: Field, other: Field) -> Iterator[str]:
    before, after = _types(one), _types(other)
    if before and after and before != after:
        yield f"type: {', '.join(sorted(before))} before, {', '.join(sorted(after))} now"
    elif one.kind is other.kind is Kind.ENUMERATION:
        for values, others, word in ((other.values, one.values, "new"), (one.values, other.values, "no longer")):
            more = [repr(value) for value in values if value not in others]
            if more:
                yield f"{word}: {', '.join(more[:MAX_VALUES])}"


def _types(field: Field) -> set[JsonType]:
    """Without null, which stands for all types; whole numbers are numbers that happen to be so."""
    plain = set(field.types) - {JsonType.NULL}
    return (plain - {JsonType.INTEGER}) | {JsonType.NUMBER} if JsonType.INTEGER in plain else plain
