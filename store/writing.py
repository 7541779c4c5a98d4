"""What can be written into a session, whether it is to lie in one piece or in several."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from core.message import Message
from store.deliveries import Delivered
from store.events import Event
from store.metadata import SessionMetadata
from store.tables import Totals


class Writer(Protocol):
    """Writes one session; one thread uses it. See SessionWriter for each method and what it raises."""

    @property
    def stem(self) -> str: ...

    @property
    def db_path(self) -> Path:
        """The database that is being written now."""

    @property
    def log_path(self) -> Path: ...

    @property
    def metadata(self) -> SessionMetadata: ...

    @property
    def totals(self) -> Totals: ...

    @property
    def size_bytes(self) -> int: ...

    def write(self, messages: Sequence[Message], packet_ids: Sequence[int] = ()) -> None: ...

    def add_event(self, event: Event) -> None: ...

    def set_metadata(self, metadata: SessionMetadata) -> None: ...

    def delivered(self) -> Delivered: ...

    def forget_deliveries(self) -> None: ...

    def content(self, message_id: int) -> tuple[str, bytes, int] | None: ...

    def equal(self, content: tuple[str, bytes, int], after_id: int) -> int: ...

    def close(self, metadata: SessionMetadata) -> None: ...

    def abandon(self) -> None: ...
