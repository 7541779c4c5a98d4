"""Tells second copies where the broker does not number them (MQTT 3.1.1): by their bytes, and with care.

A message twice is better than a message lost. A broker that sends one copy is found out: while both filters are surely
subscribed, it sends a message that both match, and no second copy. From then on nothing is dropped on this connection.
That a broker sends copies cannot be proven, for a publisher may repeat himself. So even before that nothing is dropped
where messages repeat one another: on topics on which equal messages followed one another before on this connection, and
of a message that repeats the one before it. What remains is:
- a message can be lost that repeats the one before it on a topic that never showed this on this connection, within the
  moment of a handover, and, if the broker sends one copy, before that is proven;
- where messages do repeat one another, or a copy comes later than `WITHOUT_IDS_S` after the other, a broker that sends
  copies can get them recorded twice for that moment.

In bridge mode Mosquitto sends copies of what was published with the retain flag, and one copy of the rest: so what is
found out is found out for each of the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from core.message import LIVE, Message
from mqtt.numbered import Ids, content, overlap_on
from mqtt.repeats import Repeats

WITHOUT_IDS_S: Final = 0.1
"""A broker sends both copies in one go, or one round trip apart when its window is full. Not shorter, because a busy
machine stops a process for tens of milliseconds."""
LATEST_S: Final = 2.0
ROUND_TRIPS: Final = 3
LONGEST_S: Final = 5.0
"""After UNSUBACK; a broker whose queue is not empty then is hopelessly behind."""


@dataclass(slots=True)
class _Copy:
    message: Message
    at: float
    telling: bool
    """Whether an equal message after it is believed to be its copy."""
    sure: bool
    """Whether a copy follows if the broker sends copies at all."""


class Unnumbered:
    """The copies that may still get a second one, where the broker does not number them. Guarded by `mqtt.twins`."""

    strictly: Final = False
    longest_s: Final = LONGEST_S

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.apart = False
        """Whether the broker may treat what has the retain flag in another way than the rest (bridge mode)."""
        self._filters: frozenset[str] = frozenset()
        """Old and new ones; empty while there is no handover."""
        self._present: frozenset[str] = frozenset()
        """Those of this handover only, not of one before it, of which copies still queue."""
        self._confirmed = self._left = False
        self._within = WITHOUT_IDS_S
        self._single: dict[tuple[str, int, int], _Copy] = {}
        """By topic, QoS and kind: the copy handed on last, if its second one has not come."""
        self._repeats = Repeats()
        self._one_copy: set[int] = set()
        """Of which kinds this connection's broker was found to send one copy only."""
        self._sure_qos: tuple[int, ...] = ()
        """At which QoS a message that arrives now was sent while old and new filters were subscribed."""

    @property
    def looks(self) -> bool:
        """Whether second copies may come."""
        return bool(self._filters)

    def begin(self, filters: Iterable[str], identifier: int) -> None:  # noqa: ARG002  the broker uses none
        """The new filters are about to be subscribed."""
        if not self._knows_all:
            self._present = frozenset(filters)
            self._filters |= self._present  # of a handover before, copies may still queue
            self._left, self._sure_qos = False, ()

    def renumber(self, identifier: int) -> None:
        """Nothing is numbered."""

    def confirm(self, round_trip_s: float) -> bool:
        """SUBACK: from now on the broker sends copies for the new filters. Returns whether it is to be asked a question
        before the old filters are given up: then it may show that it sends none.
        """
        self._confirmed = True
        self._within = min(LATEST_S, max(WITHOUT_IDS_S, ROUND_TRIPS * round_trip_s))
        return self.looks

    def reconnected(self) -> None:
        """The broker may have subscribed the new filters before, and queued copies."""
        self._confirmed = True

    def watched(self, *, all_there: bool) -> bool:
        """The answer to that question: what arrives from now on was sent with both filters there, unless it queued."""
        self._sure_qos = (0, 1, 2) if all_there else (0,)
        return True

    def leave(self) -> None:
        """UNSUBACK: the old filters are given up, only queued copies can still come."""
        self._left, self._sure_qos = True, ()

    def end(self, *, all_there: bool) -> None:
        """No copies can come any more; or, unless `all_there`, it takes too long."""
        if all_there:
            self._one_copy |= {kind for (_, _, kind), copy in self._single.items() if copy.sure}
        self._filters = frozenset()
        self._single.clear()
        self._confirmed = self._left = False
        self._sure_qos = ()

    def forget(self) -> None:
        """The connection is gone, and the copies with it; the next one may lead to a broker of another kind."""
        self.end(all_there=False)
        self._one_copy.clear()
        self._repeats.forget()

    def note(self, messages: Iterable[Message]) -> None:
        """These came while no copies could come."""
        if not self._knows_all:
            self._repeats.note_all(messages)

    def is_second(self, message: Message, ids: Ids, *, again: bool) -> bool:  # noqa: ARG002  the broker uses none
        """Whether this is the second copy of a message that was handed on."""
        kind = message.retain if self.apart else LIVE
        if kind in self._one_copy:
            return False
        telling = self._repeats.note(message, alone=False)
        key = message.topic, message.qos, kind
        first = self._single.pop(key, None)
        if message.qos == 0 and self._left:
            return False
        if first is not None and content(first.message) == content(message):
            if self._now() - first.at <= self._within:
                return first.telling
        elif first is not None and first.sure:
            self._found_out(kind)
            return False
        if self._confirmed and overlap_on(message.topic, self._filters):
            sure = telling and not again and message.qos in self._sure_qos and overlap_on(message.topic, self._present)
            self._single[key] = _Copy(message, self._now(), telling, sure)
        return False

    @property
    def _knows_all(self) -> bool:
        return len(self._one_copy) == (2 if self.apart else 1)

    def _found_out(self, kind: int) -> None:
        """The broker sends one copy of what is of this kind."""
        self._one_copy.add(kind)
        if self._knows_all:
            self.end(all_there=False)
