"""Catalog: which sessions a folder holds, and what can be done to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from store.metadata import SessionMetadata
from store.reader import SessionSummary


@dataclass(frozen=True, slots=True)
class SessionEntry:
    """One session of the folder, readable or not."""

    id: str
    """The session's id; the stem of a file that cannot be read."""
    name: str
    path: Path
    """The `.db`, or the `.log` if only that is there."""
    metadata: SessionMetadata | None
    summary: SessionSummary | None
    problem: str = ""
    """Why it cannot be read and what to do; empty if it can."""
    size_bytes: int = 0
    """Of all its files."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did."""

    entry: SessionEntry
    messages: int
    assumptions: tuple[str, ...]
    problems: tuple[str, ...]
    """What was kept out, with its line."""


class Catalog:
    """The sessions of one folder. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def sessions(self) -> list[SessionEntry]:
        """All sessions, newest first. An absent folder is an empty one."""
        raise NotImplementedError

    def get(self, session_id: str) -> SessionEntry:
        """The session of this folder with exactly this id or stem; never a path. Raises SessionNotFound."""
        raise NotImplementedError

    def find(self, text: str) -> SessionEntry:
        """The session that `text` names: a path, a stem, an id, or a unique part of a name. Raises SessionNotFound."""
        raise NotImplementedError

    def rename(self, session_id: str, name: str) -> SessionEntry:
        """Gives a session another name; its files keep theirs."""
        raise NotImplementedError

    def set_tags(self, session_id: str, tags: Sequence[str]) -> SessionEntry:
        """Replaces the tags."""
        raise NotImplementedError

    def set_note(self, session_id: str, text: str) -> SessionEntry:
        """Replaces the note."""
        raise NotImplementedError

    def delete(self, session_id: str) -> None:
        """Deletes both files. Raises StateError while the session is being recorded, by whichever process."""
        raise NotImplementedError

    def import_file(self, path: Path, timezone: str = "UTC", name: str = "") -> ImportResult:
        """Copies a recording into the folder. `timezone` (IANA) is assumed for times without one."""
        raise NotImplementedError

    def recover(self) -> list[SessionEntry]:
        """Finalises as failed what a crash left open, not what is being recorded now; returns those sessions."""
        raise NotImplementedError
