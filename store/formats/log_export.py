"""A session as JSON lines: the log that stands beside a session, also of one in several parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from core.message import Message
from store.events import Event
from store.log import LineEncoder, encode_end, encode_event, encode_metadata
from store.metadata import SessionMetadata


class LogExport:
    """Writes one such file."""

    def __init__(self, file: BinaryIO, metadata: SessionMetadata) -> None:
        self._file = file
        self._metadata = metadata
        self._encoder = LineEncoder()
        self._messages = 0
        file.write(encode_metadata(metadata))

    def write(self, messages: Sequence[Message]) -> None:
        self._messages += len(messages)
        self._file.write(self._encoder.encode(messages))

    def add_event(self, event: Event) -> None:
        self._file.write(encode_event(event))

    def close(self) -> None:
        if not self._metadata.status.active:  # what is still being recorded has no end
            self._file.write(encode_end(self._metadata, self._messages))
