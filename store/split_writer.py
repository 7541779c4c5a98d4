"""SplitWriter: a session in numbered parts, each of which is a whole session of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.message import NS_PER_SECOND, Message
from store import recovery
from store.connection import explained, open_for_update, open_readonly
from store.deliveries import Delivered, Deliveries
from store.events import Event
from store.metadata import SessionMetadata, Status
from store.part_files import number_of, part_path, parts_of
from store.reader import SessionReader
from store.tables import EQUAL, Totals
from store.writer import SessionWriter

PART: Final = "part"
"""The key in a part's `extra`: its number."""
MOST_TOPICS: Final = 50_000
"""Above that the topics that several parts have in common are counted for each of them: memory stays bounded."""


@dataclass(frozen=True, slots=True)
class SplitLimits:
    """When a new part begins. With the message after which one of them is reached; None: not because of that."""

    max_bytes: int | None = None
    """Size of both files of a part on disk."""
    max_s: float | None = None
    """Seconds from the first moment of a part to its last message."""

    def __bool__(self) -> bool:
        return self.max_bytes is not None or self.max_s is not None


class SplitWriter:
    """Writes one session, part by part; one thread uses it. See SessionWriter for each method and what it raises.

    The next part is begun before the one before it is ended: a session whose last part has ended is complete. The part
    before the last keeps its packet identifiers, for its last messages may come again.
    """

    def __init__(self, writer: SessionWriter, limits: SplitLimits, before: Sequence[Path] = ()) -> None:
        """`before`: the parts that are there already, in order; each of them has ended."""
        self._writer = writer
        self._limits = limits
        self._before = list(before)
        self._first_path = self._before[0] if self._before else writer.db_path
        self._totals_before, self._bytes_before, self._id_before = _figures(self._before)
        self._topics = _topics([*self._before, writer.db_path])
        self._part_began_ns: int | None = None
        self._next_look = 0

    @classmethod
    def create(cls, folder: Path, metadata: SessionMetadata, limits: SplitLimits) -> SplitWriter:
        """Creates the first part under a unique stem."""
        return cls(SessionWriter.create(folder, metadata), limits)

    @classmethod
    def reopen(cls, db_path: Path, limits: SplitLimits) -> SplitWriter:
        """Goes on with the last part of a session, after bringing the files of all parts together."""
        *before, last = parts_of(db_path)
        for part in before:
            _complete(part)
        return cls(recovery.reopen(last), limits, before)

    @property
    def stem(self) -> str:
        return self._first_path.stem

    @property
    def db_path(self) -> Path:
        """Of the part that is being written."""
        return self._writer.db_path

    @property
    def log_path(self) -> Path:
        """Of the part that is being written."""
        return self._writer.log_path

    @property
    def metadata(self) -> SessionMetadata:
        return self._writer.metadata

    @property
    def totals(self) -> Totals:
        here = self._writer.totals
        messages, size = self._totals_before.messages + here.messages, self._totals_before.bytes + here.bytes
        return Totals(messages, size, max(len(self._topics), here.topics))

    @property
    def size_bytes(self) -> int:
        return self._bytes_before + self._writer.size_bytes

    def write(self, messages: Sequence[Message], packet_ids: Sequence[int] = ()) -> None:
        if not messages:
            return
        if self._is_full(messages[0].at_ns):
            self._begin_part()
        if self._part_began_ns is None:
            self._part_began_ns = messages[0].at_ns
        self._writer.write(messages, packet_ids)
        if len(self._topics) < MOST_TOPICS:
            self._topics.update([message.topic for message in messages])

    def add_event(self, event: Event) -> None:
        self._writer.add_event(event)

    def set_metadata(self, metadata: SessionMetadata) -> None:
        self._writer.set_metadata(self._numbered(metadata, self._number))

    def delivered(self) -> Delivered:
        here = _moved(self._writer.delivered(), self._id_before)
        if not self._before:
            return here
        given_out = sum(map(len, here.messages.values()))
        previous = self._before[-1]
        with explained(previous), closing(open_readonly(previous)) as connection:
            tail = Deliveries(connection).tail(given_out)
        earlier = _moved(tail, self._id_before - _last_id(previous))
        both, long_ago = {**earlier.messages, **here.messages}, here.long_ago or earlier.long_ago
        for packet_id in here.messages.keys() & earlier.messages.keys():
            older = [one for one in earlier.messages[packet_id] if one <= long_ago]
            both[packet_id] = [*here.messages[packet_id], *older]
        return Delivered(both, long_ago)

    def forget_deliveries(self) -> None:
        self._writer.forget_deliveries()
        self._drop_earlier_deliveries()

    def content(self, message_id: int) -> tuple[str, bytes, int] | None:
        if message_id > self._id_before:
            return self._writer.content(message_id - self._id_before)
        with SessionReader.open(self._before[-1]) as reader:
            stored = reader.message(message_id - self._id_before + _last_id(self._before[-1]))
        return None if stored is None else (stored.message.topic, stored.message.payload, stored.message.qos)

    def equal(self, content: tuple[str, bytes, int], after_id: int) -> int:
        """See SessionWriter; of the part before this one, too, but of none that is older."""
        found = self._writer.equal(content, max(0, after_id - self._id_before))
        if after_id < self._id_before and found < 2:
            previous = self._before[-1]
            with explained(previous), closing(open_readonly(previous)) as connection:
                after_there = max(0, after_id - self._id_before + _last_id(previous))
                found += len(connection.execute(EQUAL, (after_there, *content)).fetchall())
        return min(found, 2)

    def close(self, metadata: SessionMetadata) -> None:
        try:
            self._drop_earlier_deliveries()
        finally:
            self._writer.close(self._numbered(metadata, self._number))

    def abandon(self) -> None:
        self._writer.abandon()

    @property
    def _number(self) -> int:
        return number_of(self._writer.db_path)

    def _is_full(self, at_ns: int) -> bool:
        limits, began_ns = self._limits, self._part_began_ns
        if began_ns is None:
            return False
        if at_ns - began_ns >= (math.inf if limits.max_s is None else limits.max_s * NS_PER_SECOND):
            return True
        return limits.max_bytes is not None and self._writer.size_bytes >= limits.max_bytes

    def _begin_part(self) -> None:
        ended, metadata = self._writer, self._writer.metadata
        number = self._number + 1
        path = part_path(self._first_path, number)
        self._drop_earlier_deliveries()
        begun = SessionWriter.create(path.parent, self._numbered(metadata, number), stem=path.stem)
        self._writer, self._part_began_ns = begun, None
        here = ended.totals
        self._totals_before = Totals(
            self._totals_before.messages + here.messages, self._totals_before.bytes + here.bytes, 0
        )
        _end_part(ended)
        self._before.append(ended.db_path)
        self._bytes_before += _size(ended.db_path)
        self._id_before += here.messages

    def _drop_earlier_deliveries(self) -> None:
        """Those of the part before the present one."""
        if not self._before:
            return
        with explained(self._before[-1]), closing(open_for_update(self._before[-1])) as connection:
            Deliveries(connection).drop()

    @staticmethod
    def _numbered(metadata: SessionMetadata, number: int) -> SessionMetadata:
        return metadata if number == 1 else metadata.with_changes(extra={**metadata.extra, PART: number})


