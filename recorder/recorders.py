"""One recorder for each environment: recordings on different ones go on at the same time."""

from __future__ import annotations

import threading
from pathlib import Path

from core.clock import Clock
from core.errors import SessionManagerError, StateError
from recorder.recorder import Recorder
from recorder.status import RecordingStatus


class Recorders:
    """The recorders of a process, each made when it is first asked for. Thread-safe."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._lock = threading.Lock()
        self._recorders: dict[str, Recorder] = {}

    def of(self, environment: str) -> Recorder:
        """The recorder of an environment."""
        with self._lock:
            if environment not in self._recorders:
                self._recorders[environment] = Recorder(self._folder, self._clock)
            return self._recorders[environment]

    def statuses(self) -> list[RecordingStatus]:
        """The latest recording of each environment that has recorded since the program started, newest first."""
        with self._lock:
            recorders = tuple(self._recorders.values())
        found = (recorder.status() for recorder in recorders)
        return sorted((one for one in found if one.state is not None), key=lambda one: one.started_ns, reverse=True)

    def active(self) -> list[RecordingStatus]:
        """Those that have not ended, newest first."""
        return [status for status in self.statuses() if status.active]

    def current(self, environment: str = "") -> Recorder:
        """The recorder that records; without an environment the only one that does.

        Raises StateError if none does, or if several do and none is named.
        """
        active = [one for one in self.active() if environment in ("", one.environment)]
        if not active:
            where = f" on '{environment}'" if environment else ""
            raise StateError(f"Nothing is being recorded{where}; start a recording first.")
        if len(active) > 1:
            names = ", ".join(sorted(one.environment for one in active))
            raise StateError(f"Several recordings run: say on which environment you mean, {names}.")
        return self.of(active[0].environment)

    def stop(self, timeout: float) -> list[Exception]:
        """Ends all recordings; `timeout` seconds for each. Returns what could not be ended properly."""
        problems: list[Exception] = []
        for status in self.active():
            try:
                self.of(status.environment).stop(timeout)
            except StateError:  # it has ended by itself
                continue
            except SessionManagerError as error:
                problems.append(error)
        return problems
