"""The next change of what a broker holds for a client, on its way to what is wanted: a value, nothing is asked here."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from mqtt.connect import Protocol
from mqtt.grants import DOUBTFUL, Held, cover_of, is_low


class Change(NamedTuple):
    """First these are subscribed, then those are given up; all in order, both empty if nothing is to be changed."""

    subscribing: tuple[str, ...] = ()
    leaving: tuple[str, ...] = ()
    raises: bool = False
    """What is subscribed is held already, on worse terms."""


def next_change(
    wanted: Collection[str],
    held: Held,
    refused: Collection[str],
    qos: int,
    protocol: Protocol,
    again: Collection[str] = (),
) -> Change:
    """What is `held` on worse terms than asked for comes first, in a change of its own.

    What was `refused` is not asked for again; what is wanted and among `again` is, though it is held.
    """
    cover = cover_of(wanted, held, refused)
    low = tuple(
        one for one, grant in held.items() if one not in refused and is_low(grant, qos, protocol, wanted=one in cover)
    )
    if low:
        return Change(low, raises=True)
    joining = (one for one in cover if one in again or held.get(one, DOUBTFUL) is DOUBTFUL)
    return Change(tuple(sorted(joining)), tuple(sorted(held.keys() - cover)))
