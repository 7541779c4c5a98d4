"""What can be read of a session, whether it lies in one piece or in several."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from core.message import Message
from store.events import Event
from store.metadata import SessionMetadata
from store.query import EVERYTHING, MessageQuery
from store.results import MessagePoint, SampleRow, SessionSummary, Span, StoredMessage, TopicSummary


class Reader(Protocol):
    """Reads one session; one thread at a time uses it. A context manager. See SessionReader for each method."""

    path: Path

    @property
    def metadata(self) -> SessionMetadata: ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...

    def summary(self) -> SessionSummary: ...

    def topics(self) -> list[TopicSummary]: ...

    def count(self, query: MessageQuery = EVERYTHING) -> int: ...

    def span(self, query: MessageQuery = EVERYTHING) -> Span: ...

    def page(self, query: MessageQuery, offset: int, limit: int) -> list[StoredMessage]: ...

    def newest(self, limit: int) -> list[StoredMessage]: ...

    def message(self, message_id: int) -> StoredMessage | None: ...

    def stream(self, query: MessageQuery = EVERYTHING) -> Iterator[Message]: ...

    def stream_stored(self, query: MessageQuery = EVERYTHING, after_id: int = 0) -> Iterator[StoredMessage]: ...

    def samples(self, bucket_s: int = 1, start_s: int | None = None, end_s: int | None = None) -> list[SampleRow]: ...

    def activity(self, start_s: int | None = None, end_s: int | None = None) -> list[tuple[int, int, int]]: ...

    def points(self, query: MessageQuery, limit: int) -> list[MessagePoint]: ...

    def events(self) -> list[Event]: ...
