"""Which topics share a row of a timeline, so that its rows can be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

OTHER_TOPICS = "other topics"
SPARE = 10
"""The share of the limit by which it may be exceeded: one in so many."""


@dataclass(frozen=True)
class Lane:
    """One row of a timeline: a topic, a category of topics, or the rest."""

    name: str
    messages: int
    """In view; where buckets are drawn, whole seconds are counted also at the ends of the view."""
    topics: int
    """How many topics share this lane."""
    rest: bool = False
    """Whether this is the lane of everything that has no lane of its own."""


@dataclass(frozen=True)
class LanePlan:
    """All lanes, and where each topic goes."""

    lanes: tuple[Lane, ...]
    """Sorted by name; the rest is the last one."""
    position_of: dict[str, int]
    """Topic to lane, 0 is the first."""
    note: str = ""
    """A sentence about what was merged; empty if nothing was."""


def plan_lanes(messages: pd.Series, limit: int, category_of: Callable[[str], str] | None = None) -> LanePlan:
    """Lanes for `messages` per topic (the index): the `limit` busiest, or one less and one for the rest.

    A tenth more than `limit` still have a lane each: to merge so few would save no room.
    """
    topics = [str(topic) for topic in messages.index]
    names = {topic: category_of(topic) if category_of else topic for topic in topics}
    totals: dict[str, int] = {}
    members: dict[str, list[str]] = {}
    for topic, count in zip(topics, messages.tolist(), strict=True):
        totals[names[topic]] = totals.get(names[topic], 0) + int(count)
        members.setdefault(names[topic], []).append(topic)
    busiest = sorted(totals, key=lambda name: (-totals[name], name))
    kept = busiest if len(busiest) <= limit + limit // SPARE else busiest[: limit - 1]
    merged = busiest[len(kept) :]
    lanes = [Lane(name, totals[name], len(members[name])) for name in sorted(kept)]
    position = {topic: index for index, lane in enumerate(lanes) for topic in members[lane.name]}
    if not merged:
        return LanePlan(tuple(lanes), position)
    rest = [topic for name in merged for topic in members[name]]
    position.update(dict.fromkeys(rest, len(lanes)))
    lanes.append(Lane(OTHER_TOPICS, sum(totals[name] for name in merged), len(rest), rest=True))
    return LanePlan(tuple(lanes), position, _merge_note(len(kept), len(busiest), category_of is not None))


def _merge_note(kept: int, total: int, grouped: bool) -> str:
    what = "groups" if grouped else "topics"
    return f"The {kept:,} busiest of {total:,} {what} have a lane each; the other {total - kept:,} share the last one."
