"""The speeds at which a replay has published, in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

MAX_SPEEDS: Final = 100
"""The newest ones are kept: another program may change the speed a million times."""

Speed = float | None
"""Times the original speed; None: as fast as the broker confirms."""


class Speeds:
    """Notes each change. A speed at which nothing was published says nothing about a replay, and is left out."""

    def __init__(self, speed: Speed) -> None:
        self._present = speed
        self._since = 0
        self._before: deque[Speed] = deque(maxlen=MAX_SPEEDS)

    def change(self, speed: Speed, published: int) -> None:
        """From now on, after so many published messages, it has this speed."""
        self._before.extend(self._added(published))
        self._present, self._since = speed, published

    def until(self, published: int) -> tuple[Speed, ...]:
        """Those until now, when so many messages are published; the present one if none is."""
        found = (*self._before, *self._added(published))
        return found[-MAX_SPEEDS:] or (self._present,)

    def _added(self, published: int) -> Sequence[Speed]:
        goes_on = bool(self._before) and self._before[-1] == self._present
        return [self._present] if published > self._since and not goes_on else []
