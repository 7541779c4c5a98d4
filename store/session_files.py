"""The files of one session: made, locked, brought into their final shape, deleted."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import BinaryIO

from core.errors import StateError
from store.connection import explained
from store.locking import try_lock
from store.naming import unique_stem

_SETTLE_TRIES, _SETTLE_PAUSE = 20, 0.1
"""A reader that has the file open keeps SQLite from leaving WAL mode: it gets two seconds to finish."""

_FORMAT_OFFSET, _WAL_FORMAT = 18, b"\x02\x02"
"""Where a database says that it is in WAL mode, and how (SQLite file format, section 1.3.2)."""


def become_plain(connection: sqlite3.Connection, tries: int = _SETTLE_TRIES) -> bool:
    """Brings the WAL into the file and leaves WAL mode; False if a reader that stays prevents the latter.

    The connection does not wait for locks any more afterwards: the waiting is done here.
    """
    connection.execute("PRAGMA busy_timeout = 0")
    for _ in range(tries):
        try:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            connection.execute("PRAGMA journal_mode = DELETE").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            threading.Event().wait(_SETTLE_PAUSE)
        else:
            return True
    return False


def is_plain(db_path: Path) -> bool:
    """Whether the database is a single file, whole without another one beside it. Raises StorageError."""
    if db_path.with_suffix(".db-wal").exists():
        return False
    with explained(db_path), db_path.open("rb") as file:
        file.seek(_FORMAT_OFFSET)
        return file.read(2) != _WAL_FORMAT


def new_log(folder: Path, stem: str) -> BinaryIO:
    """An empty, locked log with a unique stem."""
    while True:
        path = folder / f"{unique_stem(folder, stem)}.log"
        try:
            log = path.open("xb+", buffering=0)
        except FileExistsError:  # another process was faster
            continue
        if not try_lock(log):  # without it nobody would know that this session is being recorded
            log.close()
            path.unlink(missing_ok=True)
            raise StateError(f"Another program holds {path}. Close that program and start again.")
        return log


def open_locked_log(path: Path) -> BinaryIO:
    """The log of an existing session, made if absent, locked for writing. Raises StateError if it is locked already."""
    with explained(path):
        log = path.open("rb+" if path.exists() else "xb+", buffering=0)
        try:
            locked = try_lock(log)
        except OSError:  # a file system without locks
            log.close()
            raise
        if not locked:
            log.close()
            raise StateError(f"The session {path.stem} is being recorded. Stop the recording first.")
        return log


def delete_session_files(db_path: Path) -> None:
    """Deletes all files of a session. Raises OSError."""
    for suffix in (".db-wal", ".db-shm", ".db-journal", ".db", ".log"):
        db_path.with_suffix(suffix).unlink(missing_ok=True)
