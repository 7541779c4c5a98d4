"""Finds out, by questions and answers, when nothing queues at the broker for this client any more.

A question (SUBSCRIBE, or an UNSUBSCRIBE for nothing) is answered in its turn. While messages queue, the broker has its
whole window of unconfirmed messages on the way. Each of them came before the question and is not acknowledged, or it
comes before the answer, or it is of QoS 2 and the broker has not released it when the answer comes. If there is none of
these, everything that the broker had for us by the question is there, for a window has one message at least.

If there are fewer than a window, nothing queued at the question either, only that nobody knows the window: how large it
is about shows when many messages are not acknowledged, but Mosquitto (2.0.11) does not keep strictly to it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Final
from typing import Protocol as Port

from core.message import Message

SMALLEST_WINDOW: Final = 10
"""Brokers have at least so many unconfirmed messages on the way: Mosquitto 20, HiveMQ 10, EMQX 32 unless configured."""
MANY: Final = 1_000_000
"""More than any window: nothing was asked."""


class Window(Port):
    """What is known of the broker's window."""

    unacknowledged: int
    """How many messages of QoS 1 have come and are not acknowledged."""
    most: int
    """The largest number of them so far."""


class Rounds:
    """Counts what arrives between question and answer. Thread-safe.

    One question at a time: a new one takes the place of the old one, whose answer is not to be asked about any more.
    """

    def __init__(self, now: Callable[[], float], window: Window) -> None:
        """`now`: seconds, on a clock that stands still while nothing is read."""
        self._now = now
        self._window = window
        self._lock = threading.Lock()
        self._arrived = MANY
        """Messages of QoS 1 and 2 since the question."""
        self._waiting = 0
        """How many were not acknowledged when it was asked."""
        self._began = 0.0

    def begin(self) -> None:
        """A handover or its end begins: `lasts` counts from now."""
        self._began = self._now()
        self.forget()

    def forget(self) -> None:
        """Whatever was asked, the answer will not come, or tells nothing."""
        with self._lock:
            self._arrived = MANY

    def count(self, messages: Iterable[Message]) -> None:
        """These have arrived."""
        number = sum(message.qos > 0 for message in messages)
        with self._lock:
            self._arrived += number

    def lasts(self, seconds: float) -> bool:
        """Whether it began longer ago than that."""
        return self._now() - self._began > seconds

    def ask(self, *, strictly: bool, anyhow: bool = False) -> bool:
        """Whether an answer could tell that nothing queues, or is asked for `anyhow`. If so, it is asked for now.

        What was asked before is forgotten.
        """
        with self._lock:
            self._waiting = self._window.unacknowledged
            asked = anyhow or self._waiting < self._few(strictly)
            self._arrived = 0 if asked else MANY
            return asked

    def answered(self, unreleased: int, *, strictly: bool) -> bool:
        """The answer has come, and so many messages of QoS 2 are not released: whether all is there.

        `strictly`: for certain.
        """
        with self._lock:
            arrived, self._arrived = self._arrived, MANY
            return unreleased == 0 and self._waiting + arrived < self._few(strictly)

    def _few(self, strictly: bool) -> int:
        return 1 if strictly else max(SMALLEST_WINDOW, self._window.most)
