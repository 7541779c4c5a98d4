"""The messages that come next, read a little ahead."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Final

from replay.schedule import Due

READ_AHEAD: Final = 2
"""Messages read before the first of them is due: whether the second one is due too is known then without reading."""


class Reel:
    """A stream of dues of which the next one can be looked at. One thread uses it."""

    def __init__(self, dues: Iterator[Due]) -> None:
        self._dues = dues
        self._upcoming: deque[Due] = deque()

    def peek(self) -> Due | None:
        """The next one, which stays; None at the end."""
        self._upcoming.extend(islice(self._dues, READ_AHEAD - len(self._upcoming)))
        return self._upcoming[0] if self._upcoming else None

    def take(self, horizon_ns: int, max_messages: int, max_bytes: int) -> list[Due]:
        """The next one and those after it whose offset lies at `horizon_ns` or before, within the limits.

        Reads no further than that, so that the first of them does not wait for the reading of what comes later.
        """
        upcoming, dues = self._upcoming, self._dues
        taken: list[Due] = []
        due = upcoming.popleft() if upcoming else None
        left, size_left = max_messages, max_bytes
        while due is not None:
            taken.append(due)
            left -= 1
            size_left -= len(due.message.payload)
            if not left or size_left <= 0:
                break
            due = upcoming.popleft() if upcoming else next(dues, None)
            if due is not None and due.offset_ns > horizon_ns:
                upcoming.appendleft(due)
                break
        return taken
