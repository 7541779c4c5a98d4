"""What is asked of a replay, and what can be seen of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.message import Message
from replay.barriers import Barrier
from replay.faults import Fault


class StateBefore(StrEnum):
    """What a subscriber is told before the first message."""

    NONE = "none"
    STATE = "state"
    """The last message of every topic before the start."""
    FOLDER = "folder"
    """The messages of `ReplayRequest.preload_folder`."""
    MESSAGES = "messages of the request"
    """Those of `ReplayRequest.preload_messages`."""


class TimeShift(StrEnum):
    """How timestamps inside JSON payloads move."""

    NONE = "none"
    RUN = "run"
    """All by the same offset, so that the moment of the start is now: differences between messages are kept."""
    MESSAGE = "message"
    """Each message's by as much as the message itself: at every speed it is from now."""


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """What to replay, and how. The defaults: all of it, once, with the original timing."""

    session: Path
    """The session's file."""
    more: tuple[Path, ...] = ()
    """Further sessions: a playlist, each after the one before, with its own start and end as below."""
    merged: bool = False
    """Whether the sessions play at the same time, as they were recorded, rather than one after the other."""
    speed: float | None = 1.0
    """Times the original speed; None: as fast as the broker confirms."""
    include: tuple[str, ...] = ()
    """Topic filters; empty: all topics."""
    exclude: tuple[str, ...] = ()
    start_s: float = 0.0
    """Seconds since the session's start, inclusive."""
    end_s: float | None = None
    """Seconds since the session's start, exclusive; None: to the end."""
    loop: int | None = 1
    """How many times; None: until it is stopped."""
    loop_pause_s: float = 0.0
    """Seconds of the session's time between one loop and the next."""
    max_gap_s: float | None = None
    """A silence of the recording lasts so many seconds at most; None: as long as it was."""
    qos: int | None = None
    """None: each message's own."""
    retain: bool | None = None
    """Whether messages have the retain flag; None: as each was recorded."""
    remap: tuple[str, ...] = ()
    """Rules `from/#=to/#`, or `re:PATTERN=REPLACEMENT`; the first that fits a topic is applied."""
    prefix: str = ""
    """Put before every topic, after `remap`."""
    shift: TimeShift = TimeShift.NONE
    shift_fields: tuple[str, ...] = ()
    """Names of payload fields that are times, `*` for any part; empty: the usual ones and what the data shows."""
    state: StateBefore | None = None
    """None: STATE when it starts in the middle, else NONE."""
    preload_folder: Path | None = None
    preload_messages: tuple[Message, ...] = ()
    clear_retained: bool = False
    """Whether what the replay has left stored at the broker is deleted at its end."""
    barriers: tuple[Barrier, ...] = ()
    faults: tuple[Fault, ...] = ()
    seed: int = 0
    """Of the faults: the same seed gives the same faults."""
    paused: bool = False
    """Whether it waits before the first message: to step through it."""


def state_of(request: ReplayRequest) -> StateBefore:
    """What is sent before the first message: if nothing was said, what is right for the place where it starts."""
    if request.state is not None:
        return request.state
    return StateBefore.STATE if request.start_s > 0 else StateBefore.NONE


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
    preloaded: int = 0
    """Messages of the state before the first one, not counted above."""
    pass_number: int = 0
    """Which loop, from 0."""
    passes: int | None = 1
    """How many loops; None: until it is stopped."""
    start_s: float = 0.0
    """The position at which a loop begins, as below."""
    position_s: float = 0.0
    """Seconds since the session's start; jumps back with each loop."""
    duration_s: float = 0.0
    """The position of the last message: in a playlist, with the sessions before it."""
    next_topic: str = ""
    """Of the message that comes next, or was the last; as recorded."""
    waits_for_key: bool = False
    """Whether it stands at a barrier that a person opens."""
    started_ns: int = 0
    elapsed_s: float = 0.0
    """Seconds since the start of the replay, pauses included."""
    warnings: tuple[str, ...] = ()
    """What a person should know while it plays, as sentences."""
    problem: str = ""
    """Why it has failed, waits or has nothing to play, as a sentence; empty if all is well."""
    mixed: str = ""
    """Others publish on the replayed topics: which and how often, as a sentence; empty if nobody does."""
