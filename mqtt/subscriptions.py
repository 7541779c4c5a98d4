"""What is subscribed: wanted filters with reference counts, and the handover from one covering set to the next.

The broker is asked for `covering_set(wanted)` only. A change goes: SUBSCRIBE what is new, wait for SUBACK, UNSUBSCRIBE
what is old, wait for UNSUBACK. One change at a time; what is wanted meanwhile goes into the next one. So at most two
subscriptions match a topic at any time, and between two changes at most one does (`mqtt.twins` is about the former).
All filters are subscribed with the highest QoS that anybody wanted, for copies with different QoS could overtake
one another; it is raised in place, before the change, and falls back only when nothing is subscribed any more.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import Enum, auto
from typing import Final
from typing import Protocol as Port

from core.errors import UsageError
from core.topics import covering_set, covers, overlap, why_invalid_filter
from mqtt.twins import Twins

log = logging.getLogger(__name__)

MARKER: Final = "session-manager/marker"
"""A filter that nobody subscribes to. The broker confirms that it is unsubscribed, after what it sent before: so we
learn how far it is without publishing anything."""
MAX_IDENTIFIER: Final = 268_435_455
"""MQTT 5.0, section 3.8.2.1.2."""


class Subscriber(Port):
    """The part of a link that subscribes."""

    subscription_ids: bool

    def subscribe(self, filters: Sequence[str], qos: int, *, identifier: int = 0) -> int | None: ...

    def unsubscribe(self, filters: Sequence[str]) -> int | None: ...


class _Step(Enum):
    SETTLED = auto()
    RAISING = auto()
    """Waiting for SUBACK of the held filters with a higher QoS."""
    JOINING = auto()
    WATCHING = auto()
    """Old and new filters are subscribed, and the broker is asked a question: see `mqtt.twins`."""
    LEAVING = auto()


def check_filters(filters: Iterable[str]) -> None:
    """Raises UsageError for the first filter that cannot be subscribed to."""
    for topic_filter in filters:
        reason = why_invalid_filter(topic_filter)
        if reason:
            raise UsageError(f"The topic filter cannot be used: {reason}.")


class Subscriptions:
    """Keeps the broker's subscriptions in step with what is wanted. Thread-safe, never blocks on the network."""

    def __init__(self, twins: Twins) -> None:
        self._twins = twins
        self._changed = threading.Condition()
        self._wanted: Counter[str] = Counter()
        self._qos = 0
        """What is asked for; rises only, until nothing is wanted."""
        self._link: Subscriber | None = None
        self._held: dict[str, int] = {}
        """Confirmed by the broker, with the QoS asked for."""
        self._refused: set[str] = set()
        """Asked for in vain. A filter that is held too was refused a higher QoS only: what it has, it may have kept."""
        self._step = _Step.SETTLED
        self._mid: int | None = None
        self._asked: tuple[str, ...] = ()
        self._asked_qos = 0
        self._leaving: tuple[str, ...] = ()
        self._sent_at = 0.0
        self._overlapping = False
        self._marker: int | None = None
        self._identifier = 0

    def want(self, filters: Sequence[str], qos: int) -> None:
        """Counts each of `filters` once more. Raises UsageError for an invalid filter or QoS.

        Those that the broker has refused are asked for again: its rules may have changed.
        """
        check_filters(filters)
        if qos not in (0, 1, 2):
            raise UsageError(f"QoS {qos} does not exist: use 0, 1 or 2.")
        with self._changed:
            self._wanted.update(set(filters))
            self._qos = max(self._qos, qos)
            self._refused.difference_update(filters)
            self._advance()

    def drop(self, filters: Sequence[str]) -> None:
        """Counts each of `filters` once less; one that is not wanted is left alone."""
        with self._changed:
            self._wanted.subtract(set(filters) & set(self._wanted))
            self._wanted = +self._wanted
            if not self._wanted:
                self._qos = 0
            self._advance()

    def attach(self, link: Subscriber) -> None:
        """A new connection without any subscription: all is subscribed again."""
        with self._changed:
            self._forget_connection()
            self._link = link
            self._advance()

    def detach(self) -> None:
        """The connection is gone."""
        with self._changed:
            self._forget_connection()
            self._changed.notify_all()

    def refused(self) -> tuple[str, ...]:
        """Of what is wanted, what the broker of the present connection does not grant, in order."""
        with self._changed:
            if not self._refused:
                return ()
            # What lies within a refused filter may be granted by itself: that is known when nothing is in flight.
            in_doubt = self._step is not _Step.SETTLED
            suspects = self._wanted.keys() & self._refused if in_doubt else self._wanted.keys()
            return tuple(sorted(one for one in suspects if not self._is_granted(one)))

    def is_settled(self) -> bool:
        """Whether there is a connection whose broker has answered all that it was asked."""
        with self._changed:
            return self._link is not None and self._step is _Step.SETTLED

    def await_confirmed(self, timeout: float) -> bool:
        """Blocks until the broker has confirmed what is wanted; False when `timeout` (seconds) is over, or at once
        when the broker refuses one of the filters.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._is_confirmed() or bool(self._refused), timeout)
            return self._is_confirmed()

    def on_subscribed(self, mid: int, granted: Sequence[bool]) -> None:
        """SUBACK."""
        with self._changed:
            if mid != self._mid or self._step not in (_Step.RAISING, _Step.JOINING):
                return
            self._take(granted)
            joined, self._mid = self._step is _Step.JOINING, None
            uncertain = joined and self._twins.confirm(time.monotonic() - self._sent_at)
            if joined and self._leaving and uncertain and all(granted):
                self._watch()
            elif joined and self._leaving:
                self._leave()
            else:
                self._settle()
            self._changed.notify_all()

    def on_unsubscribed(self, mid: int) -> None:
        """UNSUBACK."""
        with self._changed:
            if mid == self._marker:
                self._marker = None
                if not self._twins.is_over():
                    self._ask()
            elif mid == self._mid and self._step is _Step.WATCHING:
                self._twins.watch()
                self._leave()
            elif mid == self._mid and self._step is _Step.LEAVING:
                for topic_filter in self._leaving:
                    self._held.pop(topic_filter, None)
                self._leaving, self._mid = (), None
                self._settle()
                self._changed.notify_all()

    def _take(self, granted: Sequence[bool]) -> None:
        for topic_filter, yes in zip(self._asked, granted, strict=False):
            if yes:
                self._held[topic_filter] = self._asked_qos
            else:
                self._refused.add(topic_filter)
                log.info("The broker refuses a subscription to %r.", topic_filter)  # whoever wants it reads `refused`
        if self._refused:  # keep what the refused filters would have replaced
            self._leaving = tuple(old for old in self._leaving if self._is_covered_without(old))

    def _is_covered_without(self, old: str) -> bool:
        others = [held for held in self._held if held not in self._leaving]
        return not self._is_needed(old) or any(covers(held, old) for held in others)

    def _is_needed(self, old: str) -> bool:
        return any(overlap(old, wanted) for wanted in self._wanted)

    def _settle(self) -> None:
        """A change is complete: the next one begins, or it is found out when the last twin has come."""
        self._step = _Step.SETTLED
        self._advance()
        overlaps_again = self._step is _Step.JOINING and self._leaving
        if self._overlapping and not overlaps_again:
            self._overlapping = False
            self._twins.leave()
            self._ask()

    def _ask(self) -> None:
        if self._link is not None:
            self._marker = self._link.unsubscribe([MARKER])

    def _advance(self) -> None:
        """Begins the next change, if one is due and none is in flight."""
        if self._link is None or self._step is not _Step.SETTLED:
            return
        low = tuple(one for one, qos in self._held.items() if qos < self._qos and one not in self._refused)
        if low:
            self._send_subscribe(_Step.RAISING, low)
            return
        cover = self._cover()
        joining = tuple(sorted(cover - self._held.keys()))
        self._leaving = tuple(sorted(self._held.keys() - cover))
        if joining:
            self._send_subscribe(_Step.JOINING, joining)
        elif self._leaving:
            self._leave()

    def _cover(self) -> frozenset[str]:
        """What the broker should hold. What it refused is not asked for again on the same connection."""
        cover, refused = covering_set(self._wanted), self._refused - self._held.keys()
        if refused & cover:
            cover = covering_set(wanted for wanted in self._wanted if wanted not in refused)
        # What generalises several filters can be refused too: then what is held stays as it is.
        return frozenset(self._held) if refused & cover else cover

    def _send_subscribe(self, step: _Step, filters: tuple[str, ...]) -> None:
        assert self._link is not None
        self._identifier = self._identifier % MAX_IDENTIFIER + 1
        self._asked, self._asked_qos = filters, self._qos
        self._step, self._sent_at = step, time.monotonic()
        if step is _Step.JOINING and self._leaving:
            self._overlapping, self._marker = True, None
            self._twins.begin({*self._held, *filters}, self._identifier if self._link.subscription_ids else 0)
        self._mid = self._link.subscribe(filters, self._qos, identifier=self._identifier)

    def _watch(self) -> None:
        assert self._link is not None
        self._step = _Step.WATCHING
        self._mid = self._link.unsubscribe([MARKER])

    def _leave(self) -> None:
        assert self._link is not None
        self._step = _Step.LEAVING
        self._mid = self._link.unsubscribe(self._leaving)

    def _is_confirmed(self) -> bool:
        return all(self._is_granted(wanted) for wanted in self._wanted)

    def _is_granted(self, wanted: str) -> bool:
        return any(qos >= self._qos and covers(wide, wanted) for wide, qos in self._held.items())

    def _forget_connection(self) -> None:
        self._link = None
        self._held.clear()
        self._refused.clear()
        self._step, self._mid, self._asked, self._leaving = _Step.SETTLED, None, (), ()
        self._overlapping, self._marker = False, None
        self._twins.forget()
