"""The player: starts, steers and ends one replay at a time."""

from __future__ import annotations

import threading
from typing import Final

from core.clock import Clock
from core.errors import PublishRefused, StateError, UsageError
from core.ports import Publisher
from replay.guard import why_not
from replay.report import ReplayReport
from replay.run import ReplayRun
from replay.schedule import check, why_invalid_speed
from replay.status import ReplayRequest, ReplayState, ReplayStatus

__all__ = ["Player", "ReplayReport", "ReplayRequest", "ReplayState", "ReplayStatus"]

GIVE_UP_S: Final = 60.0
"""A replay without any confirmation for this long has failed: longer than a broker needs to restart, short enough for a
pipeline that waits."""

NOTHING: Final = "Nothing is being replayed; start a replay first."


class Player:
    """Replays one session at a time to a publisher. Thread-safe."""

    def __init__(self, clock: Clock, give_up_s: float = GIVE_UP_S) -> None:
        self._clock = clock
        self._give_up_s = give_up_s
        self._run: ReplayRun | None = None
        self._starting = threading.Lock()

    def start(self, request: ReplayRequest, publisher: Publisher) -> ReplayStatus:
        """Starts a replay; the first message is due when the publisher is connected.

        Raises StateError if one is active, PublishRefused, UsageError for a request that makes no sense,
        SessionFileError for a session that cannot be read.
        """
        check(request)
        if reason := why_not(publisher):
            raise PublishRefused(reason)
        with self._starting:
            current = self._run
            if current is not None and current.active:
                raise StateError(f"'{current.status().session_name}' is being replayed already; stop it first.")
            run = ReplayRun(request, publisher, self._clock, self._give_up_s)
            run.start()
            self._run = run
        return run.status()

    def pause(self) -> ReplayStatus:
        """Holds the replay. Raises StateError unless it is playing."""
        run = self._active()
        run.pause()
        return run.status()

    def resume(self) -> ReplayStatus:
        """Goes on where it was held, without a burst. Raises StateError unless it is paused."""
        run = self._active()
        run.resume()
        return run.status()

    def set_speed(self, speed: float | None) -> ReplayStatus:
        """Goes on from the present position at another speed; None: as fast as the broker confirms.

        Raises StateError if nothing is being replayed, UsageError for a speed that makes no sense.
        """
        if reason := why_invalid_speed(speed):
            raise UsageError(reason)
        run = self._active()
        run.set_speed(speed)
        return run.status()

    def stop(self, timeout: float = 10.0) -> ReplayStatus:
        """Ends the replay: what the broker has not taken yet is not sent any more.

        Messages that have left already cannot be called back: at most as many as the broker takes without
        confirmation. They are still confirmed if that takes no longer than a second. A replay that has ended by itself
        stays as it is. Raises StateError if there never was one, or if it has not ended after `timeout` seconds.
        """
        run = self._run
        if run is None:
            raise StateError(NOTHING)
        run.stop()
        if not run.wait(timeout):
            raise StateError(
                f"The replay has not ended after {timeout:g} s: the broker takes no more messages. "
                "It ends as soon as the connection moves or breaks; stop again to wait for it."
            )
        return run.status()

    def status(self) -> ReplayStatus:
        """A snapshot; cheap enough to be asked for many times a second."""
        run = self._run
        return ReplayStatus() if run is None else run.status()

    def report(self) -> ReplayReport | None:
        """The report of the last replay; None while one is active, or when there was none."""
        run = self._run
        return None if run is None else run.report

    def wait(self, timeout: float) -> bool:
        """Blocks until no replay is active; False when `timeout` (seconds) is over first."""
        run = self._run
        return True if run is None else run.wait(timeout)

    def _active(self) -> ReplayRun:
        run = self._run
        if run is None:
            raise StateError(NOTHING)
        if not run.active:
            raise StateError(f"The replay of '{run.status().session_name}' has ended; start it again.")
        return run
