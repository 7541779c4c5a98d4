"""Sessions for the tests of the command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.message import Message
from store.metadata import Status, new_metadata
from store.writer import SessionWriter

START_NS = 1_772_525_487_000_000_000
MS = 1_000_000


def message(number: int, topic: str = "cli/a", qos: int = 1, retain: int = 0, payload: bytes = b"x") -> Message:
    """The message `number`, which came `number` milliseconds after the start."""
    return Message(topic, payload, qos, retain, START_NS + number * MS)


def write_session(folder: Path, name: str, messages: Sequence[Message], **fields: object) -> Path:
    """A finished session on disk; returns its database."""
    folder.mkdir(parents=True, exist_ok=True)
    metadata = new_metadata(name, START_NS, **fields)
    writer = SessionWriter.create(folder, metadata)
    writer.write(messages)
    last_ns = messages[-1].at_ns if messages else START_NS
    writer.close(metadata.with_changes(status=Status.COMPLETED, ended_ns=last_ns, ended_reason="Stopped."))
    return writer.db_path
