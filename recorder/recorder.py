"""The recorder: starts, pauses, marks and ends one recording at a time."""

from __future__ import annotations

from pathlib import Path

from core.clock import Clock
from core.errors import StateError
from core.ports import MessageSource
from recorder.status import RecordingRequest, RecordingStatus

__all__ = ["Recorder", "RecordingRequest", "RecordingStatus"]


class Recorder:
    """Records one session at a time from a message source into a folder. Thread-safe."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    def start(self, request: RecordingRequest, source: MessageSource, environment: str) -> RecordingStatus:
        """Starts a recording. Raises StateError if one is active, UsageError, StorageError, BrokerError (`retained`)."""
        raise StateError("Recording is not possible yet.")

    def pause(self) -> RecordingStatus:
        """What arrives from now on is not written. Raises StateError unless a recording is in progress."""
        raise StateError("Nothing is being recorded.")

    def resume(self) -> RecordingStatus:
        """What arrives from now on is written again. Raises StateError unless the recording is paused."""
        raise StateError("Nothing is being recorded.")

    def mark(self, text: str = "") -> RecordingStatus:
        """Notes this moment in the session. Raises StateError if nothing is being recorded."""
        raise StateError("Nothing is being recorded.")

    def stop(self, timeout: float = 10.0) -> RecordingStatus:
        """Ends the recording; all that has arrived is written. Raises StateError if nothing is being recorded."""
        raise StateError("Nothing is being recorded.")

    def status(self) -> RecordingStatus:
        """A snapshot; cheap enough to be asked for many times a second."""
        return RecordingStatus()

    def wait(self, timeout: float) -> bool:
        """Blocks until no recording is active; False when `timeout` (seconds) is over first."""
        return timeout >= 0
