"""Templates as JSON Schema, draft 2020-12. A schema accepts what our own check accepts."""

from __future__ import annotations

import json
from typing import Any, Final

from analysis.templates.checking import ISO_PATTERN
from analysis.templates.model import Field, JsonType, Kind, Template
from core.payload import PayloadKind

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema_of(template: Template) -> dict[str, Any]:
    """The schema of a template's JSON payloads; of its text payloads as a string where none is JSON.

    `x-topic` is the pattern, `x-filter` the topic filter that matches it, `x-payloads` what payloads may be.
    """
    schema: dict[str, Any] = {"$schema": DIALECT, "title": str(template.topic)}
    if template.description:
        schema["description"] = template.description
    schema["x-topic"] = str(template.topic)
    schema["x-filter"] = template.topic.filter
    schema["x-payloads"] = [kind.value for kind in template.payloads]
    if PayloadKind.JSON not in template.payloads and PayloadKind.TEXT in template.payloads:
        schema["$comment"] = "The payload is text, no JSON: what is said here is said of that text."
    return {**field_schema(template.payload), **schema}


def schema_text(template: Template) -> str:
    """The schema as a file, in ASCII."""
    return json.dumps(schema_of(template), indent=2, allow_nan=False) + "\n"


def field_schema(field: Field) -> dict[str, Any]:
    """The schema of one field. `x-kind` is what it is for; annotations that are no rules begin with `x-`, too."""
    schema: dict[str, Any] = {"x-kind": field.kind.value}
    if field.types:
        schema["type"] = field.types[0].value if len(field.types) == 1 else [kind.value for kind in field.types]
    if field.description:
        schema["description"] = field.description
    if field.kind is Kind.ENUMERATION:
        schema["enum"] = list(field.values)
    elif field.values:
        schema["x-seen-values"] = list(field.values)
    if field.minimum is not None:
        schema["minimum"] = field.minimum
    if field.maximum is not None:
        schema["maximum"] = field.maximum
    if field.iso_time:
        schema["pattern"] = ISO_PATTERN
    if field.seen:
        schema["x-seen"] = list(field.seen)
    if field.examples:
        schema["examples"] = list(field.examples)
    return {**schema, **_structure(field)}


def _structure(field: Field) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    if field.members or JsonType.OBJECT in field.types:
        schema["properties"] = {name: field_schema(member) for name, member in field.members}
        required = [name for name, member in field.members if member.required]
        if required:
            schema["required"] = required
    if field.others is not None:
        schema["additionalProperties"] = field_schema(field.others)
    if field.items is not None:
        schema["items"] = field_schema(field.items)
    return schema
