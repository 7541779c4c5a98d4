"""The mark that a session is being written: an advisory lock on its log, which ends with the process that holds it.

The lock is not on the database: closing a second handle of that file would drop SQLite's own locks (POSIX, fcntl(2)).
"""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path
from typing import BinaryIO

_TRIES, _PAUSE_S = 20, 0.01
"""`is_locked` holds the lock itself, for some microseconds: only who keeps it longer is a writer."""


def try_lock(log: BinaryIO) -> bool:
    """Takes the lock for as long as `log` is open; False if someone, this process included, holds it already."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(log.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            threading.Event().wait(_PAUSE_S)
        else:
            return True
    return False


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
