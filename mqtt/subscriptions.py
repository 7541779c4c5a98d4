"""What is subscribed: the filters that anybody wants, with reference counts, and what became of them.

The broker is asked for `covering_set(wanted)` only; `mqtt.handover` leads from one such set to the next. All filters
are subscribed with the highest QoS that anybody wanted, for copies with different QoS could overtake one another; it is
raised in place, before the change, and falls back only when nothing is subscribed any more.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from core.errors import UsageError
from core.topics import why_invalid_filter
from mqtt.grants import as_published, lowered
from mqtt.handover import MARKER, Handover, Subscriber
from mqtt.twins import Twins

__all__ = ["MARKER", "Subscriber", "Subscriptions", "check_filters"]


def check_filters(filters: Iterable[str], qos: int = 0) -> None:
    """Raises UsageError for the first filter that cannot be subscribed to, or for a QoS that does not exist."""
    for topic_filter in filters:
        reason = why_invalid_filter(topic_filter)
        if reason:
            raise UsageError(f"The topic filter cannot be used: {reason}.")
    if qos not in (0, 1, 2):
        raise UsageError(f"QoS {qos} does not exist: use 0, 1 or 2.")


class Standing(NamedTuple):
    """What a broker holds for a client; each in order."""

    held: tuple[str, ...]
    """What may be subscribed at the broker, now or when what is due was sent."""
    refused: tuple[str, ...]
    """Of what is wanted, what the broker of the present connection does not grant."""
    lowered: tuple[str, ...]
    """Of what is wanted, what the broker grants with a lower QoS than asked for."""


class Subscriptions:
    """Keeps the broker's subscriptions in step with what is wanted. Thread-safe, never blocks on the network."""

    def __init__(self, twins: Twins, later: Callable[[], None] | None = None) -> None:
        """`later`: called when something is to be subscribed; `send_due` does that. None: it is sent at once."""
        self._changed = threading.Condition()
        self._handover = Handover(twins, later)
        self._standing: Standing | None = None
        """None: something has changed since it was asked for."""

    @property
    def due(self) -> bool:
        """Whether `send_due` has something to send. Asked for each turn, so without the lock."""
        return self._handover.due

    def resume(self, held: Iterable[str]) -> None:
        """Before the first connection: an earlier run of the program has perhaps subscribed these filters."""
        with self._changing() as handover:
            handover.resume(held)

    def want(self, filters: Sequence[str], qos: int) -> None:
        """Counts each of `filters` once more. Raises UsageError for an invalid filter or QoS.

        Those that the broker has refused are asked for again: its rules may have changed.
        """
        check_filters(filters, qos)
        with self._changing() as handover:
            handover.wanted.update(set(filters))
            handover.qos = max(handover.qos, qos)
            handover.refused.difference_update(filters)
            handover.advance()

    def drop(self, filters: Sequence[str]) -> None:
        """Counts each of `filters` once less; one that is not wanted is left alone."""
        with self._changing() as handover:
            handover.wanted.subtract(set(filters) & set(handover.wanted))
            handover.wanted = +handover.wanted
            if not handover.wanted:
                handover.qos = 0
            handover.advance()

    def attach(self, link: Subscriber, *, session_present: bool = False, doubtful: bool = False) -> None:
        """A new connection, on which the broker has kept the subscriptions of the one before, or has none.

        `doubtful`: it says it has, but that may be a session state that was begun meanwhile.
        """
        with self._changing() as handover:
            handover.attach(link, session_present=session_present, doubtful=doubtful)

    def detach(self) -> None:
        """The connection is gone."""
        with self._changing() as handover:
            handover.detach()

    def asked(self) -> tuple[str, ...]:
        """What `send_due` is going to subscribe."""
        with self._changed:
            return self._handover.asked() if self._handover.due else ()

    def send_due(self) -> None:
        """Sends what is to be subscribed; for the network thread, after everybody was told what is `held`."""
        with self._changing() as handover:
            if handover.due and handover.attached:
                handover.send()

    def turn(self) -> None:
        """Messages have come or were acknowledged since the last time."""
        if self._handover.asks:
            with self._changing() as handover:
                handover.ask()

    def on_subscribed(self, mid: int, granted: Sequence[int | None]) -> None:
        """SUBACK: the QoS granted for each filter, None where it is refused."""
        with self._changing() as handover:
            handover.on_subscribed(mid, granted)

    def on_unsubscribed(self, mid: int) -> None:
        """UNSUBACK."""
        with self._changing() as handover:
            handover.on_unsubscribed(mid)

    def standing(self) -> Standing:
        """What the broker holds and does not grant, at one moment.

        Asked before each message that is published, so it is found out once for each change.
        """
        known = self._standing
        if known is None:
            with self._changed:
                known = self._standing = Standing(
                    self._handover.may_be_held(), tuple(sorted(self._refused())), self._lowered()
                )
        return known

    def as_published(self, topic: str) -> bool:
        """Whether the retain flag of messages on this topic is the publisher's on an MQTT 3.1.1 connection, too."""
        with self._changed:
            return as_published(self._handover.held, topic)

    def is_settled(self) -> bool:
        """Whether there is a connection whose broker has answered all that it was asked."""
        with self._changed:
            return self._handover.attached and self._handover.settled

    def await_confirmed(self, timeout: float) -> bool:
        """Blocks until the broker has confirmed what is wanted; False when `timeout` (seconds) is over, or at once
        when the broker refuses one of the filters.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._is_confirmed() or bool(self._handover.refused), timeout)
            return self._is_confirmed()

    def _is_confirmed(self) -> bool:
        return all(map(self._handover.is_granted, self._handover.wanted))

    def _refused(self) -> Iterable[str]:
        handover = self._handover
        if not handover.refused:
            return ()
        # What lies within a refused filter may be granted by itself: that is known when nothing is in flight.
        wanted = handover.wanted.keys()
        suspects = wanted if handover.settled else wanted & handover.refused
        return (one for one in suspects if not handover.is_granted(one))

    def _lowered(self) -> tuple[str, ...]:
        return lowered(self._handover.held, self._handover.wanted) if self._handover.attached else ()

    @contextmanager
    def _changing(self) -> Iterator[Handover]:
        """For one change; whoever waits for one looks again."""
        with self._changed:
            try:
                yield self._handover
            finally:
                self._standing = None
                self._changed.notify_all()
