"""What is asked of a recording, and what can be seen of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from recorder.ledger import Losses
from store.events import Event
from store.metadata import Status


@dataclass(frozen=True, slots=True)
class RecordingRequest:
    """What to record. The defaults are the quick path: everything, from now on, until stopped."""

    name: str = ""
    """Empty: named after the start time."""
    source: str = "Unknown"
    """Where it is recorded: the factory's or module's name."""
    note: str = ""
    filters: tuple[str, ...] = ("#",)
    exclude: tuple[str, ...] = ()
    """Topic filters of what is not written; it is subscribed to all the same."""
    qos: int = 1
    retained: bool = False
    """Whether the broker's stored messages are written first, as the session's initial state."""
    duration_s: float | None = None
    """Ends by itself after this many seconds of recording; pauses do not count. None: no limit."""
    max_messages: int | None = None
    """Ends by itself after exactly this many written messages, stored ones included. None: no limit."""
    max_bytes: int | None = None
    """Ends by itself when both files together have this size; with what one transaction brings it is exceeded."""
    min_free_mb: int = 100
    """Ends as failed before less than this is free on the disk, 1 MB being a million bytes; 0: does not look."""
    split_bytes: int | None = None
    """Begins a new part of the session when both files of the present one have this size. None: not because of that."""
    split_s: float | None = None
    """Begins a new part of the session when the present one holds so many seconds. None: not because of that."""
    tags: tuple[str, ...] = ()
    session_id: str = ""
    """The id of the new session; empty: a new one."""


@dataclass(frozen=True, slots=True)
class RecordingStatus:
    """A snapshot of the current recording, or of the last one when none is active."""

    state: Status | None = None
    """None: nothing has been recorded since the program started."""
    active: bool = False
    session_id: str = ""
    name: str = ""
    stem: str = ""
    path: Path | None = None
    """The session's database."""
    environment: str = ""
    broker: str = ""
    source: str = ""
    """Where it is recorded; "Unknown" until it is assigned."""
    started_ns: int = 0
    ended_ns: int | None = None
    ended_reason: str = ""
    """Why it has ended, as a sentence; empty while it is active."""
    elapsed_s: float = 0.0
    """Seconds recorded; pauses do not count."""
    messages: int = 0
    """Written messages; what still waits is in `queued`."""
    bytes: int = 0
    """Payload bytes of the written messages."""
    topics: int = 0
    rate_per_s: float = 0.0
    """Messages written in the last full second."""
    queued: int = 0
    """Messages that have arrived and wait for the disk."""
    queued_most: int = 0
    """How many have waited at once so far."""
    lag_s: float = 0.0
    """How long the oldest message that is not written yet has been waiting for the disk; 0 without one."""
    size_bytes: int = 0
    """Of both files on disk."""
    gaps: int = 0
    """How often the connection was missing, the present gap included."""
    in_gap: bool = False
    marks: int = 0
    """How many moments were marked."""
    last_mark: Event | None = None
    losses: Losses = field(default_factory=Losses)
    """What is known about what may be missing; `recorder.ledger.verdict` says it as a sentence."""
    duration_s: float | None = None
    """The limit that was asked for."""
    max_messages: int | None = None
    """The limit that was asked for."""
    max_bytes: int | None = None
    """The limit that was asked for."""
    problem: str = ""
    """Why it has failed (`state` tells whether), or what the broker refuses it: a sentence with what to do next.

    Empty if all is well.
    """
