"""What one replay is going to publish: read from the session before the first message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from core.message import NS_PER_SECOND
from replay.schedule import Due, query_of, schedule
from replay.status import ReplayRequest
from store.query import MessageQuery
from store.reading import Reader


@dataclass(frozen=True, slots=True)
class Plan:
    """A replay's selection in figures."""

    session_name: str
    session_started_ns: int
    query: MessageQuery
    per_loop: int
    """Messages of one loop."""
    loop: int
    duration_s: float
    """Seconds from the session's start to its last message."""

    @property
    def planned(self) -> int:
        """Messages of all loops."""
        return self.per_loop * self.loop

    def dues(self, reader: Reader) -> Iterator[Due]:
        """The messages with their offsets, streamed. What a running recording adds after the planning is left out."""
        return schedule(lambda: islice(reader.stream(self.query), self.per_loop), self.loop, self.session_started_ns)


def plan_of(reader: Reader, request: ReplayRequest) -> Plan:
    """What `request` means for this session. Raises SessionFileError."""
    started_ns = reader.metadata.started_ns
    query = query_of(request, started_ns)
    last_ns = reader.summary().last_ns
    return Plan(
        session_name=reader.metadata.name,
        session_started_ns=started_ns,
        query=query,
        per_loop=reader.count(query),
        loop=request.loop or 1,
        duration_s=0.0 if last_ns is None else max(0, last_ns - started_ns) / NS_PER_SECOND,
    )