def _end_part(writer: SessionWriter) -> None:
    """Ends a part that another one follows."""
    metadata = writer.metadata
    ended = metadata.with_changes(
        status=Status.COMPLETED,
        ended_ns=max(metadata.started_ns, _last_ns(writer.db_path)),
        ended_reason=f"Goes on in part {number_of(writer.db_path) + 1}.",
    )
    writer.close(ended, keep_deliveries=True)


def _complete(part: Path) -> None:
    """What a crash may have left to do at a part that another one follows."""
    with SessionReader.open(part) as reader:
        has_ended = not reader.metadata.status.active
    if has_ended:
        recovery.settle(part)
    else:
        _end_part(recovery.reopen(part))


def _moved(delivered: Delivered, by: int) -> Delivered:
    """With the ids that messages of a part have in the session."""
    messages = {packet_id: [by + one for one in found] for packet_id, found in delivered.messages.items()}
    return Delivered(messages, delivered.long_ago and by + delivered.long_ago)


def _figures(parts: Sequence[Path]) -> tuple[Totals, int, int]:
    """Messages and payload bytes, size on disk, and ids of these parts together."""
    messages = size = ids = 0
    for part in parts:
        with SessionReader.open(part) as reader:
            summary = reader.summary()
        messages, size = messages + summary.messages, size + summary.bytes
        ids += _last_id(part)
    return Totals(messages, size, 0), sum(_size(part) for part in parts), ids


def _topics(parts: Sequence[Path]) -> set[str]:
    found: set[str] = set()
    for part in parts:
        with SessionReader.open(part) as reader:
            found.update(row.topic for row in reader.topics())
    return found


def _last_id(part: Path) -> int:
    with SessionReader.open(part) as reader:
        return max((stored.id for stored in reader.newest(1)), default=0)


def _last_ns(part: Path) -> int:
    with SessionReader.open(part) as reader:
        return reader.summary().last_ns or 0


def _size(part: Path) -> int:
    return sum(path.stat().st_size for path in (part, part.with_suffix(".log")) if path.exists())
