"""A message that a template accepts: a starting point for one that is written by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from analysis.templates.checking import field_violations
from analysis.templates.model import Field, JsonType, Kind, Template
from analysis.templates.topic_pattern import Part
from core.payload import PayloadKind

POSSIBLE: Final = (PayloadKind.JSON, PayloadKind.TEXT, PayloadKind.EMPTY)
"""Payloads that can be written by hand, what is looked for first."""


@dataclass(frozen=True)
class Present:
    """What is new in each message."""

    time: str
    """Now, as ISO 8601 with a zone."""
    new_id: Callable[[], str]
    named: Mapping[str, str] = field(default_factory=dict)
    """Values by the name of a field: what the topic says, the payload says again."""


def example(template: Template, present: Present) -> tuple[str, bytes] | None:
    """Topic and payload, with what is required; None if its payloads are binary.

    It is accepted by its template, unless that contradicts itself: a text that must be a time and one of some words.
    """
    kind = next((one for one in POSSIBLE if one in template.payloads), None)
    if kind is None:
        return None
    parts = dict(template.parts)
    named = {name: next(iter(parts.get(name, ())), name) for name in template.topic.parts}
    topic = "/".join(named[one.name] if isinstance(one, Part) else one for one in template.topic.levels)
    if kind is PayloadKind.EMPTY:
        return topic, b""
    value = _value("", template.payload, Present(present.time, present.new_id, {**present.named, **named}))
    if kind is PayloadKind.JSON:
        return topic, json.dumps(value, ensure_ascii=False).encode("utf-8")
    return topic, (value if isinstance(value, str) and value else "text").encode("utf-8")


def _value(name: str, field: Field, present: Present) -> Any:
    """The first thing that fits, from the most to the least like a real one."""
    candidates = list(_candidates(name, field, present))
    return next((one for one in candidates if not any(field_violations(field, one))), candidates[-1])


def _candidates(name: str, field: Field, present: Present) -> Iterator[Any]:
    if name in present.named:
        yield present.named[name]
    if field.iso_time:
        yield present.time
    if field.kind is not Kind.STRUCTURE:
        yield from field.values
        yield from field.examples
    if field.kind is Kind.IDENTIFIER:
        yield present.new_id()
    yield from (bound for bound in (field.minimum, field.maximum, *(field.seen or ())) if bound is not None)
    for kind in field.types or (JsonType.NULL,):
        yield _plain(kind, field, present)


def _plain(kind: JsonType, field: Field, present: Present) -> Any:
    """The least of a type that keeps to the field's parts."""
    match kind:
        case JsonType.OBJECT:
            required = [(name, one) for name, one in field.members if one.required]
            return {name: _value(name, one, present) for name, one in required or field.members}
        case JsonType.ARRAY:
            return [] if field.items is None else [_value("", field.items, present)]
        case JsonType.STRING:
            return "text"
        case JsonType.INTEGER | JsonType.NUMBER:
            return 0
        case JsonType.BOOLEAN:
            return False
        case JsonType.NULL:
            return None
