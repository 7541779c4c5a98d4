"""The mark that a session is being written: an advisory lock on its log, which ends with the process that holds it.

The lock is not on the database: closing a second handle of that file would drop SQLite's own locks (POSIX, fcntl(2)).
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import BinaryIO


def try_lock(log: BinaryIO) -> bool:
    """Takes the lock for as long as `log` is open; False if someone, this process included, holds it already."""
    try:
        fcntl.flock(log.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_locked(log: Path) -> bool:
    """Whether some process is writing the session with this log. An absent or unreadable log is not locked."""
    try:
        handle = os.open(log, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
