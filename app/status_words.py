"""The words that people read for the state of a session, on the pages and on the command line."""

from __future__ import annotations

from typing import Final

from store.entries import SessionEntry
from store.formats.own import NO_END
from store.metadata import Status

INTERRUPTED: Final = "interrupted"

_WORDS: Final = {
    Status.PENDING: "waiting",
    Status.RECORDING: "without source",
    Status.SOURCE_ASSIGNED: "ready",
    Status.IN_PROGRESS: "recording",
    Status.PAUSED: "paused",
    Status.COMPLETED: "complete",
    Status.FAILED: "failed",
}


def status_words(entry: SessionEntry) -> str:
    """`complete`, `recording`, ..., `cannot be read`; `interrupted` if the program died during the recording."""
    if entry.metadata is None:
        return "cannot be read"
    if entry.interrupted or entry.metadata.ended_reason == NO_END:
        return INTERRUPTED
    return _WORDS[entry.metadata.status]
