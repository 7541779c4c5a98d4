"""Which other ids an id leads to inside one JSON document: an order to its steps, a step to its workpiece."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

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


class Group(NamedTuple):
    """Objects inside one another, with no array in between: what they say is about the same case."""

    values: frozenset[str]
    """All plain values."""
    ids: frozenset[str]
    """Those that are ids."""
    around: frozenset[str]
    """The ids of all groups around it, of which it is an element, or an element of an element."""


def groups(document: object) -> list[Group]:
    """The groups of a document, the outer ones first; no recursion, for the depth is the sender's."""
    found: list[Group] = []
    waiting: list[tuple[object, frozenset[str]]] = [(document, frozenset())]
    while waiting:
        node, around = waiting.pop(0)
        values, ids, elements = _together(node)
        group = Group(frozenset(values), frozenset(ids), around)
        if group.values:
            found.append(group)
        waiting.extend((element, around | group.ids) for element in elements)
    return found


def _together(node: object) -> tuple[set[str], set[str], list[object]]:
    """The plain values and ids of one group, and the elements of the arrays in it."""
    values, ids, elements = set[str](), set[str](), list[object]()
    waiting: list[tuple[str, object]] = [("", node)]
    while waiting:
        name, one = waiting.pop()
        if isinstance(one, dict):
            waiting.extend(one.items())
        elif isinstance(one, list):
            elements += [element for element in one if isinstance(element, dict | list)]
            waiting.extend((name, element) for element in one if not isinstance(element, dict | list))
        elif (text := as_text(one)) is not None:
            values.add(text)
            if is_id_field(name) and is_id(one):
                ids.add(text)
    return values, ids, elements


class Links:
    """Which ids follow from known ones, message by message.

    What stands in the same group belongs together. An element of an array belongs to what is around it, or that to the
    element, only if it is never found inside anything else: a step belongs to its order, but a workpiece that a vehicle
    or a store lists while it works for some order does not belong to that one. `doubtful` are the pairs of which that
    has to be found out, in a second look at the messages with the inner ids.
    """

    def __init__(self, known: Collection[str]) -> None:
        self._known = known
        self.found: set[str] = set()
        self.doubtful: set[tuple[str, str]] = set()
        """Inner and outer id, of which one is known."""
        self._around: dict[str, frozenset[str]] = {}

    def add(self, document: object, *, everywhere: bool = False) -> bool:
        """Takes what a document says; whether it carries a known id. `everywhere`: its topic does."""
        belongs = everywhere
        for number, group in enumerate(groups(document)):
            here = group.values.intersection(self._known)
            belongs = belongs or bool(here)
            if here or (everywhere and number == 0):
                self.found |= group.ids
            self.doubtful.update((inner, outer) for inner in here for outer in group.around)
            outside = group.around.intersection(self._known)
            self.doubtful.update((inner, outer) for inner in group.ids for outer in outside)
        return belongs

    def look_again(self, document: object) -> None:
        """Notes what is around the inner ids; to be called for all messages that have one."""
        for group in groups(document):
            if group.around:
                for inner in group.values:
                    self._around[inner] = self._around.get(inner, group.around) & group.around

    def settle(self) -> set[str]:
        """All that follows."""
        sure = {pair for pair in self.doubtful if pair[1] in self._around.get(pair[0], ())}
        return self.found | {one for pair in sure for one in pair}


def carries(document: object, known: Collection[str]) -> bool:
    """Whether one of these ids is a value anywhere in it."""
    return any(not group.values.isdisjoint(known) for group in groups(document))


def linked(document: object, known: Collection[str], *, everywhere: bool = False) -> set[str]:
    """The ids that may follow from those in `known`, as far as this document alone says: to choose from."""
    links = Links(known)
    links.add(document, everywhere=everywhere)
    return links.found | {one for pair in links.doubtful for one in pair}
