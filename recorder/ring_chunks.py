"""What the ring holds: the last minutes, in short sessions of their own, of which the oldest are thrown away."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import StateError
from core.message import NS_PER_MICROSECOND, Message
from recorder.ring_session import with_losses
from store.copying import batches
from store.events import Event
from store.metadata import SessionMetadata, new_metadata
from store.parts import PartedReader
from store.query import MessageQuery
from store.session_files import delete_session_files, open_locked_log
from store.writer import SessionWriter

CHUNKS: Final = 12
"""Into how many pieces the kept time is cut: what is held is at most one of them longer than asked for."""


@dataclass(slots=True)
class _Chunk:
    path: Path
    begun_ns: int
    """Nothing of this moment or later is in the one before."""
    messages: int = 0
    bytes: int = 0
    """Of the payloads."""
    empty: bool = True
    """Whether neither messages nor events are in it."""


class RingChunks:
    """The messages of the last `keep_ns`, on disk. Used by one thread. Raises StorageError when the disk is full."""

    def __init__(self, folder: Path, keep_ns: int, max_bytes: int, now_ns: int) -> None:
        """`max_bytes` of payloads are held at most, even if that is less time than asked for."""
        self._folder = folder
        self._length_ns = keep_ns // CHUNKS
        self._keep_ns = keep_ns
        self._max_bytes = max_bytes
        self._chunks: deque[_Chunk] = deque()
        self._needed_from_ns: int | None = None
        self._newest_ns = now_ns
        """When the last message arrived."""
        self._oldest_ns = now_ns
        """What is older is not needed."""
        _clear(folder)
        self._writer = self._open(now_ns)

    @property
    def since_ns(self) -> int:
        """From when on everything is held, no longer ago than asked for."""
        return max(self._chunks[0].begun_ns, self._oldest_ns)

    @property
    def messages(self) -> int:
        return sum(chunk.messages for chunk in self._chunks)

    @property
    def bytes(self) -> int:
        """Of all payloads."""
        return sum(chunk.bytes for chunk in self._chunks)

    def write(self, messages: Sequence[Message]) -> None:
        """Adds what has arrived, in order."""
        if not messages:
            return
        if self._is_due(messages[0].at_ns):
            self._rotate(messages[0].at_ns)
        self._writer.write(messages)
        self._newest_ns = messages[-1].at_ns
        newest = self._chunks[-1]
        newest.empty = False
        newest.messages += len(messages)
        newest.bytes += sum([len(message.payload) for message in messages])

    def add_event(self, event: Event) -> None:
        """Notes what happened besides messages."""
        self._writer.add_event(event)
        self._chunks[-1].empty = False

    def hold(self, since_ns: int | None) -> None:
        """Keeps what came since then from being thrown away; None: nothing in particular."""
        self._needed_from_ns = since_ns

    def prune(self, now_ns: int) -> None:
        """Throws away what is older than what is kept."""
        oldest_ns = now_ns - self._keep_ns
        if self._needed_from_ns is not None:
            oldest_ns = min(oldest_ns, self._needed_from_ns)
        while len(self._chunks) > 1 and (self._chunks[1].begun_ns <= oldest_ns or self.bytes > self._max_bytes):
            delete_session_files(self._chunks.popleft().path)
        self._oldest_ns = oldest_ns
        if self._is_due(now_ns):  # what came last must not be held for ever where nothing more comes
            self._rotate(self._newest_ns + NS_PER_MICROSECOND)

    def _is_due(self, at_ns: int) -> bool:
        newest = self._chunks[-1]
        return not newest.empty and at_ns >= newest.begun_ns + self._length_ns

    def save(self, folder: Path, metadata: SessionMetadata, events: Sequence[Event]) -> Path:
        """A session in `folder` of exactly what arrived from its start (inclusive) to its end (exclusive).

        `events` are added to those of that time. If it cannot be written nothing is left of it.
        """
        window = MessageQuery(start_ns=metadata.started_ns, end_ns=metadata.ended_ns)
        writer = SessionWriter.create(folder, metadata)
        try:
            with PartedReader.open([chunk.path for chunk in self._chunks]) as reader:
                for batch in batches(reader.stream(window)):
                    assert isinstance(batch, list)
                    writer.write(batch)
                found = [event for event in reader.events() if metadata.started_ns <= event.at_ns < _end(metadata)]
            for event in sorted([*found, *events], key=lambda event: event.at_ns):
                writer.add_event(event)
            writer.close(with_losses(metadata, found))
        except BaseException:
            writer.abandon()
            delete_session_files(writer.db_path)
            raise
        return writer.db_path

    def close(self) -> None:
        """Throws everything away."""
        self._writer.abandon()
        for chunk in self._chunks:
            delete_session_files(chunk.path)

    def _rotate(self, begins_ns: int) -> None:
        self._writer.close(self._writer.metadata)
        self._writer = self._open(begins_ns)

    def _open(self, begins_ns: int) -> SessionWriter:
        writer = SessionWriter.create(self._folder, new_metadata("ring", begins_ns))
        self._chunks.append(_Chunk(writer.db_path, begins_ns))
        return writer


def _end(metadata: SessionMetadata) -> int:
    assert metadata.ended_ns is not None
    return metadata.ended_ns


def _clear(folder: Path) -> None:
    """Throws away what a killed program left here; not what another one is writing."""
    for log in folder.glob("*.log"):
        with suppress(StateError):
            open_locked_log(log).close()
            delete_session_files(log.with_suffix(".db"))
