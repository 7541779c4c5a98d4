"""Orders to a running replay that its own thread has to carry out: seek and step."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field

from core.errors import StateError


@dataclass(frozen=True, slots=True)
class Order:
    """Something to be done by the player's thread; `done` says when it has been."""

    done: Future[None] = field(default_factory=Future, init=False, compare=False)


@dataclass(frozen=True, slots=True)
class Seek(Order):
    """Go on from another position."""

    position_ns: int


@dataclass(frozen=True, slots=True)
class Step(Order):
    """Publish what comes next, up to the next message that a filter matches, and stand still again."""

    topic_filter: str | None
    """None: one message, whatever its topic."""


class Steering:
    """A line of orders. Any thread gives them, one thread carries them out."""

    def __init__(self) -> None:
        self._orders: deque[Order] = deque()
        self._closed = False

    def give(self, order: Order) -> None:
        """Puts an order in line; after `close` it has failed at once."""
        self._orders.append(order)
        if self._closed:
            self.close()

    def peek(self) -> Order | None:
        """The next order, which stays in line; None if there is none."""
        return self._orders[0] if self._orders else None

    def take(self) -> Order | None:
        """The next order, None if there is none."""
        return self._orders.popleft() if self._orders else None

    def close(self) -> None:
        """What is in line is not carried out any more."""
        self._closed = True
        while self._orders:
            with suppress(IndexError, InvalidStateError):  # another thread closes at the same moment
                self._orders.popleft().done.set_exception(StateError("The replay has ended; start it again."))
