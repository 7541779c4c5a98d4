"""SessionReader: a session's messages, figures and events, without ever writing to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from core.message import Message
from store.events import Event
from store.metadata import SessionMetadata
from store.query import MessageQuery

__all__ = ["MessageQuery", "SampleRow", "SessionReader", "SessionSummary", "StoredMessage", "TopicSummary"]


class StoredMessage(NamedTuple):
    """A message and its place in the session."""

    id: int
    """Counts from 1 in the order of arrival."""
    message: Message


class SampleRow(NamedTuple):
    """What arrived on one topic within one second (or `bucket_s` seconds)."""

    second: int
    """Seconds since metadata.started_ns, the start of the bucket; negative if a message is older than that."""
    topic: str
    messages: int
    bytes: int


@dataclass(frozen=True, slots=True)
class TopicSummary:
    """One topic's figures."""

    topic: str
    messages: int
    bytes: int
    first_ns: int
    last_ns: int
    min_bytes: int
    max_bytes: int


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A session's figures."""

    messages: int
    bytes: int
    """Of all payloads."""
    topics: int
    first_ns: int | None
    """The earliest message; None if there is none."""
    last_ns: int | None
    gaps: int
    """How often messages may have been missed."""
    duration_s: float
    """From the start to the end of the recording; while it runs, or for a file without an end, to the last message."""


class SessionReader:
    """Reads one session; one thread at a time uses it."""

    path: Path
    metadata: SessionMetadata

    @classmethod
    def open(cls, path: Path) -> SessionReader:
        """Opens a session's `.db`. Raises SessionFileError."""
        raise NotImplementedError

    def close(self) -> None:
        """Closes the file; closing twice does no harm."""
        raise NotImplementedError

    def __enter__(self) -> SessionReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def summary(self) -> SessionSummary:
        """The whole session in figures."""
        raise NotImplementedError

    def topics(self) -> list[TopicSummary]:
        """Each topic's figures, sorted by topic."""
        raise NotImplementedError

    def count(self, query: MessageQuery = MessageQuery()) -> int:  # noqa: B008  frozen
        """How many messages match."""
        raise NotImplementedError

    def page(self, query: MessageQuery, offset: int, limit: int) -> list[StoredMessage]:
        """At most `limit` matching messages in the order of arrival, after skipping `offset` of them."""
        raise NotImplementedError

    def message(self, message_id: int) -> StoredMessage | None:
        """The message with this id; None if there is none."""
        raise NotImplementedError

    def stream(self, query: MessageQuery = MessageQuery()) -> Iterator[Message]:  # noqa: B008  frozen
        """Matching messages in the order of arrival; memory holds one at a time."""
        raise NotImplementedError

    def samples(self, bucket_s: int = 1) -> list[SampleRow]:
        """One row per topic and bucket of `bucket_s` seconds in which something arrived, in the order of time."""
        raise NotImplementedError

    def events(self) -> list[Event]:
        """All events in the order in which they were written."""
        raise NotImplementedError
