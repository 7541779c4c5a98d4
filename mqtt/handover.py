"""The handover from one set of subscribed filters to the next: what the broker is asked, step by step.

A change goes: SUBSCRIBE what is new, wait for SUBACK, UNSUBSCRIBE what is old, wait for UNSUBACK. One change at a time;
what is wanted meanwhile goes into the next one. So at most two subscriptions match a topic at any time, and between two
changes at most one does (`mqtt.twins` is about the former, and says when the old may be unsubscribed).

When the connection breaks, the broker may keep what is subscribed. With MQTT 5 it is subscribed again all the same: a
broker that was killed has the session state of its last save, and nothing tells what was subscribed later. With MQTT
3.1.1 each SUBSCRIBE brings what the broker has stored, which can push out of its queue what it holds for us: there only
what was being asked when the connection broke is asked again, for nobody knows whether the broker has heard it, and
all, where nobody knows whether it is the state before. If the broker has kept nothing, everything is subscribed anew.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from enum import Enum, auto
from secrets import randbelow
from typing import Final
from typing import Protocol as Port

from mqtt.changes import next_change
from mqtt.connect import Protocol
from mqtt.grants import DOUBTFUL, Grant, is_granted, may_go
from mqtt.twins import Twins

log = logging.getLogger(__name__)

MARKER: Final = "session-manager/marker"
"""A filter that nobody subscribes to. The broker confirms that it is unsubscribed, after what it sent before: so we
learn how far it is without publishing anything."""
MAX_IDENTIFIER: Final = 268_435_455
"""MQTT 5.0, section 3.8.2.1.2."""
FIRST_RESUMED: Final = 1_000
"""Fewer changes than that have nearly all runs of the program."""


class Subscriber(Port):
    """The part of a link that subscribes."""

    protocol: Protocol
    subscription_ids: bool

    def unreleased(self) -> int: ...

    def subscribe(self, filters: Sequence[str], qos: int, *, identifier: int = 0) -> int | None: ...

    def unsubscribe(self, filters: Sequence[str]) -> int | None: ...


class _Step(Enum):
    SETTLED = auto()
    RAISING = auto()
    """Waiting for SUBACK of the held filters with a higher QoS."""
    JOINING = auto()
    WATCHING = auto()
    """Old and new filters are subscribed, and the broker is asked questions: see `mqtt.twins`."""
    LEAVING = auto()


class Handover:
    """What the broker holds, and the way to what is wanted. Not thread-safe."""

    def __init__(self, twins: Twins, later: Callable[[], None] | None) -> None:
        """`later`: called when something is to be subscribed; `send` does that. None: it is sent at once."""
        self._twins = twins
        self._later = later
        self.wanted: Counter[str] = Counter()
        self.qos = 0
        """What is asked for."""
        self.held: dict[str, Grant] = {}
        """What the broker holds, as far as it has confirmed that; also while there is no connection."""
        self._again: set[str] = set()
        """Of what is held, what is to be subscribed again on this connection."""
        self.refused: set[str] = set()
        """Asked for in vain. A filter that is held too was refused a higher QoS only: what it has, it may have kept."""
        self.due = False
        """Whether `send` has something to send."""
        self.asks = False
        """Whether there is a question to be asked in `ask`, when its answer can tell something."""
        self._link: Subscriber | None = None
        self._step = _Step.SETTLED
        self._mid: int | None = None
        self._asked: tuple[str, ...] = ()
        self._asked_qos = 0
        self._leaving: tuple[str, ...] = ()
        self._sent_at = 0.0
        self._overlapping = False
        self._marker: int | None = None
        self._identifier = 0

    def resume(self, held: Iterable[str]) -> None:
        """Before the first connection: an earlier run of the program has perhaps subscribed these filters."""
        self.held = dict.fromkeys(held, DOUBTFUL)
        self._identifier = FIRST_RESUMED + randbelow(MAX_IDENTIFIER // 2)  # none that the earlier run has used

    def attach(self, link: Subscriber, *, session_present: bool, doubtful: bool = False) -> None:
        """A new connection, on which the broker has kept the subscriptions of the one before, or has none.

        `doubtful`: nobody knows which.
        """
        if not session_present:
            self._forget_session()
        # The terms are remembered: what the broker holds back for them is on its way.
        all_of_it = doubtful or link.protocol is Protocol.V5
        self._again = set(self.held) if all_of_it else self._again & self.held.keys()
        self.refused.clear()
        self._link = link
        self._twins.attach(numbered=link.subscription_ids, bridge=link.protocol is Protocol.BRIDGE)
        self._go_on()

    def detach(self) -> None:
        """The connection is gone."""
        self._link, self._mid, self.due = None, None, False
        self.refused.clear()

    @property
    def attached(self) -> bool:
        """Whether there is a connection."""
        return self._link is not None

    @property
    def settled(self) -> bool:
        """Whether no change is in flight."""
        return self._step is _Step.SETTLED

    def may_be_held(self) -> tuple[str, ...]:
        """What may be subscribed at the broker, now or when what is due was sent; in order."""
        asked = self._asked if self._step in (_Step.RAISING, _Step.JOINING) else ()
        return tuple(sorted({*self.held, *asked}))

    def is_granted(self, wanted: str) -> bool:
        """Whether the broker of this connection sends everything that `wanted` matches, as asked for.

        What is being given up at this moment is as good as gone, though the broker may not know yet.
        """
        going = {*self._again, *(self._leaving if self._step is _Step.LEAVING else ())}
        held = {one: grant for one, grant in self.held.items() if one not in going} if going else self.held
        return self._link is not None and is_granted(held, wanted, self.qos)

    def on_subscribed(self, mid: int, granted: Sequence[int | None]) -> None:
        """SUBACK: the QoS granted for each filter, None where it is refused."""
        if mid != self._mid or self._step not in (_Step.RAISING, _Step.JOINING) or self._link is None:
            return
        self._take(granted)
        joined, self._mid = self._step is _Step.JOINING, None
        overlap = joined and self._overlapping
        unsure = overlap and self._twins.confirm(time.monotonic() - self._sent_at, self._link.unreleased())
        if joined and self._leaving and unsure and (self._link.subscription_ids or None not in granted):
            self._step = _Step.WATCHING
            self.ask()
        elif joined and self._leaving:
            self._leave()
        else:
            self._settle()

    def on_unsubscribed(self, mid: int) -> None:
        """UNSUBACK."""
        if self._link is None:
            return
        if mid == self._marker:
            self._marker = None
            self._on_answer(self._link.unreleased())
        elif mid == self._mid and self._step is _Step.LEAVING:
            for topic_filter in self._leaving:
                self.held.pop(topic_filter, None)
                self._again.discard(topic_filter)
            self._leaving, self._mid = (), None
            self._settle()

    def _on_answer(self, unreleased: int) -> None:
        watching = self._step is _Step.WATCHING
        if not (self._twins.watched(unreleased) if watching else self._twins.is_over(unreleased)):
            self.ask()
        elif watching:
            self._leave()

    def _take(self, granted: Sequence[int | None]) -> None:
        assert self._link is not None
        for topic_filter, qos in zip(self._asked, granted, strict=False):
            again = topic_filter in self._again
            self._again.discard(topic_filter)
            if qos is not None:
                self.held[topic_filter] = Grant(self._asked_qos, qos, self._link.protocol)
            else:
                self.refused.add(topic_filter)
                if again or self.held.get(topic_filter) is DOUBTFUL:
                    del self.held[topic_filter]
                log.info("The broker refuses a subscription to %r.", topic_filter)  # whoever wants it reads `refused`
        if self.refused:  # keep what the refused filters would have replaced
            stay = [held for held in self.held if held not in self._leaving]
            self._leaving = tuple(old for old in self._leaving if may_go(old, self.wanted, stay))

    def _settle(self) -> None:
        """A change is complete: the next one begins, or it is found out when the last twin has come."""
        self._step = _Step.SETTLED
        self.advance()
        overlaps_again = self._step is _Step.JOINING and self._leaving
        if self._overlapping and not overlaps_again:
            self._overlapping = False
            self._twins.leave()
            self.ask()

    def ask(self) -> None:
        """Asks whether copies queue, or does so later, when that can be told."""
        self.asks = self._link is not None and not self._twins.ask()
        if self._link is not None and not self.asks:
            self._marker = self._link.unsubscribe([MARKER])

    def _go_on(self) -> None:
        """On a new connection: what was being asked when the last one broke is asked again."""
        if self._step in (_Step.RAISING, _Step.JOINING):
            self._make_due()
        elif self._step is _Step.LEAVING:
            self._leave()
        elif self._step is _Step.SETTLED:
            self.advance()
        if self._marker is not None or self.asks:
            self.ask()

    def advance(self) -> None:
        """Begins the next change, if one is due and none is in flight."""
        if self._link is None or not self.settled:
            return
        change = next_change(self.wanted, self.held, self.refused, self.qos, self._link.protocol, self._again)
        self._leaving = change.leaving
        if change.subscribing:
            self._begin_subscribe(_Step.RAISING if change.raises else _Step.JOINING, change.subscribing)
        elif change.leaving:
            self._leave()

    def _begin_subscribe(self, step: _Step, filters: tuple[str, ...]) -> None:
        assert self._link is not None
        self._identifier = self._identifier % MAX_IDENTIFIER + 1
        self._asked, self._asked_qos = filters, self.qos
        self._step = step
        if step is _Step.JOINING and self._leaving:
            self._overlapping, self._marker, self.asks = True, None, False
            self._twins.begin({*self.held, *filters}, self._identifier)
            if self._again or DOUBTFUL in self.held.values():
                self._twins.suspect()
        else:
            self._twins.renumber(self._identifier)
        self._make_due()

    def _make_due(self) -> None:
        self.due = True
        if self._later is None:
            self.send()
        else:
            self._later()

    def asked(self) -> tuple[str, ...]:
        """The filters that `send` is about to subscribe."""
        return self._asked

    def send(self) -> None:
        """Sends what is due."""
        assert self._link is not None
        self.due, self._sent_at = False, time.monotonic()
        if self._overlapping:  # else a question about the handover before may be open, which this must not replace
            self._twins.subscribing()
        self._mid = self._link.subscribe(self._asked, self._asked_qos, identifier=self._identifier)

    def _leave(self) -> None:
        assert self._link is not None
        self._step = _Step.LEAVING
        self._mid = self._link.unsubscribe(self._leaving)

    def _forget_session(self) -> None:
        self.held.clear()
        self._step, self._mid, self._asked, self._leaving = _Step.SETTLED, None, (), ()
        self._overlapping, self._marker, self.asks = False, None, False
        self._twins.forget()
