"""The replay's clock: which offset of the schedule is due now. All pacing lives here."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Final

from core.clock import Clock
from replay.schedule import scaled_ns

NOTHING_DUE: Final = -1
EVERYTHING_DUE: Final = 2**63


class ReplayClock:
    """Maps offsets of the schedule to moments of a clock. Thread-safe; one thread sleeps, others steer.

    An offset is due at `anchor + (offset - anchor's offset) / speed`. Pause, resume and a new speed move the anchor to
    the present position, so nothing jumps and no error adds up. After whatever held the replay up, `anchor` says which
    offset is now, so that there is no burst of what would have been due meanwhile.
    """

    def __init__(self, clock: Clock, speed: float | None) -> None:
        self._clock = clock
        self._speed = speed
        self._lock = threading.Lock()
        self._steered = threading.Event()
        self._anchor_ns = clock.now_ns()
        self._anchor_offset_ns = 0
        self._paused = False
        self._stopped = False
        self._interrupted = False
        self._anchors = 0

    @property
    def speed(self) -> float | None:
        """None: as fast as possible."""
        return self._speed

    @property
    def paused(self) -> bool:
        """Whether it stands still."""
        return self._paused

    @property
    def stopped(self) -> bool:
        """Whether it stands still for good."""
        return self._stopped

    @property
    def anchors(self) -> int:
        """How often it was anchored: while this stays the same, due times follow from each other, if there are any."""
        return self._anchors

    def anchor(self, offset_ns: int) -> None:
        """This offset is now, whatever was steered before."""
        with self._lock:
            self._anchor(offset_ns)
            self._steered.set()

    def interrupt(self) -> None:
        """Wakes whoever sleeps, once, to look for something else to do than to sleep."""
        with self._lock:
            self._interrupted = True
            self._steered.set()

    def pause(self) -> None:
        """Holds the present position."""
        with self._lock:
            self._anchor(self._position_ns())
            self._paused = True
            self._steered.set()

    def resume(self) -> None:
        """Goes on from where it was held: what became due meanwhile on the wall's clock is not due here."""
        with self._lock:
            self._anchor(self._position_ns())
            self._paused = False
            self._steered.set()

    def set_speed(self, speed: float | None) -> None:
        """Goes on from the present position at another speed."""
        with self._lock:
            self._anchor(self._position_ns())
            self._speed = speed
            self._steered.set()

    def stop(self) -> None:
        """Wakes whoever sleeps; from now on nothing is due."""
        with self._lock:
            self._stopped = True
            self._steered.set()

    def position_ns(self) -> int:
        """The offset that is due now; without a speed the last one that was slept for."""
        with self._lock:
            return self._position_ns()

    def horizon_ns(self) -> int:
        """Every offset up to this one may be published now: below 0 while it stands still."""
        with self._lock:
            if self._paused or self._stopped:
                return NOTHING_DUE
            return EVERYTHING_DUE if self._speed is None else self._position_ns()

    def due_ns(self, offset_ns: int) -> int | None:
        """The moment of the clock at which `offset_ns` is or was due; None without a speed and while paused."""
        with self._lock:
            return self._due_ns(offset_ns)

    def dues_ns(self, offsets_ns: Sequence[int]) -> list[int | None]:
        """The same for several."""
        with self._lock:
            if self._speed is None:
                return [None] * len(offsets_ns)
            return [self._due_ns(offset_ns) for offset_ns in offsets_ns]

    def sleep_until(self, offset_ns: int) -> bool:
        """Blocks until `offset_ns` is due; False if the replay was stopped, or interrupted since the last call."""
        while True:
            with self._lock:
                self._steered.clear()
                if self._stopped or self._interrupted:
                    self._interrupted = False
                    return False
                if self._speed is None and not self._paused:
                    self._go_to(max(self._anchor_offset_ns, offset_ns))
                    return True
                due_ns = self._due_ns(offset_ns)
            if due_ns is None:
                self._steered.wait()
            elif not self._clock.wait_until(due_ns, self._steered):
                return True

    def wait_steered(self, timeout: float) -> bool:
        """Blocks until it is steered, for `timeout` seconds of real time at most. Returns whether it was steered.

        For what has to be looked at again; `sleep_until` takes notice of the steering and has to come next.
        """
        return self._steered.wait(timeout)

    def notice(self) -> None:
        """What was steered until now is known: `wait_steered` waits for the next time."""
        self._steered.clear()

    def wait_while_paused(self) -> bool:
        """Blocks until it is resumed; False if the replay was stopped, or interrupted since the last call."""
        while True:
            with self._lock:
                self._steered.clear()
                if self._stopped or self._interrupted:
                    self._interrupted = False
                    return False
                if not self._paused:
                    return True
            self._steered.wait()

    def _anchor(self, offset_ns: int) -> None:
        self._anchors += 1
        self._go_to(offset_ns)

    def _go_to(self, offset_ns: int) -> None:
        self._anchor_ns = self._clock.now_ns()
        self._anchor_offset_ns = offset_ns

    def _position_ns(self) -> int:
        if self._paused or self._speed is None:
            return self._anchor_offset_ns
        return self._anchor_offset_ns + round((self._clock.now_ns() - self._anchor_ns) * self._speed)

    def _due_ns(self, offset_ns: int) -> int | None:
        if self._paused or self._speed is None:
            return None
        return self._anchor_ns + scaled_ns(offset_ns - self._anchor_offset_ns, self._speed)
