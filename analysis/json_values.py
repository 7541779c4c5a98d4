"""The plain values in a JSON payload, with their places; quick, bounded, and never raising."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final, NamedTuple

MAX_BYTES: Final = 200_000
"""Larger payloads, pictures mostly, are not looked into."""
MAX_LEAVES: Final = 2_000
"""Of one payload: some are tables."""

Plain = str | int | float | bool | None


class Leaf(NamedTuple):
    """A value that is neither an object nor an array."""

    path: str
    """The names on the way to it, with dots; elements of an array are `[]`: `steps[].id`. Empty for a bare value."""
    value: Plain

    @property
    def name(self) -> str:
        """The field's own name; of an element of an array that of the array."""
        return self.path.replace("[]", "").rpartition(".")[2]


def parsed(payload: bytes, largest: int = MAX_BYTES) -> object:
    """The JSON value; None for what is none, or larger than so many bytes."""
    if not payload or len(payload) > largest:
        return None
    try:
        found: object = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return found


def leaves(payload: bytes) -> Iterator[Leaf]:
    """The values of a payload in their order; none if it is not JSON."""
    return leaves_of(parsed(payload))


def leaves_of(value: object) -> Iterator[Leaf]:
    """The same for what has been parsed."""
    waiting: list[tuple[str, object]] = [("", value)]
    left = MAX_LEAVES
    while waiting and left:
        path, one = waiting.pop()
        if isinstance(one, dict):
            prefix = f"{path}." if path else ""
            waiting.extend((prefix + name, inner) for name, inner in reversed(one.items()))
        elif isinstance(one, list):
            waiting.extend((f"{path}[]", inner) for inner in reversed(one))
        elif isinstance(one, str | int | float | bool):
            left -= 1
            yield Leaf(path, one)
