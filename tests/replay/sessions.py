"""Sessions for replays, written by the real writer."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from core.message import LIVE, NS_PER_SECOND, Message, Properties
from store.metadata import Status, new_metadata
from store.writer import SessionWriter

START_NS = 1_795_248_900_000_000_000
"""2026-11-21 08:15:00 UTC."""


def message(
    at_s: float = 0.0,
    topic: str = "a",
    payload: bytes = b"",
    qos: int = 1,
    retain: int = LIVE,
    properties: Properties | None = None,
) -> Message:
    """A message `at_s` seconds after the session's start."""
    return Message(topic, payload, qos, retain, START_NS + round(at_s * NS_PER_SECOND), properties)


def numbered(*at_s: float) -> list[Message]:
    """Messages at these moments, numbered in their payloads."""
    return [message(at, payload=b"%d" % number) for number, at in enumerate(at_s)]


def session(folder: Path, messages: Iterable[Message], name: str = "order", started_ns: int = START_NS) -> Path:
    """A completed session; its database."""
    metadata = new_metadata(name, started_ns, status=Status.IN_PROGRESS)
    writer = SessionWriter.create(folder, metadata)
    writer.write(list(messages))
    writer.close(metadata.with_changes(status=Status.COMPLETED, ended_ns=START_NS + 100 * NS_PER_SECOND))
    return writer.db_path
