"""The message that is being looked at, and when a value was in one."""

from __future__ import annotations

from typing import Final

NOT_YET: Final = -10
"""A message number that no message is next to."""


class Budget:
    """How many fields may be told apart in all: what hostile payloads can make us remember."""

    def __init__(self, fields: int) -> None:
        self._left = fields

    def take(self) -> bool:
        """Whether there was room for one more."""
        self._left -= 1
        return self._left >= 0


class Moment:
    """The message whose fields are being looked at."""

    __slots__ = ("at_ns", "budget", "number")

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.number = 0
        """Counts the messages of a topic; the next session begins two later."""
        self.at_ns = 0
        """Its arrival, nanoseconds since the epoch, UTC."""


class Value:
    """One value of a field. It appears when it is in a message and was not in the one before on the same topic."""

    __slots__ = ("appearances", "last")

    def __init__(self) -> None:
        self.appearances = 0
        self.last = NOT_YET

    def add(self, number: int) -> None:
        """It is in message `number`."""
        if number > self.last + 1:
            self.appearances += 1
        self.last = number
