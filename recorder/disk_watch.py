"""Whether a session's files are still where they belong, and whether there is room for more."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from core.errors import StorageError
from store.connection import explained
from store.writing import Writer

MB = 1_000_000


def why_too_full(folder: Path, min_free_mb: int) -> str | None:
    """Why no more should be written there, as a sentence; None if it may, or if nobody cares (0)."""
    if not min_free_mb:
        return None
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    with explained(there):
        free_mb = shutil.disk_usage(there).free // MB
    if free_mb >= min_free_mb:
        return None
    return (
        f"Only {free_mb} MB are free on the disk of {folder}, and min_free_mb asks for {min_free_mb}. "
        "Free some space, choose another folder, or set a lower limit."
    )


def check_room(folder: Path, min_free_mb: int) -> None:
    """Raises StorageError if a recording should not even begin."""
    if reason := why_too_full(folder, min_free_mb):
        raise StorageError(f"The recording was not started. {reason}")


class DiskWatch:
    """Watches the files of one session that is being written: those of its present part."""

    def __init__(self, writer: Writer, min_free_mb: int) -> None:
        self._writer = writer
        self._min_free_mb = min_free_mb
        self._look_at_present_part()

    def sign_of_life(self, now_ns: int) -> None:
        """Leaves the moment at the log: after a crash it tells how long the interruption was."""
        with contextlib.suppress(OSError):  # not worth ending a recording
            os.utime(self._log, ns=(now_ns, now_ns))

    def why_full(self) -> str | None:
        """Why the recording should end before the disk is full, as sentences; None if it need not."""
        reason = why_too_full(self._db.parent, self._min_free_mb)
        return reason and f"The recording was ended before the disk is full; all that had arrived is stored. {reason}"

    def why_lost(self) -> str | None:
        """What was deleted or replaced, and what becomes of the recording, as sentences; None if all is there."""
        if self._writer.db_path != self._db:
            self._look_at_present_part()
        db, log = (_identity(path) != self._known[path] for path in (self._db, self._log))
        if db and log:
            return (
                f"The session's files {self._db} and {self._log.name} were deleted or replaced while it was being "
                "recorded: what they held cannot be saved. Start a new recording."
            )
        if db:
            return (
                f"The database {self._db} was deleted or replaced while it was being recorded. What had arrived until "
                f"then is in {self._log.name}: 'session-manager repair {self._db.stem}' makes the database from it."
            )
        if log:
            return (
                f"The log {self._log} was deleted or replaced while it was being recorded. What had arrived until then "
                f"is in {self._db.name}: 'session-manager repair {self._db.stem}' writes the log anew from it."
            )
        return None

    def _look_at_present_part(self) -> None:
        self._db, self._log = self._writer.db_path, self._writer.log_path
        self._known = {path: _identity(path) for path in (self._db, self._log)}


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file it is, whatever its name; None if there is none. Raises StorageError."""
    with explained(path):
        try:
            found = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
    return found.st_dev, found.st_ino
