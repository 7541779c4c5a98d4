"""Sessions whose recorder died: found without reading them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.errors import SessionManagerError
from store.connection import explained
from store.entries import files_of
from store.locking import is_locked
from store.metadata import SessionMetadata
from store.part_files import is_further_part, parts_of
from store.parts import open_session
from store.session_files import is_plain


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A session that has no end, and that nobody records."""

    path: Path
    """The database, the first one of a session in parts."""
    metadata: SessionMetadata
    last_sign_ns: int
    """When its recorder was alive for certain for the last time, nanoseconds since the epoch."""


def interrupted_sessions(folder: Path) -> list[Interrupted]:
    """Those of a folder, in no order; what cannot be read is not among them. Raises StorageError.

    Quick: of what has ended only a few bytes are read.
    """
    found = []
    with explained(folder):
        paths = [path for path in folder.glob("*.db") if path.is_file() and not is_further_part(path)]
    for path in paths:
        try:
            one = None if is_plain(parts_of(path)[-1]) else interrupted(path)
        except SessionManagerError:  # damaged, foreign, or gone in this moment
            continue
        if one is not None:
            found.append(one)
    return found


def interrupted(path: Path) -> Interrupted | None:
    """This session, if it is such a one. Raises SessionFileError, StorageError."""
    last = parts_of(path)[-1]
    if is_locked(last.with_suffix(".log")):
        return None
    with open_session(path) as reader:
        metadata, last_ns, events = reader.metadata, reader.summary().last_ns, reader.events()
    if not metadata.status.active:
        return None
    stored = [metadata.started_ns, last_ns or 0, *(event.at_ns for event in events)]
    return Interrupted(path, metadata, max(*stored, _touched_ns(last)))


def _touched_ns(path: Path) -> int:
    """When the log was touched last: a recorder does that once a second, also when nothing arrives. 0 without a log."""
    log = files_of(path).get(".log")
    return 0 if log is None else log.st_mtime_ns
