"""A session in several parts, read as one. Each part is a whole session of its own, with ids that begin at 1."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

from core.message import NS_PER_SECOND, Message
from store.events import Event
from store.latest import Stretch
from store.metadata import SessionMetadata
from store.part_files import parts_of
from store.pieces import LAST_ID
from store.query import EVERYTHING, MessageQuery
from store.reader import SessionReader
from store.reading import Reader
from store.results import MessagePoint, SampleRow, Search, SessionSummary, Span, StoredMessage, TopicSummary
from store.scans import Arrivals, JsonStretch

EDITABLE: Final = ("name", "source", "note", "tags", "outcome")
"""The fields that people change after a recording."""

Numbered = TypeVar("Numbered", StoredMessage, MessagePoint)


def open_session(path: Path) -> Reader:
    """Opens a session with all its parts. Raises SessionFileError."""
    parts = parts_of(path)
    return SessionReader.open(path) if len(parts) == 1 else PartedReader.open(parts)


class PartedReader:
    """Reads the parts of one session as if they were one; one thread at a time uses it. See `Reader`.

    An id is that in the part, plus the highest ids of all parts before it. All parts count their samples from the start
    of the session. A part that is added while this is open is not seen.
    """

    def __init__(self, parts: Sequence[SessionReader], close: Callable[[], None]) -> None:
        self.path = parts[0].path
        self._parts = tuple(parts)
        self._close = close

    @classmethod
    def open(cls, paths: Sequence[Path]) -> PartedReader:
        """Opens all parts, given in their order. Raises SessionFileError for one that cannot be read."""
        with ExitStack() as stack:
            parts = [stack.enter_context(SessionReader.open(path)) for path in paths]
            return cls(parts, stack.pop_all().close)

    def close(self) -> None:
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def metadata(self) -> SessionMetadata:
        """The last part's, but what people change is the first part's."""
        first = self._parts[0].metadata
        changed = {name: getattr(first, name) for name in EDITABLE}
        return self._parts[-1].metadata.with_changes(id=first.id, **changed)

    def summary(self) -> SessionSummary:
        all_parts = [part.summary() for part in self._parts]
        first = min((one.first_ns for one in all_parts if one.first_ns is not None), default=None)
        last = max((one.last_ns for one in all_parts if one.last_ns is not None), default=None)
        started, ended = self.metadata.started_ns, self.metadata.ended_ns
        end = last if ended is None else ended
        return SessionSummary(
            messages=sum(one.messages for one in all_parts),
            bytes=sum(one.bytes for one in all_parts),
            topics=len({row.topic for part in self._parts for row in part.topics()}),
            first_ns=first,
            last_ns=last,
            gaps=sum(one.gaps for one in all_parts),
            duration_s=max(0, (end or started) - started) / NS_PER_SECOND,
        )

    def topics(self) -> list[TopicSummary]:
        found: dict[str, TopicSummary] = {}
        for part in self._parts:
            for row in part.topics():
                known = found.get(row.topic)
                found[row.topic] = row if known is None else _together(known, row)
        return [found[topic] for topic in sorted(found)]

    def count(self, query: MessageQuery = EVERYTHING, after_id: int = 0) -> int:
        return sum(part.count(query, max(0, after_id - before)) for part, before in self._with_ids_before())

    def span(self, query: MessageQuery = EVERYTHING) -> Span:
        spans = [span for part in self._parts if (span := part.span(query)).messages]
        if not spans:
            return Span(0, 0, 0)
        return Span(
            sum(span.messages for span in spans),
            min(span.first_ns for span in spans),
            max(span.last_ns for span in spans),
        )

    def page(self, query: MessageQuery, offset: int, limit: int) -> list[StoredMessage]:
        found: list[StoredMessage] = []
        for part, before in self._with_ids_before():
            if len(found) == limit:
                break
            if offset:
                here = part.count(query)
                if offset >= here:
                    offset -= here
                    continue
            found += _renumbered(part.page(query, offset, limit - len(found)), before)
            offset = 0
        return found

    def search(self, query: MessageQuery) -> Search:
        searches = [(part.search(query), before) for part, before in self._with_ids_before()]
        ends = [before for _, before in searches[1:]] + [LAST_ID]

        def found(after_id: int, through_id: int) -> list[int]:
            return [
                before + one
                for (search, before), end in zip(searches, ends, strict=True)
                if after_id < end and before < through_id
                for one in search(max(0, after_id - before), min(end, through_id) - before)
            ]

        return found

    def newest(self, limit: int) -> list[StoredMessage]:
        found: list[StoredMessage] = []
        for part, before in reversed(list(self._with_ids_before())):
            if len(found) < limit:
                found = [*_renumbered(part.newest(limit - len(found)), before), *found]
        return found

    def message(self, message_id: int) -> StoredMessage | None:
        for part, before in reversed(list(self._with_ids_before())):
            if message_id > before:
                found = part.message(message_id - before)
                return None if found is None else found._replace(id=message_id)
        return None

    def stream(self, query: MessageQuery = EVERYTHING, after_id: int = 0) -> Iterator[Message]:
        for part, before in self._with_ids_before():
            yield from part.stream(query, max(0, after_id - before))

    def stream_stored(self, query: MessageQuery = EVERYTHING, after_id: int = 0) -> Iterator[StoredMessage]:
        for part, before in self._with_ids_before():
            yield from _renumbered(part.stream_stored(query, max(0, after_id - before)), before)

    def with_ids(self, ids: Sequence[int]) -> Iterator[StoredMessage]:
        for part, before in self._with_ids_before():
            here = [one - before for one in ids if one > before]
            highest = max((stored.id for stored in part.newest(1)), default=0)
            yield from _renumbered(part.with_ids([one for one in here if one <= highest]), before)

    def latest(
        self, query: MessageQuery = EVERYTHING, after_id: int = 0, through_id: int = LAST_ID
    ) -> list[StoredMessage]:
        found: dict[str, StoredMessage] = {}
        for part, before in self._with_ids_before():
            if through_id > before:
                here = part.latest(query, max(0, after_id - before), min(LAST_ID, through_id - before))
                found |= {stored.message.topic: stored for stored in _renumbered(here, before)}
        return sorted(found.values(), key=attrgetter("id"))

    def stretches(self, query: MessageQuery, size: int) -> Iterator[Stretch[str]]:
        for part, before in self._with_ids_before():
            for one in part.stretches(query, size):
                latest = {topic: found + before for topic, found in one.latest.items()}
                yield one._replace(through_id=one.through_id + before, latest=latest)

    def samples(self, bucket_s: int = 1, start_s: int | None = None, end_s: int | None = None) -> list[SampleRow]:
        found: dict[tuple[int, str], SampleRow] = {}
        for part in self._parts:
            for row in part.samples(bucket_s, start_s, end_s):
                known = found.get((row.second, row.topic))
                sums = (
                    (row.messages, row.bytes)
                    if known is None
                    else (known.messages + row.messages, known.bytes + row.bytes)
                )
                found[row.second, row.topic] = SampleRow(row.second, row.topic, *sums)
        return sorted(found.values(), key=lambda row: row.second)

    def activity(
        self, start_s: int | None = None, end_s: int | None = None, bucket_s: int = 1
    ) -> list[tuple[int, int, int]]:
        found: dict[int, tuple[int, int]] = {}
        for part in self._parts:
            for second, messages, size in part.activity(start_s, end_s, bucket_s):
                before = found.get(second, (0, 0))
                found[second] = (before[0] + messages, before[1] + size)
        return [(second, *found[second]) for second in sorted(found)]

    def seconds(self) -> tuple[int, int] | None:
        found = [seconds for part in self._parts if (seconds := part.seconds())]
        return (min(first for first, _ in found), max(last for _, last in found)) if found else None

    def busiest_second(self) -> tuple[int, int] | None:
        """Exact also for a second that lies in several parts."""
        counts = dict(one for part in self._parts if (one := part.busiest_second()))
        ranges = sorted(seconds for part in self._parts if (seconds := part.seconds()))
        last_before = ranges[0][0] - 1 if ranges else 0
        for first, last in ranges:
            if first <= last_before:
                counts |= {at: messages for at, messages, _ in self.activity(first, min(last, last_before) + 1)}
            last_before = max(last, last_before)
        return min(counts.items(), key=lambda one: (-one[1], one[0]), default=None)

    def points(self, query: MessageQuery, limit: int) -> list[MessagePoint]:
        found: list[MessagePoint] = []
        for part, before in self._with_ids_before():
            if len(found) < limit:
                found += _renumbered(part.points(query, limit - len(found)), before)
        return found

    def arrivals(self, query: MessageQuery = EVERYTHING) -> Iterator[Arrivals]:
        for part in self._parts:
            yield from part.arrivals(query)

    def json_validity(self, query: MessageQuery = EVERYTHING) -> Iterator[JsonStretch]:
        for part, before in self._with_ids_before():
            for stretch in part.json_validity(query):
                tallies = [
                    one if one.first_invalid is None else one._replace(first_invalid=one.first_invalid + before)
                    for one in stretch.tallies
                ]
                yield stretch._replace(tallies=tallies)

    def events(self) -> list[Event]:
        return [event for part in self._parts for event in part.events()]

    def _with_ids_before(self) -> Iterator[tuple[SessionReader, int]]:
        """Each part, and the highest id that the parts before it have."""
        before = 0
        for part in self._parts:
            yield part, before
            before += max((stored.id for stored in part.newest(1)), default=0)


def _together(one: TopicSummary, other: TopicSummary) -> TopicSummary:
    return replace(
        one,
        messages=one.messages + other.messages,
        bytes=one.bytes + other.bytes,
        first_ns=min(one.first_ns, other.first_ns),
        last_ns=max(one.last_ns, other.last_ns),
        min_bytes=min(one.min_bytes, other.min_bytes),
        max_bytes=max(one.max_bytes, other.max_bytes),
    )


def _renumbered(found: Iterable[Numbered], before: int) -> Iterator[Numbered]:
    return (one._replace(id=one.id + before) for one in found)
