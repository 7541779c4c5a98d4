"""Whether a payload is what its template expects, and if not, where and why."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from analysis.templates.model import Field, JsonType, Kind, Scalar, Template
from core.payload import PayloadKind, PayloadView, view
from core.time_values import ISO
from store.naming import shortened

ISO_PATTERN: Final = f"^{ISO.decode('ascii')}$"
"""Of a text that is a time. It means the same in Python and in ECMAScript, which is what JSON Schema asks for."""
_ISO: Final = re.compile(ISO_PATTERN)
_PLAIN_NAME: Final = re.compile(r"[^\W\d]\w*")
_SHOWN_VALUES: Final = 8


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that a payload does not keep to."""

    path: str
    """Where, as JSON path with all elements of an array as one: `$.loads[*].type`."""
    reason: str


def violations(template: Template, payload: bytes) -> Iterator[Violation]:
    """What is wrong with a payload; nothing if it is as the template expects."""
    return view_violations(template, view(payload))


def view_violations(template: Template, seen: PayloadView) -> Iterator[Violation]:
    """The same for a payload that has been looked at already."""
    if seen.kind not in template.payloads:
        yield Violation("$", f"the payload is {seen.kind.value}, not {_listed(template.payloads)}")
    elif seen.kind is PayloadKind.JSON:
        yield from field_violations(template.payload, seen.value)
    elif seen.kind is PayloadKind.TEXT and PayloadKind.JSON not in template.payloads:
        yield from field_violations(template.payload, seen.text)


def field_violations(field: Field, value: object, path: str = "$") -> Iterator[Violation]:
    """What is wrong with a JSON value. What is in a value of the wrong type is not looked at."""
    if field.types and not any(_IS[kind](value) for kind in field.types):
        yield Violation(path, f"is {_type_of(value)}, not {_listed(field.types)}")
        return
    yield from _value_violations(field, value, path)
    if isinstance(value, dict):
        yield from _member_violations(field, value, path)
    elif isinstance(value, list) and field.items is not None:
        for element in value:
            yield from field_violations(field.items, element, f"{path}[*]")


def _value_violations(field: Field, value: object, path: str) -> Iterator[Violation]:
    if field.kind is Kind.ENUMERATION and not any(same(value, one) for one in field.values):
        yield Violation(path, f"{_shown(value)} is none of {_values(field.values)}")
    if is_number(value):
        if field.minimum is not None and value < field.minimum:  # type: ignore[operator]  # a number it is
            yield Violation(path, f"{value} is less than {field.minimum}")
        if field.maximum is not None and value > field.maximum:  # type: ignore[operator]
            yield Violation(path, f"{value} is more than {field.maximum}")
    if field.iso_time and isinstance(value, str) and not _ISO.search(value):
        yield Violation(path, f"{_shown(value)} is no ISO 8601 time")


def _member_violations(field: Field, value: dict[str, object], path: str) -> Iterator[Violation]:
    known = set()
    for name, member in field.members:
        known.add(name)
        if name in value:
            yield from field_violations(member, value[name], joined(path, name))
        elif member.required:
            yield Violation(joined(path, name), "is missing")
    if field.others is not None:
        for name, one in value.items():
            if name not in known:
                yield from field_violations(field.others, one, f"{path}.*")


def joined(path: str, name: str) -> str:
    """The JSON path of a member: `$.a.b`, or `$.a['b c']` where the name is no plain one."""
    return f"{path}.{name}" if _PLAIN_NAME.fullmatch(name) else f"{path}[{name!r}]"


def same(first: object, second: object) -> bool:
    """Whether two JSON values are equal: 1 is 1.0, but not true."""
    return first == second and isinstance(first, bool) == isinstance(second, bool)


def is_number(value: object) -> bool:
    """Whether a JSON value is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return is_number(value) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))


_IS: Final[dict[JsonType, Callable[[object], bool]]] = {
    JsonType.NULL: lambda value: value is None,
    JsonType.BOOLEAN: lambda value: isinstance(value, bool),
    JsonType.INTEGER: _is_whole,
    JsonType.NUMBER: is_number,
    JsonType.STRING: lambda value: isinstance(value, str),
    JsonType.OBJECT: lambda value: isinstance(value, dict),
    JsonType.ARRAY: lambda value: isinstance(value, list),
}


def _type_of(value: object) -> str:
    return next(kind.value for kind, fits in _IS.items() if fits(value))


def _listed(choices: tuple[JsonType, ...] | tuple[PayloadKind, ...]) -> str:
    return " or ".join(choice.value for choice in choices) or "anything"


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f"'{shortened(value)}'"
    return shortened(json.dumps(value)) if isinstance(value, int | float | None) else _type_of(value)


def _values(values: tuple[Scalar, ...]) -> str:
    shown = ", ".join(
        str(value) if value and isinstance(value, str) else json.dumps(value) for value in values[:_SHOWN_VALUES]
    )
    return f"{shown}, …" if len(values) > _SHOWN_VALUES else shown
