"""The player: starts, steers and ends one replay at a time."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Final

from core.clock import Clock
from core.errors import PublishRefused, StateError, UsageError
from core.message import NS_PER_SECOND
from core.ports import MessageSource, Publisher
from core.topics import why_invalid_filter
from replay.deck import Ends
from replay.guard import why_not
from replay.landmarks import landmarks_of
from replay.marks import position_among
from replay.report import ReplayReport
from replay.run import ReplayRun
from replay.schedule import LONGEST_S, check, why_invalid_speed
from replay.status import ReplayRequest, ReplayState, ReplayStatus
from replay.steering import Order, Seek, Step

__all__ = ["Player", "ReplayReport", "ReplayRequest", "ReplayState", "ReplayStatus"]

GIVE_UP_S: Final = 60.0
"""A replay without any confirmation for this long has failed: longer than a broker needs to restart, short enough for a
pipeline that waits."""

ORDER_S: Final = 10.0
"""How long a person waits for a seek or a step before being told that it takes longer."""

STILL: Final = "It will as soon as the connection moves."

NOTHING: Final = "Nothing is being replayed; start a replay first."


class Player:
    """Replays one session at a time to a publisher. Thread-safe."""

    def __init__(self, clock: Clock, give_up_s: float = GIVE_UP_S) -> None:
        self._clock = clock
        self._give_up_s = give_up_s
        self._run: ReplayRun | None = None
        self._last_report: ReplayReport | None = None
        self._starting = threading.Lock()

    def start(
        self,
        request: ReplayRequest,
        publisher: Publisher,
        *,
        source: MessageSource | None = None,
        witness: MessageSource | None = None,
        closing: Callable[[], None] | None = None,
    ) -> ReplayStatus:
        """Starts a replay; the first message is due when the publisher is connected.

        `source` is the same connection as the publisher's: without it nothing can be waited for, foreign publishers
        are not noticed, and what the broker stores is known only as far as the replay itself has stored it.
        `witness` is an independent connection; with it the report proves the delivery. `closing` is called, once, when
        the replay has ended, if it was started.

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
            run = ReplayRun(request, Ends(publisher, source, witness, closing), self._clock, self._give_up_s)
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

    def seek(self, position_s: float, timeout: float = ORDER_S) -> ReplayStatus:
        """Goes on from this position, in seconds since the session's start; playing or paused as before.

        First the broker is put into the state of that moment. A position outside the replayed range is the nearest
        one in it. Raises StateError if nothing is being replayed, or if it has not happened after `timeout` seconds,
        UsageError for a position that makes no sense, BrokerError if the broker does not confirm the state.
        """
        if not math.isfinite(position_s):
            raise UsageError(f"The position must be a number of seconds since the session's start, not {position_s}.")
        position_s = min(max(0.0, position_s), LONGEST_S)
        return self._carry_out(Seek(round(position_s * NS_PER_SECOND)), timeout)

    def place_of(self, place: float | str) -> float:
        """Where `seek` goes for this: seconds, `m:ss`, or a mark of any session that is played.

        Raises StateError if nothing is being replayed, UsageError, SessionFileError.
        """
        if isinstance(place, float | int):
            return place
        request = self._active().request
        return position_among(lambda: landmarks_of(request).marks, place)

    def step(self, topic_filter: str | None = None, timeout: float = ORDER_S) -> ReplayStatus:
        """Publishes the next message, or all up to the next one that the filter matches; the replay is paused then.

        Raises StateError if no such message follows, UsageError for an invalid filter, and what `seek` raises.
        """
        if topic_filter is not None and (reason := why_invalid_filter(topic_filter)):
            raise UsageError(f"The replay cannot step: {reason}.")
        self._active().hold()
        return self._carry_out(Step(topic_filter), timeout)

    def reset(self) -> ReplayStatus:
        """Back to the start, and paused there; a replay that has ended is forgotten, but for its report."""
        run = self._run
        if run is None or not run.active:
            self._last_report = self.report()
            self._run = None
            return ReplayStatus()
        run.hold()
        return self.seek(run.status().start_s)

    def release(self) -> ReplayStatus:
        """Opens the barrier that waits for a person. Raises StateError if none does."""
        run = self._active()
        run.release()
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
            doing = run.status().problem or "The broker takes no more messages."
            raise StateError(
                f"The replay has not ended after {timeout:g} s. {doing} It ends as soon as that is over, or the "
                "connection breaks; stop again to wait for it."
            )
        return run.status()

    def status(self) -> ReplayStatus:
        """A snapshot; cheap enough to be asked for many times a second."""
        run = self._run
        return ReplayStatus() if run is None else run.status()

    def report(self) -> ReplayReport | None:
        """The report of the last replay; None while one is active, or when there was none."""
        run = self._run
        return self._last_report if run is None else run.report

    def wait(self, timeout: float) -> bool:
        """Blocks until no replay is active; False when `timeout` (seconds) is over first."""
        run = self._run
        return True if run is None else run.wait(timeout)

    def _carry_out(self, order: Order, timeout: float) -> ReplayStatus:
        run = self._active()
        run.give(order)
        try:
            order.done.result(timeout)
        except TimeoutError:
            raise StateError(
                f"This has not happened after {timeout:g} s: the broker takes no more messages. {STILL}"
            ) from None
        return run.status()

    def _active(self) -> ReplayRun:
        run = self._run
        if run is None:
            raise StateError(NOTHING)
        if not run.active:
            raise StateError(f"The replay of '{run.status().session_name}' has ended; start it again.")
        return run
