"""Where a recording begins: with nothing, or where an earlier program was interrupted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from core.clock import Clock
from core.errors import StateError
from core.message import NS_PER_SECOND
from core.ports import ConnectionStatus
from recorder.description import describe, request_of
from recorder.gaps import GapTracker
from recorder.machine import QUICK_PATH, WAITING, transition
from recorder.policy import RecordedTime
from recorder.scribe import Note
from recorder.status import RecordingRequest
from store import recovery
from store.events import Event, EventKind
from store.interrupted import interrupted
from store.locking import is_locked
from store.metadata import SessionMetadata, Status
from store.part_files import parts_of
from store.parts import open_session
from store.split_writer import SplitLimits, SplitWriter
from store.writing import Writer

INTERRUPTED = "The program that recorded was interrupted."
SESSION_OF_BEFORE = 0
"""The broker's session state that an earlier program left, see `core.ports.Arrival`."""

OpenSession = Callable[[SessionMetadata], Writer]


@dataclass(slots=True)
class Plan:
    """All that a recording needs to know at its beginning."""

    request: RecordingRequest
    metadata: SessionMetadata
    time: RecordedTime
    open_session: OpenSession
    gaps: GapTracker = field(default_factory=GapTracker)
    notes: list[Note] = field(default_factory=list)
    """What is written before anything else."""
    broker_session: int | None = None
    """Which one the packet identifiers in the session belong to; None: there are none."""
    doubtful: bool = False
    """Whether that one may have been begun by an attempt of the earlier program to connect, which had no connection."""
    path: Path | None = None
    """The database, if there is one already."""
    marks: Sequence[Event] = ()
    """Those that are in it."""


MakePlan = Callable[[RecordingRequest, Clock, str, ConnectionStatus, OpenSession], Plan]
"""`new_recording` or `guided_recording`."""


def new_recording(
    request: RecordingRequest,
    clock: Clock,
    environment: str,
    connection: ConnectionStatus,
    open_session: OpenSession,
) -> Plan:
    """A recording that begins now, with the quick path through its states."""
    metadata = describe(request, clock.now_ns(), environment, connection)
    state = metadata.status
    for following in QUICK_PATH:
        state = transition(state, following)
    return Plan(request, metadata.with_changes(status=state), RecordedTime(metadata.started_ns), open_session)


def guided_recording(
    request: RecordingRequest,
    clock: Clock,
    environment: str,
    connection: ConnectionStatus,
    open_session: OpenSession,
) -> Plan:
    """A recording that waits for its source, and then for its beginning; until then it is paused."""
    metadata = describe(request, clock.now_ns(), environment, connection)
    metadata = metadata.with_changes(status=transition(metadata.status, Status.RECORDING))
    time = RecordedTime(metadata.started_ns).paused(metadata.started_ns)
    return Plan(request, metadata, time, open_session, notes=[_waiting(metadata)])


def continuation(db_path: Path, clock: Clock, environment: str) -> Plan:
    """The continuation of a recording whose program died; nothing is written yet.

    Raises StateError if it has ended or is being recorded, SessionFileError if its database cannot be read,
    StorageError.
    """
    *before, last = parts_of(db_path)
    if is_locked(last.with_suffix(".log")):
        raise StateError(
            f"The session {db_path.stem} is being recorded by a running program; it needs no continuation."
        )
    found = interrupted(db_path)
    if found is None:
        raise StateError(f"The session {db_path.stem} has ended; only an interrupted recording can be continued.")
    with open_session(db_path) as reader:
        events = reader.events()
    continued_ns = clock.now_ns()
    interrupted_ns = min(found.last_sign_ns, continued_ns)  # the clock may have been set back meanwhile
    metadata = found.metadata.with_changes(environment=environment, ended_ns=None, ended_reason="")
    if metadata.status in WAITING:
        time, gaps, notes = _waits_again(metadata, events)
    else:
        time, gaps, notes = _records_again(metadata, events, interrupted_ns, continued_ns)
        metadata = metadata.with_changes(status=Status.IN_PROGRESS if time.paused_ns is None else Status.PAUSED)
    notes.append(Note(interruption(interrupted_ns, continued_ns), metadata))
    request = request_of(metadata)
    limits = split_limits(request)
    return Plan(
        request,
        metadata,
        time,
        lambda _: SplitWriter.reopen(db_path, limits) if before or limits else recovery.reopen(db_path),
        gaps,
        notes,
        SESSION_OF_BEFORE,
        _gaps(events).since_ns is not None,
        db_path,
        [event for event in events if event.kind is EventKind.MARK],
    )


