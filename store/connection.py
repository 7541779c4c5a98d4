"""Opening session databases, and SQLite's errors as sentences."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import NewerVersion, SessionFileError, SessionManagerError, StorageError
from store.schema import APPLICATION_ID, SCHEMA_VERSION, TABLES, migrate

BUSY_SECONDS = 5.0
"""How long a statement waits for another connection's lock before it fails."""
RECORDING_BUSY_SECONDS = 60.0
"""How long a recording waits: what arrives meanwhile is held back by the broker, so that nothing is lost by it."""

FULL = (errno.ENOSPC, errno.EDQUOT)
"""No room, or none for this user."""

_PRIMARY_CODE = 0xFF
"""The low byte of an extended result code is the primary one (sqlite3.h)."""


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns what SQLite and the operating system raise inside into SessionFileError or StorageError."""
    try:
        yield
    except sqlite3.ProgrammingError:  # a mistake of ours, such as reading from a closed session
        raise
    except sqlite3.Error as error:
        raise _explain(error, path) from error
    except OSError as error:
        if error.errno in FULL:
            raise StorageError(_full(path)) from error
        raise StorageError(
            f"{path} cannot be used: {error.strerror or error}. What was stored before is intact; check the free "
            "space and the permissions of the folder."
        ) from error


def _explain(error: sqlite3.Error, path: Path) -> SessionManagerError:
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
    if code == sqlite3.SQLITE_NOTADB:
        return SessionFileError(f"{path} is not an SQLite file. Choose a session's .db or .log, or import the file.")
    if code == sqlite3.SQLITE_FULL:
        return StorageError(_full(path))
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN):
        return StorageError(f"{path} cannot be opened or written: {error}. Check the permissions of file and folder.")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StorageError(f"{path} is in use by another program. Close that program or try again in a moment.")
    if code == sqlite3.SQLITE_IOERR:
        return StorageError(f"The disk failed at {path}: {error}. What was stored before is intact; check the disk.")
    return SessionFileError(
        f"{path} is damaged: {error}. Run 'session-manager repair' to rebuild it from the log beside it."
    )


def _full(path: Path) -> str:
    return f"The disk is full: {path} cannot grow. What was stored before is intact; free some space and start again."


def damaged(path: Path, what: str) -> SessionFileError:
    """The error for a session that holds `what`, which it never should."""
    return SessionFileError(
        f"{path} is damaged: it holds {what}. Run 'session-manager repair' to rebuild it from the log."
    )


def open_new(path: Path) -> sqlite3.Connection:
    """An empty database in WAL mode, for a recording. The caller makes the tables."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False)
    try:
        connection.execute("PRAGMA page_size = 8192")  # a tenth less work for each message than with 4096
        tune_for_writing(connection)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def tune_for_writing(connection: sqlite3.Connection) -> None:
    """WAL, and a checkpoint every 16 MB instead of SQLite's 4 MB, because each one costs a sync of the disk."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    be_patient(connection, RECORDING_BUSY_SECONDS)
    connection.execute("PRAGMA wal_autocheckpoint = 2000")


def be_patient(connection: sqlite3.Connection, seconds: float) -> None:
    """How long a statement of this connection waits for another one's lock from now on."""
    connection.execute(f"PRAGMA busy_timeout = {round(seconds * 1_000)}")


def is_busy(error: BaseException) -> bool:
    """Whether another program's lock is the reason."""
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def open_readonly(path: Path) -> sqlite3.Connection:
    """A session of ours for reading, while it is being recorded too. Raises SessionFileError."""
    if not path.is_file():
        raise SessionFileError(f"There is no file {path}. 'session-manager list' shows the sessions.")
    with explained(path):
        return _checked(connect_readonly(path), path)


def connect_readonly(path: Path) -> sqlite3.Connection:
    """Any database for reading: nothing of its views, triggers or functions is trusted. Raises sqlite3.Error."""
    connection = _connect(path, "mode=ro")
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        # A database left in WAL mode in a folder that we may not write: SQLite cannot make its index file.
        # With nothing in the WAL the file itself is complete.
        wal = path.with_name(path.name + "-wal")
        if error.sqlite_errorcode & _PRIMARY_CODE == sqlite3.SQLITE_BUSY or (wal.exists() and wal.stat().st_size):
            raise
        connection = _connect(path, "mode=ro&immutable=1")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def open_for_update(path: Path) -> sqlite3.Connection:
    """A session of ours for changing it. Raises SessionFileError, also if the file holds triggers of its own."""
    if not path.is_file():
        raise SessionFileError(f"There is no file {path}. 'session-manager list' shows the sessions.")
    with explained(path):
        connection = _checked(_connect(path, "mode=rw"), path)
        try:
            if connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'trigger' LIMIT 1").fetchone():
                raise SessionFileError(
                    f"{path} holds triggers, which our sessions never do, so it is not changed. Import it instead."
                )
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            if version < SCHEMA_VERSION:
                connection.execute("BEGIN IMMEDIATE")
                migrate(connection, version)
                connection.execute("COMMIT")
        except (sqlite3.Error, SessionManagerError):
            connection.close()
            raise
        return connection


def _connect(path: Path, parameters: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?{parameters}",
        uri=True,
        isolation_level=None,
        timeout=BUSY_SECONDS,
        check_same_thread=False,
    )
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    return connection


def _checked(connection: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    try:
        reason = why_not_ours(connection)
        newer = reason == _why_newer(connection)
    except sqlite3.Error:
        connection.close()
        raise
    if reason:
        connection.close()
        raise (NewerVersion if newer else SessionFileError)(f"{path} {reason}")
    return connection


def why_not_ours(connection: sqlite3.Connection) -> str | None:
    """Why this database is not a session that we can read (the rest of a sentence), or None if it is."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    if application != APPLICATION_ID:
        return "is an SQLite file, but not a session of this program. Recordings of older programs can be imported."
    if newer := _why_newer(connection):
        return newer
    tables = {
        name
        for name, sql in connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
        if str(sql).upper().startswith("CREATE TABLE")
    }
    missing = [table for table in TABLES if table not in tables]
    if missing or connection.execute("PRAGMA user_version").fetchone()[0] < 1:
        return (
            f"is damaged or was never finished: it lacks {', '.join(missing) or 'its version'}. "
            "Run 'session-manager repair' to rebuild it from the log beside it."
        )
    return None


def _why_newer(connection: sqlite3.Connection) -> str | None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version <= SCHEMA_VERSION:
        return None
    return (
        f"was written by a newer version of this program (format {version}, this one knows {SCHEMA_VERSION}). "
        "Update the program to open it."
    )
