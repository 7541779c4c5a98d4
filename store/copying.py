"""Copying any source into a new session, batch by batch."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import UsageError
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
Counting = Callable[[int], None]
"""Is told how many messages are copied, batch by batch; what it raises ends the copy."""


def quiet(messages: int) -> None:
    """For a copy that nobody watches."""


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


def copy(source: Source, folder: Path, change: Change, progress: Counting = quiet) -> Copy:
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
    return _Copying(source, folder, change, progress).run(waiting, items)


class _Copying:
    def __init__(self, source: Source, folder: Path, change: Change, progress: Counting) -> None:
        self._source, self._folder, self._change, self._progress = source, folder, change, progress
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
        self._progress(self._messages)
        latest = max(message.at_ns for message in item)
        self._last_ns = latest if self._last_ns is None else max(self._last_ns, latest)


def copy_as(source: Source, db_path: Path, progress: Counting = quiet) -> Copy:
    """The same under a chosen name: `db_path` and, beside it, the log. Raises UsageError if one of them is there."""
    for path in (db_path, db_path.with_suffix(".log")):
        if path.exists():
            raise UsageError(f"{path} is there already. Choose another name, or delete it first.")
    with explained(db_path):
        db_path.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".", dir=db_path.parent))
    try:
        done = copy(source, folder, lambda metadata: metadata, progress)
        with explained(db_path):
            done.db_path.with_suffix(".log").rename(db_path.with_suffix(".log"))
            done.db_path.rename(db_path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Copy(db_path, done.messages)
