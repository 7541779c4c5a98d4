"""Templates and their fields in words."""

from __future__ import annotations

from typing import Final

from analysis.templates.fields import FieldPath, Step, written
from analysis.templates.model import Field, JsonType, Kind, Scalar
from app.widgets.text import shortened

KINDS: Final = {
    Kind.CONSTANT: "Constant",
    Kind.ENUMERATION: "Enumeration",
    Kind.IDENTIFIER: "Identifier",
    Kind.TIMESTAMP: "Timestamp",
    Kind.MEASUREMENT: "Measurement",
    Kind.TEXT: "Text",
    Kind.STRUCTURE: "Structure",
    Kind.UNKNOWN: "Unknown",
}
SHOWN_VALUES: Final = 12
LONGEST: Final = 60
"""Characters of one value in a table."""


def types_words(field: Field) -> str:
    """`string or null`; `any` where nothing but null was seen."""
    return " or ".join(kind.value for kind in field.types) or "any"


def rule_words(field: Field) -> str:
    """What is allowed: values, range, form; what was merely seen is said to be that."""
    rules = []
    if field.kind is Kind.ENUMERATION:
        rules.append(values_words(field.values))
    if field.minimum is not None:
        rules.append(f"at least {value_words(field.minimum)}")
    if field.maximum is not None:
        rules.append(f"at most {value_words(field.maximum)}")
    if field.iso_time:
        rules.append("ISO 8601")
    seen = field.examples if field.kind is Kind.CONSTANT else field.values if field.kind is Kind.TEXT else ()
    if not rules and seen:
        return f"so far {values_words(seen)}"
    if not rules and field.seen is not None and field.kind is Kind.MEASUREMENT:
        return f"so far {value_words(field.seen[0])} to {value_words(field.seen[1])}"
    return ", ".join(rules)


def values_words(values: tuple[Scalar, ...]) -> str:
    """The first of them, and that there are more."""
    shown = ", ".join(value_words(value) for value in values[:SHOWN_VALUES])
    return f"{shown}, …" if len(values) > SHOWN_VALUES else shown


def value_words(value: Scalar) -> str:
    """One value; the empty text is named."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return shortened(str(value), LONGEST) if value != "" else "(empty)"


def need_words(path: FieldPath, field: Field, owner: Field | None) -> str:
    """Whether a field may be absent from the object `owner`; empty for what is no field of an object."""
    if owner is None or not path or isinstance(path[-1], Step):
        return ""
    if field.required:
        return "required"
    return "always so far" if field.samples >= owner.samples else "optional"


def path_words(path: FieldPath, field: Field) -> str:
    """The JSON path, and for the payload itself what it is."""
    return written(path) if path else f"$ (the payload{', a list' if JsonType.ARRAY in field.types else ''})"
