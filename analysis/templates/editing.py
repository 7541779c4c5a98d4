"""What people change in templates: a field's kind, values, range, whether it is required, and what it means."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from analysis.templates.checking import field_violations
from analysis.templates.fields import FieldPath, fields_of, with_field, written
from analysis.templates.model import Field, JsonType, Kind, Scalar, TemplateSet
from analysis.templates.topic_edit import TopicEdit, with_topic_edit
from core.errors import UsageError

EDITABLE = tuple(kind for kind in Kind if kind not in (Kind.STRUCTURE, Kind.UNKNOWN))
"""What the kind of a field that is no structure may become."""
Place = tuple[str, str]
"""A field: the topic filter of its template, which stays the same when parts are renamed, and its JSON path."""


@dataclass(frozen=True)
class FieldEdit:
    """What one field shall be."""

    kind: Kind
    required: bool
    values: tuple[Scalar, ...] = ()
    minimum: int | float | None = None
    maximum: int | float | None = None
    description: str = ""


def edit_of(field: Field) -> FieldEdit:
    """What leaves a field as it is."""
    return FieldEdit(field.kind, field.required, field.values, field.minimum, field.maximum, field.description)


def edited(field: Field, edit: FieldEdit) -> Field:
    """The field as it shall be. Raises UsageError for what contradicts itself."""
    if edit.kind is Kind.ENUMERATION and not edit.values:
        raise UsageError("An enumeration needs at least one value. Write one in each line.")
    if edit.minimum is not None and edit.maximum is not None and edit.minimum > edit.maximum:
        raise UsageError(f"The smallest value ({edit.minimum}) is larger than the largest ({edit.maximum}).")
    new = replace(
        field,
        kind=edit.kind,
        required=edit.required,
        values=edit.values,
        minimum=edit.minimum,
        maximum=edit.maximum,
        description=edit.description,
        iso_time=field.iso_time and edit.kind is Kind.TIMESTAMP,
    )
    wrong = next((value for value in new.values if any(field_violations(new, value))), None) if _closed(new) else None
    if wrong is not None:
        raise UsageError(f"The value {json.dumps(wrong)} does not fit the field's own type or range.")
    return new


def _closed(field: Field) -> bool:
    return field.kind is Kind.ENUMERATION


@dataclass(frozen=True)
class Edits:
    """All that was changed in a set of templates."""

    fields: Mapping[Place, FieldEdit] = field(default_factory=dict)
    topics: Mapping[str, TopicEdit] = field(default_factory=dict)
    """By the topic filter of the template."""

    def __len__(self) -> int:
        return len(self.fields) + len(self.topics)


def with_edits(templates: TemplateSet, edits: Edits) -> TemplateSet:
    """The templates with these changes. Edits of what there is not any more are left out."""
    by_topic: dict[str, dict[str, FieldEdit]] = {}
    for (topic, path), edit in edits.fields.items():
        by_topic.setdefault(topic, {})[path] = edit
    changed = (
        replace(
            with_topic_edit(template, edits.topics.get(template.topic.filter)),
            payload=_with_edits(template.payload, by_topic.get(template.topic.filter, {})),
        )
        for template in templates.templates
    )
    return replace(templates, templates=tuple(changed))  # each in its place: renamed parts do not move a row


def _with_edits(root: Field, edits: Mapping[str, FieldEdit]) -> Field:
    places: dict[str, FieldPath] = {written(path): path for path, _ in fields_of(root)} if edits else {}
    for path, edit in edits.items():
        if path in places:
            known = next(field for at, field in fields_of(root) if at == places[path])
            root = with_field(root, places[path], edited(known, edit))
    return root


def parsed_values(lines: Iterable[str], types: Iterable[JsonType]) -> tuple[Scalar, ...]:
    """The values of an enumeration from what people write, one in each line; empty lines are left out.

    A line is JSON if that is of one of these types (without any: of every type), else text. Raises UsageError for text
    where no text is allowed.
    """
    allowed = Field(types=tuple(types))
    found = [_parsed(line.strip(), allowed) for line in lines if line.strip()]
    return tuple({json.dumps(value): value for value in found}.values())


def _parsed(line: str, allowed: Field) -> Scalar:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        value = line
    if isinstance(value, dict | list) or (any(field_violations(allowed, value)) and not isinstance(value, str)):
        value = line
    if any(field_violations(allowed, value)):
        raise UsageError(f"'{line}' is not of the field's type ({', '.join(allowed.types)}).")
    return value  # type: ignore[no-any-return]  # neither object nor array


def written_values(values: Iterable[Scalar], types: Iterable[JsonType]) -> str:
    """What `parsed_values` reads back, one value in each line; texts in quotes only where they need them."""
    allowed = Field(types=tuple(types))
    return "\n".join(_line(value, allowed) for value in values)


def _line(value: Scalar, allowed: Field) -> str:
    plain = isinstance(value, str) and value.isprintable() and value == value.strip() != ""
    if plain and not any(field_violations(allowed, value)) and _parsed(str(value), allowed) == value:
        return str(value)
    return json.dumps(value)
