"""A cut: the smallest session that shows a case again, with the state before it and with where it comes from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final

from analysis.cut_selection import CutRequest, Selection, select
from analysis.progress import Progress, quiet
from core.errors import UsageError
from core.message import FROM_DUMP, Message
from store.events import Event
from store.metadata import SessionMetadata, Status
from store.naming import shortened
from store.query import EVERYTHING
from store.reading import Reader

PROVENANCE: Final = "cut_from"
"""The key in the metadata's `extra`."""
_AT_ONCE: Final = 500
"""Messages read together: of a large payload each, they are still not many."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A case, found in a session that is open. A source for store.copying.copy."""

    reader: Reader
    request: CutRequest
    selection: Selection
    title: str
    """What it is, for its name: `order 1234abcd`."""

    def items(self) -> Iterator[Message | Event]:
        """The state before the first message, then the messages and events in their order."""
        events = [event for event in self.reader.events() if self._start_ns <= event.at_ns <= self._end_ns]
        yield from self._state()
        for piece in self.selection.messages.pieces(_AT_ONCE):
            for stored in self.reader.with_ids(piece):
                while events and events[0].at_ns <= stored.message.at_ns:
                    yield events.pop(0)
                yield stored.message
        yield from events

    def metadata(self, first_ns: int | None, last_ns: int | None) -> SessionMetadata:  # noqa: ARG002  known before
        """Of the new session: everything that does not follow from the cut is as in the session it comes from."""
        old = self.reader.metadata
        return old.with_changes(
            id=self.id,
            name=f"{old.name} ({self.title})",
            status=Status.COMPLETED,
            started_ns=self._start_ns,
            ended_ns=self._end_ns,
            ended_reason=f"Cut out of '{shortened(old.name)}'.",
            retained=old.retained or self.request.state,
            extra={**old.extra, PROVENANCE: self.provenance},
        )

    @property
    def provenance(self) -> dict[str, object]:
        """From which session, and how: the same cut can be made again from it. With that of a cut that was cut."""
        old = self.reader.metadata
        asked = {name: value for name, value in asdict(self.request).items() if value not in (None, ())}
        before = {PROVENANCE: old.extra[PROVENANCE]} if PROVENANCE in old.extra else {}
        return {"session": old.id, "name": old.name, "request": asked, "ids": list(self.selection.ids), **before}

    @property
    def id(self) -> str:
        """Follows from what was cut, so that the same cut has the same."""
        said = json.dumps(self.provenance, sort_keys=True, ensure_ascii=True)
        found = hashlib.sha256(f"[{said}, [".encode())
        for number, piece in enumerate(self.selection.messages.pieces(_AT_ONCE)):
            found.update(f"{', ' if number else ''}{', '.join(map(str, piece))}".encode())
        found.update(b"]]")
        return found.hexdigest()[:32]

    def assumptions(self) -> list[str]:
        """None: see Source."""
        return []

    def problems(self) -> list[str]:
        """None: see Source."""
        return []

    @property
    def _start_ns(self) -> int:
        return self._moments[0]

    @property
    def _end_ns(self) -> int:
        return self._moments[1]

    @property
    def _moments(self) -> tuple[int, int]:
        """Of the first and of the last message."""
        ids = self.selection.messages
        ends = [stored.message.at_ns for stored in self.reader.with_ids([ids.first, ids.last])]
        return min(ends), max(ends)

    def _state(self) -> Iterator[Message]:
        """The last message of every topic before the first one, as the broker would send it to a new subscriber."""
        if not self.request.state:
            return
        for stored in self.reader.latest(EVERYTHING, through_id=self.selection.messages.first - 1):
            if stored.message.payload:  # an empty one has deleted what was stored
                yield stored.message._replace(retain=FROM_DUMP, at_ns=self._start_ns)


def find_cut(reader: Reader, request: CutRequest, title: str, progress: Progress = quiet) -> Cut:
    """Looks for the case in an open session. Raises UsageError if there is no message of it."""
    selection = select(reader, request, progress)
    if not selection.messages:
        raise UsageError(f"No message of '{shortened(reader.metadata.name)}' belongs to {title}. Nothing was cut.")
    return Cut(reader, request, selection, title)
