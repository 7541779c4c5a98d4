"""The player: starts, pauses and ends one replay at a time."""

from __future__ import annotations

from core.clock import Clock
from core.errors import StateError
from core.ports import Publisher
from replay.report import ReplayReport
from replay.status import ReplayRequest, ReplayState, ReplayStatus

__all__ = ["Player", "ReplayReport", "ReplayRequest", "ReplayState", "ReplayStatus"]


class Player:
    """Replays one session at a time to a publisher. Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def start(self, request: ReplayRequest, publisher: Publisher) -> ReplayStatus:
        """Starts a replay.

        Raises StateError if one is active, PublishRefused, UsageError for a wrong request, SessionFileError for a
        session that cannot be read.
        """
        raise StateError("Replaying is not possible yet.")

    def pause(self) -> ReplayStatus:
        """Holds the replay. Raises StateError unless it is playing."""
        raise StateError("Nothing is being replayed.")

    def resume(self) -> ReplayStatus:
        """Goes on where it was held, without a burst. Raises StateError unless it is paused."""
        raise StateError("Nothing is being replayed.")

    def set_speed(self, speed: float | None) -> ReplayStatus:
        """Goes on from the present position at another speed; None: as fast as the broker confirms."""
        raise StateError("Nothing is being replayed.")

    def stop(self, timeout: float = 10.0) -> ReplayStatus:
        """Ends the replay. Raises StateError if nothing is being replayed."""
        raise StateError("Nothing is being replayed.")

    def status(self) -> ReplayStatus:
        """A snapshot; cheap enough to be asked for many times a second."""
        return ReplayStatus()

    def report(self) -> ReplayReport | None:
        """The report of the last replay; None while it is active, or when there was none."""
        return None

    def wait(self, timeout: float) -> bool:
        """Blocks until no replay is active; False when `timeout` (seconds) is over first."""
        return timeout >= 0