def _records_again(
    metadata: SessionMetadata, events: Sequence[Event], interrupted_ns: int, continued_ns: int
) -> tuple[RecordedTime, GapTracker, list[Note]]:
    """It was recording, or paused, and is that again; the time between is a gap."""
    time, gaps = recorded_time(metadata, events), _gaps(events)
    notes = [Note(gaps.lost(interrupted_ns, INTERRUPTED), connection_lost=True)]
    if time.paused_ns is None:
        time = replace(time, pauses=(*time.pauses, (interrupted_ns, continued_ns)))
    return replace(time, over=len(time.pauses)), gaps, notes


def _waits_again(metadata: SessionMetadata, events: Sequence[Event]) -> tuple[RecordedTime, GapTracker, list[Note]]:
    """Nothing had begun, so nothing can be missing: it waits at the same step."""
    notes = [Note(connection_lost=True)]
    if not any(event.kind is EventKind.PAUSE for event in events):
        notes.append(_waiting(metadata))
    return RecordedTime(metadata.started_ns).paused(metadata.started_ns), GapTracker(), notes


def _waiting(metadata: SessionMetadata) -> Note:
    """What a guided recording begins with."""
    text = "The session waits for its source and its beginning."
    return Note(Event(metadata.started_ns, EventKind.PAUSE, text))


def split_limits(request: RecordingRequest) -> SplitLimits:
    """When a recording goes on in a new part; false if never."""
    return SplitLimits(request.split_bytes, request.split_s)


def interruption(interrupted_ns: int, continued_ns: int) -> Event:
    """The event that says so. Its data: both moments in nanoseconds since the epoch, and the duration in seconds."""
    seconds = (continued_ns - interrupted_ns) / NS_PER_SECOND
    text = (
        f"The recording was interrupted at {_moment(interrupted_ns)} and continued at {_moment(continued_ns)}, "
        f"{seconds:,.1f} s later."
    )
    data = {"interrupted_ns": interrupted_ns, "continued_ns": continued_ns, "duration_s": seconds}
    return Event(continued_ns, EventKind.STATE, text, data)


def recorded_time(metadata: SessionMetadata, events: Sequence[Event]) -> RecordedTime:
    """Which moments belonged to a recording, from what it noted: pauses, and earlier interruptions."""
    time = RecordedTime(metadata.started_ns)
    for event in events:
        if event.kind is EventKind.PAUSE and time.paused_ns is None:
            time = time.paused(event.at_ns)
        elif event.kind is EventKind.RESUME and time.paused_ns is not None:
            time = time.resumed(event.at_ns)
        elif event.kind is EventKind.STATE and time.paused_ns is None:
            begin, end = (event.data or {}).get("interrupted_ns"), (event.data or {}).get("continued_ns")
            if isinstance(begin, int) and isinstance(end, int):
                time = replace(time, pauses=(*time.pauses, (begin, end)))
    return time


def _gaps(events: Sequence[Event]) -> GapTracker:
    """As it stood when the recording was interrupted."""
    gaps = GapTracker()
    for event in events:
        if event.kind is EventKind.GAP_START:
            gaps.lost(event.at_ns, event.text)
        elif event.kind is EventKind.GAP_END:
            gaps.regained(event.at_ns)
    return gaps


def _moment(at_ns: int) -> str:
    return datetime.fromtimestamp(at_ns // NS_PER_SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
