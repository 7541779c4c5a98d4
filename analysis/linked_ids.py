"""Which other ids an id leads to inside one JSON document: an order to its steps, a step to its workpiece."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

MIN_CHARS: Final = 8
"""Shorter values name places and things, of which there are few: `1`, `2-1`, `CHRG0`."""
_ID_NAMES: Final = ("id", "ID", "Id", "uuid", "UUID", "guid")


def is_id_field(name: str) -> bool:
    """Whether a field of this name holds an id: `id`, `orderId`, `order_id`, `workpieceID`, but not `paid`."""
    return name in _ID_NAMES or name.endswith(("Id", "ID", "_id", "Uuid", "UUID", "_uuid"))


def is_id(value: object) -> bool:
    """Whether a value of such a field is likely to be in no other case: it is long, and has a digit in it."""
    return isinstance(value, str) and len(value) >= MIN_CHARS and any(one.isdigit() for one in value)


def as_text(value: object) -> str | None:
    """How a plain value is compared with an id; None for what cannot be one."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def carries(document: object, known: Collection[str]) -> bool:
    """Whether one of these ids is a value anywhere in it."""
    return any(as_text(value) in known for value in _plain_values(document))


def linked(document: object, known: Collection[str], *, everywhere: bool = False) -> set[str]:
    """The ids that belong to those in `known`, as far as this document says.

    An id belongs to another one in the same object, in an object inside of it, or in one around it; but not one element
    of an array to the next: a list of orders makes no case of them all. `everywhere`: the document as a whole is about
    a known id, because its topic is.
    """
    found: set[str] = set()
    waiting: list[tuple[object, bool]] = [(document, everywhere)]
    while waiting:
        node, inside = waiting.pop()
        if isinstance(node, dict):
            here = inside or any(as_text(value) in known for value in node.values())
            if here or carries(node, known):
                found.update(_ids_of(node))
            waiting.extend((value, here) for value in node.values())
        elif isinstance(node, list):
            here = inside or any(as_text(value) in known for value in node)
            waiting.extend((value, here) for value in node)
    return found


def _ids_of(node: dict[str, object]) -> Iterator[str]:
    for name, value in node.items():
        for one in value if isinstance(value, list) else (value,):
            if is_id_field(name) and is_id(one):
                yield str(one)


def _plain_values(document: object) -> Iterator[object]:
    """All that is neither object nor array; no recursion, for the depth is the sender's."""
    waiting = [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
        else:
            yield node
