"""SessionWriter: batches of messages into the two files of a session."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.message import Message
from store.events import Event
from store.metadata import SessionMetadata


class SessionWriter:
    """Writes one session; one thread uses it.

    Raises StorageError when the disk does not take it: what was written until then is intact.
    """

    stem: str
    db_path: Path
    log_path: Path

    @classmethod
    def create(cls, folder: Path, metadata: SessionMetadata) -> SessionWriter:
        """Creates both files under a unique stem in `folder`, which is made if absent."""
        raise NotImplementedError

    def write(self, messages: Sequence[Message]) -> None:
        """Stores messages in this order: one transaction, then their log lines. An empty batch does nothing."""
        raise NotImplementedError

    def add_event(self, event: Event) -> None:
        """Stores an event in both files."""
        raise NotImplementedError

    def set_metadata(self, metadata: SessionMetadata) -> None:
        """Replaces the metadata in both files."""
        raise NotImplementedError

    def close(self, metadata: SessionMetadata) -> None:
        """Writes the final metadata and turns the database into a single plain file. Closing twice does no harm."""
        raise NotImplementedError
