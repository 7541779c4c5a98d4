"""What a broker has granted: the filters that it holds for a client, and on what terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from core.topics import covers, matches
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
