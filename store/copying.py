"""Copying any source into a new session, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.message import Message
from store.connection import explained
from store.events import Event
from store.formats.source import Source
from store.metadata import SessionMetadata
from store.session_files import delete_session_files
from store.writer import SessionWriter

BATCH_MESSAGES = 2_000
BATCH_BYTES = 8_000_000
"""A batch ends with the first of both: large payloads must not pile up."""

Change = Callable[[SessionMetadata], SessionMetadata]


@dataclass(frozen=True, slots=True)
class Copy:
    """A finished copy."""

    db_path: Path
    messages: int


def batches(items: Iterator[Message | Event]) -> Iterator[list[Message] | Event]:
    """The same items, with messages that follow each other in batches."""
    batch: list[Message] = []
    size = 0
    for item in items:
        if isinstance(item, Message):
            batch.append(item)
            size += len(item.payload)
        if batch and (isinstance(item, Event) or len(batch) >= BATCH_MESSAGES or size >= BATCH_BYTES):
            yield batch
            batch, size = [], 0
        if isinstance(item, Event):
            yield item
    if batch:
        yield batch


def copy(source: Source, folder: Path, change: Change) -> Copy:
    """Writes a session with all that `source` holds into `folder`.

    `change` has the last word on its metadata. If anything fails nothing is left behind. Raises SessionFileError,
    StorageError.
    """
    items = batches(source.items())
    waiting: list[list[Message] | Event] = []
    for item in items:
        waiting.append(item)
        if not isinstance(item, Event):
            break
    return _Copying(source, folder, change).run(waiting, items)


class _Copying:
    def __init__(self, source: Source, folder: Path, change: Change) -> None:
        self._source, self._folder, self._change = source, folder, change
        self._messages = 0
        self._last_ns: int | None = None

    def run(self, first: list[list[Message] | Event], rest: Iterator[list[Message] | Event]) -> Copy:
        first_ns = next((item[0].at_ns for item in first if not isinstance(item, Event)), None)
        start = self._change(self._source.metadata(first_ns, first_ns))
        writer = SessionWriter.create(self._folder, start)
        done = False
        try:
            for item in first:
                self._write(writer, item)
            for item in rest:
                self._write(writer, item)
            final = self._source.metadata(first_ns, self._last_ns)
            writer.close(self._change(final).with_changes(id=start.id, started_ns=start.started_ns))
            done = True
        finally:
            if not done:
                writer.abandon()
                with explained(writer.db_path):
                    delete_session_files(writer.db_path)
        return Copy(writer.db_path, self._messages)

    def _write(self, writer: SessionWriter, item: list[Message] | Event) -> None:
        if isinstance(item, Event):
            writer.add_event(item)
            return
        writer.write(item)
        self._messages += len(item)
        latest = max(message.at_ns for message in item)
        self._last_ns = latest if self._last_ns is None else max(self._last_ns, latest)
