"""Messages with one thing wrong, made of right ones: what templates should refuse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from random import Random
from typing import Any

from analysis.templates.model import ANYTHING, Field, JsonType, Kind

INVENTED = "Invented value"
OF_ANOTHER_TYPE: tuple[tuple[frozenset[JsonType], Any], ...] = (
    (frozenset({JsonType.STRING}), "text"),
    (frozenset({JsonType.INTEGER, JsonType.NUMBER}), 7),
    (frozenset({JsonType.BOOLEAN}), True),
    (frozenset({JsonType.OBJECT}), {"some": "object"}),
    (frozenset({JsonType.ARRAY}), ["some", "array"]),
)
"""A value of each type; null is none of them, because that is how many a sender says that there is nothing."""


class Change(StrEnum):
    """What is made wrong."""

    TYPE = "type changed"
    DROP = "required field dropped"
    INVENT = "enumeration value invented"


Place = tuple[Any, str | int, Field]
"""An object or array, the key in it, and what the template expects there."""


def changed(payload: str, template: Field, change: Change, random: Random) -> bytes | None:
    """The payload with one thing wrong, at any place where that is possible; None where it has none.

    The type of each field may change, whether the template knows it or not; what is required and what an enumeration
    is, the template says.
    """
    value = json.loads(payload)
    fitting = [place for place in places(value, template) if _fits(place, change)]
    if not fitting:
        return None
    owner, key, _ = random.choice(fitting)
    if change is Change.DROP:
        del owner[key]
    else:
        owner[key] = INVENTED if change is Change.INVENT else _other(owner[key], random)
    return json.dumps(value).encode()


def places(value: Any, field: Field) -> Iterator[Place]:
    """All members and elements of a value."""
    if isinstance(value, dict):
        for name, one in value.items():
            member = field.member(name) or ANYTHING
            yield value, name, member
            yield from places(one, member)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield value, number, field.items or ANYTHING
            yield from places(one, field.items or ANYTHING)


def _fits(place: Place, change: Change) -> bool:
    owner, key, field = place
    if change is Change.DROP:
        return isinstance(owner, dict) and field.required
    if change is Change.INVENT:
        return field.kind is Kind.ENUMERATION and isinstance(owner[key], str)
    return owner[key] is not None


def _other(value: Any, random: Random) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return random.choice(
        [
            other
            for types, other in OF_ANOTHER_TYPE
            if type(other) is not type(value) and not (number and JsonType.NUMBER in types)
        ]
    )
