"""Single commands that were sent, and what has come back to each."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from aps.answers import Answer, Outcome
from aps.replies import Expected, expected
from core.clock import Clock
from core.message import FROM_DUMP, NS_PER_SECOND, Message
from core.ports import ConnectionState, Undo
from mqtt.client import SharedClient

KEPT: Final = 10
"""Commands whose answers are awaited and shown, of all environments."""
SILENT_S: Final = 10.0
"""So long after a command without any answer its silence is told: all answers begin within a second."""
SUBSCRIBES_S: Final = 2.0
ENDED: Final = (Outcome.FINISHED, Outcome.FAILED, Outcome.REFUSED)


@dataclass(slots=True)
class _Open:
    number: int
    environment: str
    title: str
    topic: str
    sent_ns: int
    awaited: Expected
    answer: Answer | None = None
    answered_ns: int = 0
    undo: Undo = field(default=lambda: None)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One command, and its answer as far as it has come."""

    number: int
    title: str
    """For people; its topic where it has none."""
    topic: str
    sent_ns: int
    answer: Answer | None
    answered_ns: int
    """When it was heard; 0: not yet."""
    silence: str
    """What it means that nothing has come back, as a sentence; empty as long as something may come."""


class Exchanges:
    """Thread-safe. Each command has subscriptions of its own, as long as something may come back to it."""

    def __init__(self, client: Callable[[str], SharedClient], clock: Clock) -> None:
        """`client`: the shared client of an environment."""
        self._client = client
        self._clock = clock
        self._lock = threading.Lock()
        self._count = 0
        self._open: deque[_Open] = deque()

    def begin(self, environment: str, topic: str, payload: bytes, title: str = "") -> int:
        """Listens for what comes back to a command that is about to be sent; returns its number."""
        awaited = expected(topic, payload)
        with self._lock:
            self._count += 1
            one = _Open(self._count, environment, title or topic, topic, self._clock.now_ns(), awaited)
            self._open.appendleft(one)
            gone = [self._open.pop() for _ in range(len(self._open) - KEPT)]
        for each in gone:
            each.undo()
        if awaited.filters:
            client = self._client(environment)
            one.undo = client.subscribe_listener(awaited.filters, lambda messages: self._hear(one, messages))
            if client.connection().state is ConnectionState.CONNECTED:
                client.await_subscribed(SUBSCRIBES_S)
        return one.number

    def drop(self, number: int) -> None:
        """The command was not sent."""
        with self._lock:
            gone = [one for one in self._open if one.number == number]
            self._open = deque(one for one in self._open if one.number != number)
        for one in gone:
            one.undo()

    def recent(self, environment: str) -> list[Exchange]:
        """Those of an environment, the newest first. Ends the listening of those that have their answer."""
        with self._lock:
            found = [one for one in self._open if one.environment == environment]
            done = [one.undo for one in found if one.answer is not None and one.answer.outcome in ENDED]
            for one in found:
                if one.answer is not None and one.answer.outcome in ENDED:
                    one.undo = _nothing
            shown = [self._shown(one) for one in found]
        for undo in done:
            undo()
        return shown

    def close(self) -> None:
        """Awaits nothing any more."""
        with self._lock:
            gone, self._open = list(self._open), deque()
        for one in gone:
            one.undo()

    def _shown(self, one: _Open) -> Exchange:
        late = self._clock.now_ns() - one.sent_ns > SILENT_S * NS_PER_SECOND
        silence = one.awaited.silence if one.answer is None and (late or not one.awaited.filters) else ""
        return Exchange(one.number, one.title, one.topic, one.sent_ns, one.answer, one.answered_ns, silence)

    def _hear(self, one: _Open, messages: Sequence[Message]) -> None:
        """In the network thread. What the broker had in store says nothing to a command that was just sent."""
        for message in messages:
            with self._lock:
                if message.retain == FROM_DUMP or (one.answer is not None and one.answer.outcome in ENDED):
                    continue
                said = one.awaited.judge(message.topic, message.payload)
                if said is not None and said != one.answer:
                    one.answer, one.answered_ns = said, message.at_ns


def _nothing() -> None:
    """There is nothing to undo any more."""
