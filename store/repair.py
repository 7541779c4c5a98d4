"""Verify a session, and repair it from what is left of it."""

from __future__ import annotations

from pathlib import Path

from core.errors import SessionFileError
from store import recovery
from store.reader import SessionReader
from store.rebuild import RebuildResult, rebuild_db, rebuild_log
from store.verify import VerifyResult, verify

__all__ = ["RebuildResult", "VerifyResult", "rebuild_db", "rebuild_log", "repair", "verify"]


def repair(path: Path) -> RebuildResult:
    """Makes a session whole: `path` is either of its files.

    The database counts as the truth where it can be read from one end to the other; else it is rebuilt from the log.
    Raises StateError while the session is being recorded, SessionFileError if neither file can be read, StorageError.
    """
    db, log = path.with_suffix(".db"), path.with_suffix(".log")
    try:
        messages = _read_through(db)
    except SessionFileError:
        if not log.is_file():
            raise
        return rebuild_db(log)
    recovery.finish(db)
    if not verify(db).ok:
        rebuild_log(db)
    if not verify(db).ok:  # what is wrong lies in the database itself, such as its samples
        rebuild_db(log)
    return RebuildResult(db, messages, verify(db).problems)


def _read_through(db: Path) -> int:
    with SessionReader.open(db) as reader:
        reader.events()
        return sum(1 for _ in reader.stream())
