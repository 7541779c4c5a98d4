"""Our own sessions as a source: the database, and the log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from core.errors import NewerVersion, SessionFileError
from core.message import Message
from store.events import Event
from store.log import (
    EVENT,
    FORMAT_VERSION,
    KIND,
    SESSION_END,
    SESSION_META,
    LineParser,
    Record,
    messages_at_end,
    parse_event,
)
from store.log_file import LogReader
from store.metadata import SessionMetadata, Status
from store.parts import open_session
from store.query import EVERYTHING, MessageQuery
from store.reading import Reader

NO_END = "The recording was interrupted: it has no end. Everything that it had stored is here."
"""`ended_reason` of a session that nobody finished."""


def ended(metadata: SessionMetadata, last_ns: int | None) -> SessionMetadata:
    """The metadata of a session that has ended: as it is, or as failed at `last_ns` if nobody finished it."""
    if not metadata.status.active:
        return metadata
    return metadata.with_changes(
        status=Status.FAILED,
        ended_ns=metadata.started_ns if last_ns is None else max(last_ns, metadata.started_ns),
        ended_reason=metadata.ended_reason or NO_END,
    )


class OwnDatabase:
    """A session's `.db`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with open_session(path) as reader:
            self._metadata = reader.metadata

    def items(self) -> Iterator[Message | Event]:
        with open_session(self._path) as reader:
            yield from merged_items(reader)

    def metadata(self, first_ns: int | None, last_ns: int | None) -> SessionMetadata:  # noqa: ARG002  the session knows its start
        return ended(self._metadata, last_ns)

    def assumptions(self) -> list[str]:
        return [NO_END] if self._metadata.status.active else []

    def problems(self) -> list[str]:
        return []


def merged_items(reader: Reader, query: MessageQuery = EVERYTHING) -> Iterator[Message | Event]:
    """The messages that a query finds, in their order, each event before the first message that came after it."""
    events = [event for event in reader.events() if query.wants_time(event.at_ns)]
    position = 0
    for message in reader.stream(query):
        while position < len(events) and events[position].at_ns <= message.at_ns:
            yield events[position]
            position += 1
        yield message
    yield from events[position:]


class OwnLog:
    """A session's `.log`."""

    def __init__(self, path: Path, parser: LineParser | None = None) -> None:
        self.lines = LogReader(path, parser or LineParser())
        self.finished = False
        """Whether the session_end line was seen."""
        self.messages_at_end: int | None = None
        """How many messages the session_end line speaks of; None without one, or in an older log."""
        self._path = path
        self._latest: Record | None = None
        self._event_problems: list[str] = []

    def items(self) -> Iterator[Message | Event]:
        for item in self.lines:
            if isinstance(item, Message):
                yield item
                continue
            kind = item.get(KIND)
            if kind in (SESSION_META, SESSION_END):
                self._latest = item
                self.finished = kind == SESSION_END
                self.messages_at_end = messages_at_end(item)
            elif kind == EVENT:
                try:
                    yield parse_event(item, self.lines.parser.times)
                except ValueError as error:
                    self._event_problems.append(f"An event was kept out: {error}.")

    def metadata(self, first_ns: int | None, last_ns: int | None) -> SessionMetadata:  # noqa: ARG002  the session knows its start
        return ended(self.stored_metadata(), last_ns)

    def stored_metadata(self) -> SessionMetadata:
        """As the last such line says. Raises SessionFileError if there is none, or from a newer version."""
        if self._latest is None:
            raise SessionFileError(f"{self._path} has no session_meta line. Import it instead of repairing it.")
        version = self._latest.get("version")
        if isinstance(version, int) and version > FORMAT_VERSION:
            raise NewerVersion(
                f"{self._path} was written by a newer version of this program (format {version}, this one knows "
                f"{FORMAT_VERSION}). Update the program to read it."
            )
        return SessionMetadata.from_json(self._latest, str(self._path))

    def assumptions(self) -> list[str]:
        return [] if self.finished else [NO_END]

    def problems(self) -> list[str]:
        return [*self.lines.problems, *self._event_problems]
