"""A file that appears under its name only when it is complete."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from store.connection import explained


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write to; at the end of the block it takes the name `path`, in place of a file that had it.

    If the block raises, or the disk refuses, nothing is left behind and what was there before stays. Raises
    StorageError.
    """
    unfinished = path.with_name(f".{uuid4().hex}.part")
    with explained(path):
        file = unfinished.open("xb")
    try:
        with file:
            yield file
            with explained(path):
                file.flush()
                os.fsync(file.fileno())
        with explained(path):
            unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
