"""One ring for each environment."""

from __future__ import annotations

import threading
from pathlib import Path

from core.clock import Clock
from core.errors import SessionManagerError, StateError
from core.ports import MessageSource
from recorder.ring import Ring
from recorder.ring_status import RingRequest, RingStatus


class Rings:
    """The rings of a process. Thread-safe."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._lock = threading.Lock()
        self._rings: dict[str, Ring] = {}

    def start(self, environment: str, request: RingRequest, source: MessageSource) -> RingStatus:
        """Begins to keep. Raises StateError if the environment's ring runs already, StorageError, UsageError."""
        with self._lock:
            known = self._rings.get(environment)
            if known is not None and known.status().active:
                raise StateError(f"The ring of '{environment}' runs already; stop it first to change it.")
            if known is not None:
                known.stop()  # one that has ended by itself may still be clearing up, in the same folder
            ring = Ring(request, source, environment, self._folder, self._clock)
            ring.start()
            self._rings[environment] = ring
        return ring.status()

    def save(self, environment: str, name: str = "", before_s: float | None = None, after_s: float = 0.0) -> RingStatus:
        """See Ring.save."""
        ring = self._get(environment)
        ring.save(name, before_s=before_s, after_s=after_s)
        return ring.status()

    def stop(self, environment: str, timeout: float = 10.0) -> RingStatus:
        """Throws away what is held. Raises StateError if there is no ring, StorageError if it does not end in time."""
        ring = self._get(environment)
        ring.stop(timeout)
        return ring.status()

    def status(self, environment: str) -> RingStatus:
        """A snapshot; of an environment without a ring an inactive one."""
        with self._lock:
            ring = self._rings.get(environment)
        return RingStatus(environment=environment) if ring is None else ring.status()

    def active(self) -> list[RingStatus]:
        """Those that run."""
        return [status for status in self.noteworthy() if status.active]

    def noteworthy(self) -> list[RingStatus]:
        """Those that run, and those that have ended by themselves: their problem says why."""
        with self._lock:
            rings = tuple(self._rings.values())
        return [status for status in (ring.status() for ring in rings) if status.active or status.problem]

    def close(self, timeout: float) -> list[Exception]:
        """Ends all; `timeout` seconds for each. Returns what could not be ended properly."""
        problems: list[Exception] = []
        for status in self.active():
            try:
                self.stop(status.environment, timeout)
            except SessionManagerError as error:
                problems.append(error)
        return problems

    def _get(self, environment: str) -> Ring:
        with self._lock:
            ring = self._rings.get(environment)
        if ring is None:
            raise StateError(f"There is no ring on '{environment}': start it first.")
        return ring
