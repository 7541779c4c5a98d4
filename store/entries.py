"""One session in a list, readable or not."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import SessionManagerError
from store.locking import is_locked
from store.metadata import SessionMetadata
from store.part_files import parts_of
from store.parts import open_session
from store.results import SessionSummary

_SUFFIXES = (".db", ".log", ".db-wal")


@dataclass(frozen=True, slots=True)
class SessionEntry:
    """One session of the folder, readable or not."""

    id: str
    """The session's id; the stem of a file that cannot be read, or that is a copy of another in the folder."""
    name: str
    path: Path
    """The `.db`, or the `.log` if only that is there."""
    metadata: SessionMetadata | None
    summary: SessionSummary | None
    problem: str = ""
    """Why it cannot be read and what to do; empty if it can."""
    size_bytes: int = 0
    """Of all its files."""
    parts: int = 1
    """Into how many parts the recording was split; `path` is the first one's."""

    @property
    def interrupted(self) -> bool:
        """Whether it has no end and nobody, in whichever process, writes it: `repair` or a start of the app ends it.

        Looked at anew each time, because a process that dies leaves no other trace. Takes microseconds.
        """
        return self._open and not is_locked(self._last_log)

    @property
    def recording(self) -> bool:
        """Whether somebody, in whichever process, writes it at this moment."""
        return self._open and is_locked(self._last_log)

    @property
    def _last_log(self) -> Path:
        return parts_of(self.path)[-1].with_suffix(".log")

    @property
    def _open(self) -> bool:
        return self.metadata is not None and self.metadata.status.active


def files_of(path: Path) -> dict[str, os.stat_result]:
    """The files of a session that are there, by suffix."""
    found = {}
    for suffix in _SUFFIXES:
        try:
            found[suffix] = path.with_suffix(suffix).stat()
        except OSError:
            continue
    return found


def state_of_files(path: Path) -> object:
    """Changes whenever one of the files of any part does."""
    return {
        (part.name, suffix): (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        for part in parts_of(path)
        for suffix, stat in files_of(part).items()
    }


def read_entry(path: Path) -> SessionEntry:
    """The entry of a session; what is wrong with it is in its `problem`."""
    parts = parts_of(path)
    size = sum(stat.st_size for part in parts for stat in files_of(part).values())
    if path.suffix == ".log":
        problem = "Only the log is there: repair the session to rebuild its database, or import the log."
        return SessionEntry(path.stem, path.stem, path, None, None, problem, size)
    try:
        with open_session(path) as reader:
            metadata, summary = reader.metadata, reader.summary()
    except SessionManagerError as error:
        return SessionEntry(path.stem, path.stem, path, None, None, str(error), size)
    return SessionEntry(metadata.id, metadata.name, path, metadata, summary, "", size, len(parts))


def with_unique_ids(entries: Sequence[SessionEntry]) -> list[SessionEntry]:
    """The same entries, none with the id or the stem of another: a copied file bears the id of its original.

    That keeps the id if its stem is the shorter one, as `x` beside `x (copy)`; the stem is the id of the other.
    """
    stems = {entry.path.stem for entry in entries}
    owners: dict[str, SessionEntry] = {}
    for entry in sorted(entries, key=lambda entry: (len(entry.path.stem), entry.path.stem)):
        if entry.id not in stems:
            owners.setdefault(entry.id, entry)
    return [entry if owners.get(entry.id) is entry else replace(entry, id=entry.path.stem) for entry in entries]
