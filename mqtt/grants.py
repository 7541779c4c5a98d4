"""What a broker has granted: the filters that it holds for a client, on what terms, and what should become of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from core.topics import covering_set, covers, matches, overlap
from mqtt.connect import Protocol


class Grant(NamedTuple):
    """The terms on which one filter is subscribed."""

    asked: int
    """The QoS asked for."""
    granted: int
    """The highest QoS that messages come with."""
    protocol: Protocol
    """With which it was asked for: with MQTT 5 and in bridge mode messages bear the retain flag as published."""


DOUBTFUL = Grant(-1, -1, Protocol.V311)
"""An earlier run of the program may have subscribed this filter, or not."""

Held = Mapping[str, Grant]


def is_granted(held: Held, wanted: str, qos: int) -> bool:
    """Whether everything that `wanted` matches comes, asked for at this QoS at least."""
    return any(grant.asked >= qos and covers(wide, wanted) for wide, grant in held.items())


def lowered(held: Held, wanted: Iterable[str]) -> tuple[str, ...]:
    """Of what is wanted, what comes with a lower QoS than asked for, in order."""
    low = [one for one, grant in held.items() if grant.granted < grant.asked]
    return tuple(sorted(one for one in wanted if any(covers(wide, one) for wide in low))) if low else ()


def as_published(held: Held, topic: str) -> bool:
    """Whether messages on this topic bear the retain flag as published even where the connection is MQTT 3.1.1."""
    return any(grant.protocol is not Protocol.V311 and matches(one, topic) for one, grant in held.items())


def cover_of(wanted: Collection[str], held: Held, refused: Collection[str]) -> frozenset[str]:
    """What the broker should hold. What it `refused` is not asked for again on the same connection."""
    cover, in_vain = covering_set(wanted), set(refused) - held.keys()
    if in_vain & cover:
        cover = covering_set(one for one in wanted if one not in in_vain)
    # What generalises several filters can be refused too: then what is held stays as it is.
    return frozenset(held) if in_vain & cover else cover


def is_low(grant: Grant, qos: int, protocol: Protocol, *, wanted: bool) -> bool:
    """Whether a held filter, one that is `wanted` or not, is to be subscribed again for better terms."""
    if grant is DOUBTFUL:
        return False
    flags_come = grant.protocol is not Protocol.V311 or protocol is Protocol.V311
    return grant.asked < qos or (wanted and not flags_come)


def may_go(old: str, wanted: Iterable[str], stay: Iterable[str]) -> bool:
    """Whether a held filter may be given up where others `stay`."""
    return not any(overlap(old, one) for one in wanted) or any(covers(one, old) for one in stay)
