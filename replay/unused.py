"""Rules of a replay that hit nothing: most likely a slip of the pen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.topics import matches
from replay.faults import FaultKind
from replay.remap import parse_rule
from replay.status import ReplayRequest


def unused_rules(request: ReplayRequest, topics: Sequence[str]) -> tuple[str, ...]:
    """A sentence for each topic rule, fault and barrier that none of these recorded topics fits."""
    return tuple(f"{rule} fits none of the replayed topics: it does nothing." for rule in _unused(request, topics))


def _unused(request: ReplayRequest, topics: Sequence[str]) -> Iterator[str]:
    for rule in request.remap:
        rename = parse_rule(rule)
        if all(rename(topic) is None for topic in topics):
            yield f"The topic rule '{rule}'"
    for fault in request.faults:
        if fault.kind is not FaultKind.OUTAGE and not any(matches(fault.topic, topic) for topic in topics):
            yield f"The fault '{fault}'"
    for barrier in request.barriers:
        place = barrier.before or barrier.after
        if place and not any(matches(place, topic) for topic in topics):
            yield f"The barrier '{barrier}'"
