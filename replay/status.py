"""What is asked of a replay, and what can be seen of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """What to replay, and how. The defaults: all of it, once, with the original timing."""

    session: Path
    """The session's file."""
    speed: float | None = 1.0
    """Times the original speed; None: as fast as the broker confirms."""
    include: tuple[str, ...] = ()
    """Topic filters; empty: all topics."""
    exclude: tuple[str, ...] = ()
    start_s: float = 0.0
    """Seconds since the session's start, inclusive."""
    end_s: float | None = None
    """Seconds since the session's start, exclusive; None: to the end."""
    loop: int = 1
    """How many times."""
    qos: int | None = None
    """None: each message's own."""
    retain: bool = True
    """Whether the retain flag is sent as recorded; False: never set."""


class ReplayState(StrEnum):
    """Where a replay stands."""

    IDLE = "idle"
    PLAYING = "playing"
    PAUSED = "paused"
    FINISHED = "finished"
    """Every planned message was published."""
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ReplayStatus:
    """A snapshot of the current replay, or of the last one when none is active."""

    state: ReplayState = ReplayState.IDLE
    active: bool = False
    """Whether it is playing or paused."""
    run_id: str = ""
    """Replayed messages carry it in the MQTT 5 user property `session-replay`."""
    session_name: str = ""
    session: Path | None = None
    environment: str = ""
    """The publisher's label."""
    speed: float | None = 1.0
    planned: int = 0
    """Messages in the range and filters, times the number of loops."""
    published: int = 0
    confirmed: int = 0
    failed: int = 0
    position_s: float = 0.0
    """Seconds since the session's start; jumps back with each loop."""
    duration_s: float = 0.0
    """Seconds from the session's start to its last message."""
    started_ns: int = 0
    elapsed_s: float = 0.0
    """Seconds since the start of the replay, pauses included."""
    problem: str = ""
    """Why it has failed, waits or has nothing to play, as a sentence; empty if all is well."""
