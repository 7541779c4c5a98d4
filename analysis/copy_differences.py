"""What is not the same in two aligned sessions: missing, extra, changed, or moved to another place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import Final, NamedTuple

MAX_PENDING: Final = 50_000
"""Messages of each session without an equal so far: those further apart than that do not find each other."""
MAX_LISTED: Final = 1_000
"""So many differences are named, the first ones; all are counted."""


class Entry(NamedTuple):
    """A message without its payload: enough to find its equal."""

    key: int
    """A hash of all that makes it equal to another one."""
    id: int
    at_ns: int
    topic: str
    content: int
    """A hash of the payload."""
    qos: int
    retained: bool
    extras: int
    """A hash of the MQTT 5 properties."""
    live: bool


class Kind(StrEnum):
    """What is different."""

    MISSING = "missing"
    EXTRA = "extra"
    CHANGED = "changed"
    MOVED = "out_of_order"


class Change(StrEnum):
    """In what a changed message differs."""

    PAYLOAD = "payload"
    QOS = "qos"
    RETAIN = "retain"
    PROPERTIES = "properties"


class Difference(NamedTuple):
    """One message that is not the same in both sessions."""

    place: int
    """Differences are in the order of their places."""
    kind: Kind
    topic: str
    left_id: int | None
    """The message in A; None for an extra one."""
    right_id: int | None
    """The message in B; None for a missing one."""
    left_at_ns: int | None
    right_at_ns: int | None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """All differences, counted, and the first ones by name."""

    missing: int
    extra: int
    changed: int
    moved: int
    changed_by: dict[Change, int]
    differences: tuple[Difference, ...]


class _Lone(NamedTuple):
    """A message whose equal has not been found."""

    place: int
    gap: int
    """How many messages both sessions had in common before it."""
    entry: Entry


Pool = dict[int, list[_Lone]]
"""By content, in the order of the session. Most lists have one element: a deque would take ten times the memory."""


class Differences:
    """Takes the messages that only one session has at its place, and finds out what became of them."""

    def __init__(self) -> None:
        self._left: Pool = {}
        self._right: Pool = {}
        self._pending = 0
        self._gap = self._place = 0
        self._counts: Counter[Kind] = Counter()
        self._changed_by: Counter[Change] = Counter()
        self._listed: list[Difference] = []

    def together(self) -> None:
        """Both sessions have the same message next."""
        self._gap += 1

    def only_left(self, entry: Entry) -> Entry | None:
        """A has this message next, B not; its equal if B has had it before."""
        return self._lone(entry, self._left, self._right, left=True)

    def only_right(self, entry: Entry) -> Entry | None:
        """B has this message next, A not; its equal if A has had it before."""
        return self._lone(entry, self._right, self._left, left=False)

    def counts(self) -> Counts:
        """What has been found in all."""
        self._settle(wait=False)
        return Counts(
            missing=self._counts[Kind.MISSING],
            extra=self._counts[Kind.EXTRA],
            changed=self._counts[Kind.CHANGED],
            moved=self._counts[Kind.MOVED],
            changed_by={change: self._changed_by[change] for change in Change if self._changed_by[change]},
            differences=tuple(sorted(self._listed)[:MAX_LISTED]),
        )

    def _lone(self, entry: Entry, own: Pool, others: Pool, *, left: bool) -> Entry | None:
        self._place += 1
        equal = others.get(entry.key)
        if equal:
            found = equal.pop(0)
            if not equal:
                del others[entry.key]
            self._pending -= 1
            pair = (entry, found.entry) if left else (found.entry, entry)
            self._found(found.place, Kind.MOVED, *pair)
            return found.entry
        own.setdefault(entry.key, []).append(_Lone(self._place, self._gap, entry))
        self._pending += 1
        if self._pending >= 2 * MAX_PENDING:
            self._settle(wait=True)
        return None

    def _settle(self, *, wait: bool) -> None:
        """What has no equal: changed where both sessions have one on a topic at the same place, else alone.

        `wait`: those that are alone wait for another one, unless there are too many of them, too.
        """
        lefts, rights = _by_place(self._left), _by_place(self._right)
        alone: list[tuple[_Lone, Kind]] = []
        for place in lefts.keys() | rights.keys():
            alone += self._settle_place(lefts.get(place, []), rights.get(place, []))
        self._left, self._right, self._pending = {}, {}, 0
        wait = wait and len(alone) < MAX_PENDING
        for lone, kind in alone:
            if wait:
                pool = self._left if kind is Kind.MISSING else self._right
                pool.setdefault(lone.entry.key, []).append(lone)
                self._pending += 1
            elif kind is Kind.MISSING:
                self._found(lone.place, kind, lone.entry, None)
            else:
                self._found(lone.place, kind, None, lone.entry)

    def _settle_place(self, lefts: list[_Lone], rights: list[_Lone]) -> list[tuple[_Lone, Kind]]:
        """Counts what has changed, and returns what is left."""
        alike: dict[int, list[_Lone]] = {}
        for lone in rights:
            alike.setdefault(lone.entry.content, []).append(lone)
        pairs: list[tuple[_Lone, _Lone]] = []
        rest: list[_Lone] = []
        for one in lefts:  # with the same payload first: then only the QoS or the flag is another
            there = alike.get(one.entry.content)
            if there:
                pairs.append((one, there.pop(0)))
            else:
                rest.append(one)
        taken = {other.place for _, other in pairs}
        others = [lone for lone in rights if lone.place not in taken]
        pairs += zip(rest, others, strict=False)
        for one, other in pairs:
            self._found(min(one.place, other.place), Kind.CHANGED, one.entry, other.entry)
        shared = min(len(rest), len(others))
        return [*((lone, Kind.MISSING) for lone in rest[shared:]), *((lone, Kind.EXTRA) for lone in others[shared:])]

    def _found(self, place: int, kind: Kind, one: Entry | None, other: Entry | None) -> None:
        self._counts[kind] += 1
        changes = _changes(one, other) if one and other and kind is Kind.CHANGED else ()
        self._changed_by.update(changes)
        known = one or other
        assert known is not None, "a difference is one of a message"
        self._listed.append(
            Difference(
                place,
                kind,
                known.topic,
                one.id if one else None,
                other.id if other else None,
                one.at_ns if one else None,
                other.at_ns if other else None,
                changes,
            )
        )
        if len(self._listed) >= 4 * MAX_LISTED:
            self._listed = sorted(self._listed)[:MAX_LISTED]


def _by_place(pool: Pool) -> dict[tuple[int, str], list[_Lone]]:
    found: dict[tuple[int, str], list[_Lone]] = {}
    everything: Iterable[_Lone] = (lone for lones in pool.values() for lone in lones)
    for lone in sorted(everything, key=attrgetter("place")):
        found.setdefault((lone.gap, lone.entry.topic), []).append(lone)
    return found


def _changes(one: Entry, other: Entry) -> tuple[Change, ...]:
    differs = {
        Change.PAYLOAD: one.content != other.content,
        Change.QOS: one.qos != other.qos,
        Change.RETAIN: one.retained != other.retained,
        Change.PROPERTIES: one.extras != other.extras,
    }
    return tuple(change for change, is_so in differs.items() if is_so)
