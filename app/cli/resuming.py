"""What `record --resume` asks of a session, and what it says."""

from __future__ import annotations

from collections.abc import Sequence

from app.cli.connecting import CONNECT_TIMEOUT_S, TICK_S
from app.cli.interrupts import Interrupts
from core.clock import Clock
from core.errors import SessionFileError, StateError, UsageError
from core.message import NS_PER_SECOND
from core.ports import ConnectionState
from mqtt.client import SharedClient
from recorder.machine import WAITING
from recorder.recorder import RecordingStatus
from store.catalog import SessionEntry
from store.metadata import SessionMetadata
from store.naming import shortened


def client_id_of(session_id: str) -> str:
    """Under which name a broker keeps messages for this recording: 23 letters and digits, which each of them takes."""
    return f"msm{session_id[:20]}" if session_id else ""


def resumable(entry: SessionEntry) -> SessionMetadata:
    """The metadata of an interrupted session. Raises StateError, UsageError and SessionFileError for any other."""
    name = shortened(entry.name)
    metadata = entry.metadata
    if metadata is None:
        raise SessionFileError(f"'{name}' cannot be continued. {entry.problem} {_what_is_left(entry)}")
    if entry.recording:
        raise StateError(f"'{name}' is being recorded by a running program: it goes on already.")
    if not entry.interrupted:
        raise StateError(f"'{name}' has ended: only an interrupted recording can be continued. Start a new one.")
    if metadata.status in WAITING:
        raise StateError(
            f"'{name}' had not begun, and begins on the Record page only: start the app with session-manager up, "
            "where it waits. To record here, start a new one."
        )
    if not metadata.broker:
        raise UsageError(f"'{name}' does not say which broker it was recorded from.")
    return metadata


def _what_is_left(entry: SessionEntry) -> str:
    """What to do about a session whose database cannot be read."""
    if not entry.path.with_suffix(".log").is_file():
        return "Its log is not there either: start a new recording."
    return f"To keep what its log has run 'session-manager repair {entry.path}'; then start a new recording."


def await_connection_again(client: SharedClient, clock: Clock, interrupts: Interrupts) -> None:
    """Waits for a while until the broker has answered; the recording goes on waiting for it, if it does not."""
    until_ns = clock.now_ns() + int(CONNECT_TIMEOUT_S * NS_PER_SECOND)
    while not client.await_connected(TICK_S) and clock.now_ns() < until_ns and not interrupts.requested:
        pass


def again_line(status: RecordingStatus, client: SharedClient, filters: Sequence[str], *, was_paused: bool) -> str:
    """What is said first."""
    connection = client.connection()
    where = f"'{shortened(status.name)}' from {status.broker or client.label}"
    if connection.state is not ConnectionState.CONNECTED:
        paused = " It had been paused, and records as soon as there is one." if was_paused else ""
        return f"Continuing {where}: the broker has not answered yet. {connection.reason}".rstrip() + paused
    paused = " It had been paused, and records again from now on." if was_paused else ""
    return (
        f"Continuing {where} ({connection.protocol}): subscription to {', '.join(filters)} confirmed.{paused} "
        "Ctrl-C ends it."
    )
