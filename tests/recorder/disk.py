"""A disk that can be held up and can fail."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from core.errors import StorageError
from core.message import Message
from store.metadata import SessionMetadata
from store.writer import SessionWriter

FULL = "The disk is full. Free some space and start again."


class Disk:
    """Makes writers for a disk that can be held up and can fail."""

    def __init__(self) -> None:
        self.free = threading.Event()
        """While it is not set, writing blocks."""
        self.free.set()
        self.writing = threading.Event()
        """Set when somebody has begun to write."""
        self.fails = False
        self.explodes = False

    def create(self, folder: Path, metadata: SessionMetadata) -> SessionWriter:
        disk, writer = self, SessionWriter.create(folder, metadata)
        write = writer.write

        def slow_write(messages: Sequence[Message], packet_ids: Sequence[int] = ()) -> None:
            disk.writing.set()
            assert disk.free.wait(30)
            if disk.fails:
                raise StorageError(FULL)
            if disk.explodes:
                raise ZeroDivisionError("a bug")
            write(messages, packet_ids)

        writer.write = slow_write  # type: ignore[method-assign]  # a real writer on a disk that can fail
        return writer
