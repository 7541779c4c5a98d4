"""Tells second copies by subscription identifiers, exactly: also where all messages have the same bytes.

Let a broker send the copies of a message one right after the other, in one queue, each with the identifier of its
filter: `o` for the old one, `n` for the new one. Then on one topic, at one QoS, there come

    o o o   on on no on   n n n

in three stretches: before the broker handles SUBSCRIBE; while it holds both filters, pairs in whatever order; and after
it handled UNSUBSCRIBE. The rule is: what was handed on and is followed by a copy with the same bytes and the other
identifier makes a pair with it, and this second one is dropped. Each pair of the middle stretch costs exactly one then:
before it either nothing waits for a partner, or an `o`. In the second case `no` with the same bytes loses its `n`, and
its `o` waits instead; in all other cases it is the pair's own second copy that is dropped, and nothing waits any more.

So there is one case only in which the rule is wrong: `o n`, with `o` from the first and `n` from the last stretch, or
an `o` that waits since `no`. Therefore what waits is forgotten at one moment of the middle stretch at which all is
there that the broker had for us (`mqtt.rounds`), so that no pair is torn; UNSUBSCRIBE is sent after that moment.

That is exact for Mosquitto, and for all that send copies in this way or one copy with all identifiers; whatever filters
come and go. It is not
- where messages come so fast that for `WATCH_S` after SUBSCRIBE there is no such moment: then UNSUBSCRIBE is sent all
  the same, for with two copies of everything queues grow. Of messages that equal one another, right after one another,
  at most one on each topic can be lost then;
- where a broker does not send copies one right after the other (but by several threads, say): they are handed on twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from core.message import Message
from core.topics import matches

WATCH_S: Final = 2.0
"""How long the broker is given to empty its queue before the old filters are given up."""
LONGEST_S: Final = 30.0
"""How long afterwards copies are looked for at most. There is no harm in it but the work."""

Ids = tuple[int, ...]


class Numbered:
    """The copies that may still get a second one, where the broker numbers them. Guarded by `mqtt.twins`."""

    strictly: Final = True
    longest_s: Final = LONGEST_S

    def __init__(self) -> None:
        self._begun: dict[int, frozenset[str]] = {}
        """By identifier of the new filters: what overlaps, of the handovers whose copies may still come, in order."""
        self._single: dict[tuple[str, int], tuple[Message, Ids]] = {}
        """By topic and QoS: the copy handed on last, if it waits for a partner."""
        self._left = False

    @property
    def looks(self) -> bool:
        """Whether second copies may come."""
        return bool(self._begun)

    def begin(self, filters: Iterable[str], identifier: int) -> None:
        """The new filters are about to be subscribed, under this identifier."""
        self.renumber(identifier, filters)
        self._left = False

    def renumber(self, identifier: int, filters: Iterable[str] = ()) -> None:
        """Something is about to be subscribed under this identifier. Of `filters` two match one topic then."""
        self._begun.pop(identifier, None)
        if self._begun or filters:
            self._begun[identifier] = frozenset(filters)

    def confirm(self, round_trip_s: float) -> bool:  # noqa: ARG002  no time plays a role here
        """SUBACK. Returns whether a moment is to be waited for at which all is there."""
        return True

    def reconnected(self) -> None:
        """What was on its way at QoS 0 is lost."""
        self._single = {key: single for key, single in self._single.items() if key[1]}

    def watched(self, *, all_there: bool) -> bool:
        """An answer before the old filters are given up: whether that may be done now."""
        if all_there:
            self._single.clear()
        return all_there

    def leave(self) -> None:
        """UNSUBACK: the old filters are given up, only queued copies can still come."""
        self._left = True

    def end(self, *, all_there: bool) -> None:  # noqa: ARG002  time alone says enough here
        """No copies can come any more."""
        self._begun.clear()
        self._single.clear()

    def forget(self) -> None:
        """The connection is gone, and the copies with it."""
        self.end(all_there=True)

    def note(self, messages: Iterable[Message]) -> None:
        """While no copies can come nothing is learned here."""

    def is_second(self, message: Message, ids: Ids, *, again: bool) -> bool:  # noqa: ARG002  see mqtt.unnumbered
        """Whether this is the second copy of a message that was handed on."""
        key = message.topic, message.qos
        first = self._single.pop(key, None)
        if message.qos == 0 and self._left:  # nothing of QoS 0 queues
            return False
        if first is not None and self._are_pair(first[1], ids, message.topic) and content(first[0]) == content(message):
            return True
        if len(ids) == 1 and any(overlap_on(message.topic, filters) for filters in self._begun.values()):
            self._single[key] = message, ids
        return False

    def _are_pair(self, one: Ids, other: Ids, topic: str) -> bool:
        """Whether one handover led from one of these identifiers to the other."""
        if one == other or len(other) != 1:
            return False
        later = next((known for known in reversed(self._begun) if known in (*one, *other)), 0)
        return overlap_on(topic, self._begun.get(later, ()))


def overlap_on(topic: str, filters: Iterable[str]) -> bool:
    """Whether two of `filters` match."""
    return sum(matches(topic_filter, topic) for topic_filter in filters) > 1


def content(message: Message) -> tuple[object, ...]:
    """What is equal in all copies: the broker counts the expiry interval down while a copy waits."""
    properties = message.properties
    if properties is not None and properties.message_expiry_interval is not None:
        properties = replace(properties, message_expiry_interval=None)
    return message.payload, message.retain, properties
