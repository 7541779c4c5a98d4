"""What a session is besides its messages, in formats of others: the same JSON records that stand in a log."""

from __future__ import annotations

import json
from pathlib import Path

from core.errors import SessionFileError
from store.events import Event
from store.formats.own import NO_END, ended
from store.formats.source import name_from, without_messages
from store.log import EVENT, KIND, SESSION_META, Record, encode_event, encode_metadata, parse_event, require_unicode
from store.log_file import MANY_PROBLEMS
from store.metadata import SessionMetadata, Status, new_metadata
from store.timestamps import TimestampParser

_ENDED = (Status.COMPLETED, Status.FAILED)


def record_of(what: SessionMetadata | Event) -> str:
    """Its JSON text, on one line."""
    encoded = encode_event(what) if isinstance(what, Event) else encode_metadata(what)
    return encoded.decode("utf-8").rstrip("\n")


class Records:
    """Reads such records of one file, and collects what is wrong in it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._times = TimestampParser()
        self._meta: Record | None = None
        self._problems: list[str] = []
        self._rejected = 0

    def take(self, text: str) -> Event | None:
        """The event of a record; None for metadata, which are kept, and for what cannot be read, which is said."""
        try:
            record = json.loads(text)
            if not isinstance(record, dict):
                raise ValueError("it is not a JSON object")
            if record.get(KIND) == EVENT:
                return parse_event(record, self._times)
            if record.get(KIND) == SESSION_META:
                require_unicode(record)
                self._meta = record
        except (ValueError, RecursionError) as error:
            self.reject("What is said about the session", error)
        return None

    def reject(self, what: str, error: Exception | str) -> None:
        """Something was kept out; `what` names it and its place."""
        self._rejected += 1
        if self._rejected <= MANY_PROBLEMS:
            self._problems.append(f"{what} was kept out: {error}.")

    def say(self, problem: str) -> None:
        """One more sentence among the problems."""
        self._problems.append(problem)

    def metadata(self, first_ns: int | None, last_ns: int | None) -> SessionMetadata:
        """As recorded, else made of the file's name and the times of its messages. Raises SessionFileError."""
        if self._meta is not None:
            return ended(SessionMetadata.from_json(self._meta, str(self._path)), last_ns)
        if first_ns is None and self._problems:
            raise SessionFileError(f"{self._path} holds no message that can be read. {self._problems[0]}")
        if first_ns is None:
            raise without_messages(self._path)
        return new_metadata(name_from(self._path), first_ns, status=Status.COMPLETED, ended_ns=last_ns)

    def assumptions(self) -> list[str]:
        """Whether it was exported while it was being recorded, and therefore has no end."""
        return [NO_END] if self._meta is not None and self._meta.get("status") not in _ENDED else []

    def problems(self) -> list[str]:
        """Sentences."""
        more = self._rejected - MANY_PROBLEMS
        return [*self._problems, *([f"{more:,} more were kept out."] if more > 0 else [])]
