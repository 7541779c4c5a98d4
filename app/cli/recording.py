"""One recording under the command line: connect, record, report, end in order."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from app import format as fmt
from app.cli import output
from app.cli.connecting import CONNECT_TIMEOUT_S, STOP_TIMEOUT_S, TICK_S, check_reachable, connected, environment_for
from app.cli.exit_codes import FAILED, INTERRUPTED, OK
from app.cli.interrupts import Interrupts, interruptible
from app.cli.missing import info_with_losses, report_on
from app.cli.progress import Progress
from app.cli.resuming import again_line, await_connection_again, client_id_of, resumable
from app.settings import Settings
from core.clock import SystemClock
from core.errors import BrokerError, StateError, StorageError
from core.message import NS_PER_SECOND
from core.ports import ConnectionState
from mqtt.client import SharedClient
from mqtt.environments import Resumption
from recorder.ledger import verdict
from recorder.recorder import Recorder, RecordingRequest, RecordingStatus
from store.catalog import Catalog, SessionEntry
from store.metadata import Status
from store.naming import shortened


class RecordingCommand:
    """Runs one recording in the foreground."""

    def __init__(self, settings: Settings, broker: str | None, folder: Path, *, json: bool) -> None:
        self._settings = settings
        self._broker = broker
        self._folder = folder
        self._json = json
        self._stream = sys.stderr if json else sys.stdout
        self._clock = SystemClock()
        self._was_connected = True
        self._said = ""
        """What was said about what the broker refuses."""

    def run(self, request: RecordingRequest) -> int:
        """Returns the exit code. Raises SessionManagerError; a session that exists by then is finished."""
        default = self._settings.environment if self._settings.environment != "mock" else "replay"
        environment = environment_for(self._broker, self._settings, default)
        _check_possible(self._folder)
        check_reachable(environment)
        recorder = Recorder(self._folder, self._clock)
        client_id = client_id_of(request.session_id)
        with interruptible() as interrupts, connected(environment, self._clock, interrupts, client_id) as client:
            _await_confirmation(client, request, self._clock, interrupts)
            started = recorder.start(request, client, environment.name)
            client.unsubscribe_many(request.filters)
            self._record(recorder, client, interrupts, _first_line(started, client, request.filters))
        return self._report(recorder.status(), interrupted=interrupts.requested)

    def resume(self, entry: SessionEntry) -> int:
        """Goes on with an interrupted session. Returns the exit code.

        Raises StateError for a session that has ended or is being recorded, BrokerError without a broker: then
        nothing has been done.
        """
        metadata = resumable(entry)
        environment = environment_for(self._broker or metadata.broker, self._settings, "replay")
        check_reachable(environment)
        recorder = Recorder(entry.path.parent, self._clock)
        client_id, held = metadata.extra.get("client_id"), metadata.extra.get("held_filters")
        client = SharedClient(environment, self._clock, client_id or client_id_of(metadata.id))
        with interruptible() as interrupts:
            # The recording comes first: what the broker has kept arrives right behind the connection.
            recorder.continue_session(entry.path, client, environment.name)
            client.start(Resumption(tuple(held or ())) if client_id else None)
            try:
                await_connection_again(client, self._clock, interrupts)
                was_paused = recorder.status().state is Status.PAUSED
                if was_paused:  # whoever types this wants it to record, and here nobody could resume it
                    recorder.resume()
                first_line = again_line(recorder.status(), client, metadata.filters, was_paused=was_paused)
                self._record(recorder, client, interrupts, first_line)
            finally:
                client.stop(STOP_TIMEOUT_S)
        return self._report(recorder.status(), interrupted=interrupts.requested)

    def _record(self, recorder: Recorder, client: SharedClient, interrupts: Interrupts, first_line: str) -> None:
        """Until it ends by itself or by an interrupt; then it is finished."""
        try:
            with Progress(self._clock, self._stream) as progress:
                progress.say(first_line)
                self._watch(recorder, client, progress, interrupts)
        finally:
            with contextlib.suppress(StateError):  # it has ended by itself
                recorder.stop(STOP_TIMEOUT_S)

    def _watch(self, recorder: Recorder, client: SharedClient, progress: Progress, interrupts: Interrupts) -> None:
        while not interrupts.wait(TICK_S):
            status = recorder.status()
            self._say_refusals(status, progress)
            if not status.active:
                return
            self._say_connection(client, progress)
            done, total = _share(status)
            progress.update(_progress_line(status), done, total)

    def _say_connection(self, client: SharedClient, progress: Progress) -> None:
        connection = client.connection()
        is_connected = connection.state is ConnectionState.CONNECTED
        if is_connected != self._was_connected:
            self._was_connected = is_connected
            lost = f"The broker is gone, the recording waits for it. {connection.reason}".rstrip()
            progress.say("The broker is back, the recording goes on." if is_connected else lost)

    def _say_refusals(self, status: RecordingStatus, progress: Progress) -> None:
        """What the broker does not grant. Why a recording has failed is said at the end."""
        if status.state is not Status.FAILED and status.problem not in ("", self._said):
            progress.say(status.problem)
        self._said = status.problem

    def _report(self, status: RecordingStatus, *, interrupted: bool) -> int:
        if self._json and status.path is not None:
            entry = Catalog(status.path.parent).find(str(status.path))
            output.as_json(info_with_losses(entry, report_on(entry, thorough=False)))
        gaps = f", {fmt.counted(status.gaps, 'gap')}" if status.gaps else ""
        failed = status.state is Status.FAILED
        output.line(
            f"{'Failed' if failed else 'Recorded'}: {fmt.counted(status.messages, 'message')} on "
            f"{fmt.counted(status.topics, 'topic')}, {fmt.size(status.bytes)} in "
            f"{fmt.duration(status.elapsed_s)}{gaps}: {status.path}",
            self._stream,
        )
        if status.losses.noteworthy:
            output.line(verdict(status.losses), self._stream)
        if failed:
            output.error(status.problem or "The recording failed.")
            return FAILED
        return INTERRUPTED if interrupted else OK


def _check_possible(folder: Path) -> None:
    """Whether a session can be put there, as far as that is known before there is one. Makes nothing."""
    try:
        there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    except OSError as error:  # a name that is too long, a folder that may not be looked into
        raise StorageError(
            f"The folder {folder} cannot be used: {error.strerror}. Choose another with --output."
        ) from error
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        reason = "may not be written to" if there.is_dir() else "is a file"
        raise StorageError(f"The folder {folder} cannot be used: {there} {reason}. Choose another with --output.")


def _await_confirmation(
    client: SharedClient, request: RecordingRequest, clock: SystemClock, interrupts: Interrupts
) -> None:
    """Subscribes before there is a session, so that a refusal leaves none behind. The recorder takes it over."""
    client.subscribe_many(request.filters, request.qos)
    until_ns = clock.now_ns() + int(CONNECT_TIMEOUT_S * NS_PER_SECOND)
    while not client.await_subscribed(TICK_S):
        interrupts.abort_if_requested()
        if refused := client.connection().refused:
            raise BrokerError(
                f"{client.label} refuses the subscription to {', '.join(refused)}. "
                "Check whether this user may read these topics."
            )
        if clock.now_ns() >= until_ns:
            raise BrokerError(
                f"{client.label} did not confirm the subscription to {', '.join(request.filters)}. "
                "Check whether this user may read these topics."
            )


def _first_line(status: RecordingStatus, client: SharedClient, filters: Sequence[str]) -> str:
    what = ", ".join(filters)
    return (
        f"Recording '{shortened(status.name)}' from {status.broker or client.label} ({client.connection().protocol}): "
        f"subscription to {what} confirmed. Ctrl-C ends it."
    )


def _progress_line(status: RecordingStatus) -> str:
    queued = f", {status.queued:,} waiting to be written" if status.queued else ""
    return (
        f"{fmt.duration(status.elapsed_s)}, {fmt.counted(status.messages, 'message')}, "
        f"{status.rate_per_s:,.0f}/s, {fmt.size(status.bytes)}{queued}"
    )


def _share(status: RecordingStatus) -> tuple[float, float | None]:
    """How much of the nearest limit is used up, as done and total; total None without a limit."""
    shares = [0.0]
    if status.duration_s:
        shares.append(status.elapsed_s / status.duration_s)
    if status.max_messages:
        shares.append(status.messages / status.max_messages)
    if status.max_bytes:
        shares.append(status.size_bytes / status.max_bytes)
    return max(shares), 1.0 if len(shares) > 1 else None
