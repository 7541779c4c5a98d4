"""Where exports lie until a browser has fetched them: the newest few, and none after the program's end."""

from __future__ import annotations

import shutil
import tempfile
import threading
from pathlib import Path
from typing import Final

KEPT: Final = 6
"""Exports on disk at a time. An older one is written again if somebody still wants it."""


class ExportFolder:
    """A folder for temporary files, made on first use. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folders: list[Path] = []

    def new(self, name: str) -> Path:
        """A place for a file that a browser shall see under this name; the oldest one goes when there are too many."""
        with self._lock:
            folder = Path(tempfile.mkdtemp(prefix="session-export-"))
            self._folders.append(folder)
            while len(self._folders) > KEPT:
                shutil.rmtree(self._folders.pop(0), ignore_errors=True)
        return folder / name

    def close(self) -> None:
        """Deletes all of them."""
        with self._lock:
            while self._folders:
                shutil.rmtree(self._folders.pop(), ignore_errors=True)
