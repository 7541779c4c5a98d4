"""The recorder: starts, pauses, marks and ends one recording at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from core.clock import Clock
from core.errors import StateError, StorageError
from core.ports import MessageSource
from recorder.disk_watch import check_room
from recorder.plan import MakePlan, continuation, guided_recording, new_recording, split_limits
from recorder.policy import check
from recorder.recording import Recording
from recorder.status import RecordingRequest, RecordingStatus
from store.metadata import SessionMetadata
from store.split_writer import SplitWriter
from store.writer import SessionWriter
from store.writing import Writer

__all__ = ["Recorder", "RecordingRequest", "RecordingStatus"]

CreateSession = Callable[[Path, SessionMetadata], Writer]

NOTHING = "Nothing is being recorded; start a recording first."


class Recorder:
    """Records one session at a time from a message source into a folder. Thread-safe."""

    def __init__(self, folder: Path, clock: Clock, create_session: CreateSession = SessionWriter.create) -> None:
        self._folder = folder
        self._clock = clock
        self._create_session = create_session
        self._recording: Recording | None = None
        self._starting = threading.Lock()

    def start(self, request: RecordingRequest, source: MessageSource, environment: str) -> RecordingStatus:
        """Starts a recording; it does not wait for the broker.

        Raises StateError if one is active, UsageError for a request that makes no sense, StorageError if the session
        cannot be created, and BrokerError if the stored messages were asked for and cannot be had.
        """
        return self._record(new_recording, request, source, environment)

    def prepare(self, request: RecordingRequest, source: MessageSource, environment: str) -> RecordingStatus:
        """Creates a session that records nothing until `assign_source` and `begin`. Raises what `start` raises."""
        return self._record(guided_recording, request, source, environment)

    def _record(
        self, make_plan: MakePlan, request: RecordingRequest, source: MessageSource, environment: str
    ) -> RecordingStatus:
        check(request)
        check_room(self._folder, request.min_free_mb)
        with self._starting:
            self._require_idle()
            plan = make_plan(
                request,
                self._clock,
                environment,
                source.connection(),
                lambda metadata: self._open_new(request, metadata),
            )
            recording = Recording(plan, source, self._clock)
            recording.start()
            self._recording = recording
        return recording.status()

    def assign_source(self, name: str) -> RecordingStatus:
        """Says where it is recorded; empty: "Unknown". Raises StateError unless the recording waits for that."""
        recording = self._active()
        recording.steering.assign_source(name)
        return recording.status()

    def withdraw_source(self) -> RecordingStatus:
        """One step back: it waits for its source again. Raises StateError unless it waits for its beginning."""
        recording = self._active()
        recording.steering.withdraw_source()
        return recording.status()

    def begin(self, duration_s: float | None = None) -> RecordingStatus:
        """What arrives from now on is written, for `duration_s` seconds.

        None: as was asked for in `prepare`; infinite: until it is stopped.

        Raises StateError unless the source is assigned, UsageError for a duration that makes no sense, and BrokerError
        if the stored messages were asked for and cannot be had.
        """
        recording = self._active()
        recording.begin(duration_s)
        return recording.status()

    def continue_session(self, db_path: Path, source: MessageSource, environment: str) -> RecordingStatus:
        """Goes on with a recording whose program died; `source` may be one that is not connected yet.

        Its files are brought together in the background; what arrives meanwhile waits. What the broker had held for it
        goes into it, and what had been stored already is left out. Raises StateError if another one is active, or if
        this one has ended or is being recorded; UsageError, SessionFileError, StorageError.
        """
        with self._starting:
            self._require_idle()
            plan = continuation(db_path, self._clock, environment)
            check(plan.request)
            recording = Recording(plan, source, self._clock)
            recording.go_on()
            self._recording = recording
        return recording.status()

    def _open_new(self, request: RecordingRequest, metadata: SessionMetadata) -> Writer:
        limits = split_limits(request)
        if limits:
            return SplitWriter.create(self._folder, metadata, limits)
        return self._create_session(self._folder, metadata)

    def _require_idle(self) -> None:
        current = self._recording
        if current is not None and current.active:
            raise StateError(f"'{current.status().name}' is being recorded already; stop it first.")

    def pause(self) -> RecordingStatus:
        """What arrives from now on is not written. Raises StateError unless a recording is in progress."""
        recording = self._active()
        recording.steering.pause()
        return recording.status()

    def resume(self) -> RecordingStatus:
        """What arrives from now on is written again. Raises StateError unless the recording is paused."""
        recording = self._active()
        recording.steering.resume()
        return recording.status()

    def mark(self, text: str = "") -> RecordingStatus:
        """Notes this moment in the session. Raises StateError if nothing is being recorded."""
        recording = self._active()
        recording.steering.mark(text)
        return recording.status()

    def stop(self, timeout: float = 10.0) -> RecordingStatus:
        """Ends the recording; all that has arrived is written.

        Raises StateError if nothing is being recorded, and StorageError when it is not finished after `timeout`
        seconds: it goes on being written then, and can be stopped again. A failure to write is in the status.
        """
        recording = self._active()
        recording.end("Stopped.")
        if not recording.wait(timeout):
            status = recording.status()
            raise StorageError(
                f"'{status.name}' is not finished after {timeout:g} s: {status.queued} messages still wait for the "
                "disk. They go on being written; stop again to wait for them."
            )
        return recording.status()

    def status(self) -> RecordingStatus:
        """A snapshot; cheap enough to be asked for many times a second."""
        recording = self._recording
        return RecordingStatus() if recording is None else recording.status()

    def wait(self, timeout: float) -> bool:
        """Blocks until no recording is active; False when `timeout` (seconds) is over first."""
        recording = self._recording
        return True if recording is None else recording.wait(timeout)

    def _active(self) -> Recording:
        recording = self._recording
        if recording is None or not recording.active:
            raise StateError(NOTHING)
        return recording
