"""A clock that stands still while nothing is read from the broker."""

from __future__ import annotations

import time
from typing import Protocol as Port


class Reading(Port):
    """The part of a link that knows for how long it did not read."""

    unread_s: float


class ReadingTime:
    """What lies on both sides of a pause, or of a cut, came one right after the other. One thread sets it."""

    def __init__(self) -> None:
        self._link: Reading | None = None
        self._stood_s = 0.0
        self._stopped_at = time.monotonic()

    def attach(self, link: Reading) -> None:
        """It runs, but for the time in which this link does not read."""
        self._stood_s += time.monotonic() - self._stopped_at
        self._link = link

    def detach(self) -> None:
        """It stands still."""
        if self._link is not None:
            self._stood_s += self._link.unread_s
            self._stopped_at, self._link = time.monotonic(), None

    def now(self) -> float:
        """Seconds."""
        link = self._link
        return self._stopped_at - self._stood_s if link is None else time.monotonic() - self._stood_s - link.unread_s
