"""Templates as values: which messages a topic pattern carries, field by field."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from analysis.templates.topic_pattern import TopicPattern
from core.payload import PayloadKind

Scalar = str | int | float | bool | None
"""A JSON value without parts."""


class JsonType(StrEnum):
    """The types of JSON Schema. Each integer is a number, too; 1.0 counts as an integer."""

    NULL = "null"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    STRING = "string"
    OBJECT = "object"
    ARRAY = "array"


class Kind(StrEnum):
    """What a field is for."""

    CONSTANT = "constant"
    """It has never been anything else. No rule: a new value of the same type is accepted."""
    ENUMERATION = "enumeration"
    """One of `values`, nothing else."""
    IDENTIFIER = "identifier"
    TIMESTAMP = "timestamp"
    MEASUREMENT = "measurement"
    TEXT = "text"
    STRUCTURE = "structure"
    """An object or an array."""
    UNKNOWN = "unknown"
    """Always null or empty where it was seen: it may be anything."""


@dataclass(frozen=True)
class Field:
    """One field of a payload, or the payload itself."""

    kind: Kind = Kind.UNKNOWN
    types: tuple[JsonType, ...] = ()
    """One of them; empty: any."""
    required: bool = False
    """The object that it belongs to always has it. Means nothing for the payload itself and for elements of arrays."""
    values: tuple[Scalar, ...] = ()
    """Of an enumeration: all that are allowed. Of a text: all that were seen, if few; no rule."""
    minimum: int | float | None = None
    """Inclusive, for numbers; set by people only."""
    maximum: int | float | None = None
    iso_time: bool = False
    """Strings must be ISO 8601 with date and time."""
    seen: tuple[int | float, int | float] | None = None
    """The smallest and the largest number that was seen. No rule."""
    examples: tuple[Scalar, ...] = ()
    """A few values that were seen; long texts are cut off, with an ellipsis."""
    samples: int = 0
    """Values that were looked at; a message equal to the one before it on its topic adds none."""
    description: str = ""
    members: tuple[tuple[str, Field], ...] = ()
    """Of an object: its fields by name, sorted. Others are allowed."""
    others: Field | None = None
    """Of an object whose names are data (`{"<id>": …}`): what each field that is not in `members` is like."""
    items: Field | None = None
    """Of an array: what each element is like."""

    def member(self, name: str) -> Field | None:
        """The field with this name, or what all fields without a name of their own are like."""
        return dict(self.members).get(name, self.others)


ANYTHING: Final = Field()


@dataclass(frozen=True)
class Template:
    """The messages of all topics that fit a pattern."""

    topic: TopicPattern
    payloads: tuple[PayloadKind, ...] = (PayloadKind.JSON,)
    """What payloads may be; EMPTY where the broker's stored message may be deleted."""
    payload: Field = ANYTHING
    """What JSON payloads are like; where none is JSON, what the text is like."""
    description: str = ""
    messages: int = 0
    """From so many it was learned."""
    parts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """By the name of a variable part of the topic: examples."""


@dataclass(frozen=True)
class TemplateSet:
    """The templates of a system. No two have the same topic pattern."""

    templates: tuple[Template, ...] = ()
    """Sorted by their topics, as they were before parts were renamed."""
    name: str = ""
    description: str = ""
    learned_from: tuple[str, ...] = field(default=())
    """Names of sessions."""
    left_out: int = 0
    """Messages on topics that were too many to be told apart."""
