"""Hands what arrives on to the buffers, listeners and keepers that want it: once to each, in the order of arrival."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import chain, count
from operator import itemgetter
from typing import Final, NamedTuple, TypeVar, cast

from core.message import Message
from core.ports import Arrival, Keeper, Listener
from core.topics import matches
from mqtt.buffers import Buffer

T = TypeVar("T")

log = logging.getLogger(__name__)

MAX_TOPICS: Final = 50_000
"""How many topics' receivers are remembered: matching anew costs some microseconds for each filter."""
_topic = itemgetter(Message._fields.index("topic"))

Begin = Callable[[int], Sequence[Callable[[], None]]]
"""Told how many keepers get something of a batch; returns for each how he settles it."""


class Arrived(NamedTuple):
    """What arrived together and is to be handed on: at least one message."""

    messages: Sequence[Message]
    packet_ids: Sequence[int]
    redelivered: Sequence[int] = ()
    """The places of messages with the DUP flag, ascending."""
    known: frozenset[int] = frozenset()
    """Those of them that were handed on before the connection broke: only keepers get them again."""

    def part(self, places: Sequence[int]) -> Arrived:
        """The messages at these places, ascending."""
        again, known = set(self.redelivered), self.known
        return Arrived(
            [self.messages[place] for place in places],
            [self.packet_ids[place] for place in places],
            [at for at, place in enumerate(places) if place in again] if again else (),
            frozenset(at for at, place in enumerate(places) if place in known) if known else known,
        )


class Route:
    """A listener or a keeper and its filters; without filters it takes whatever somebody subscribed to."""

    def __init__(
        self,
        filters: Sequence[str] | None,
        ready: threading.Event | None,
        listener: Listener | None = None,
        keeper: Keeper | None = None,
    ) -> None:
        self.number = 0
        """In the order of coming."""
        self.filters = None if filters is None else tuple(filters)
        self.ready = ready
        self.listener = listener
        self.keeper = keeper

    def takes(self, topic: str) -> bool:
        return self.filters is not None and any(matches(topic_filter, topic) for topic_filter in self.filters)


Receivers = tuple[Buffer | Route, ...]
"""Who wants the messages on a topic: one object for all topics with the same ones."""


class FanOut:
    """Who gets which message. Changes from any thread; `deliver` in the network thread only."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = count()
        self._routes: tuple[Route, ...] = ()
        self._gates: tuple[threading.Event, ...] = ()
        """Of those that cannot always keep up."""
        self._buffers: dict[str, Buffer] = {}
        self._holders: Counter[str] = Counter()
        self._receivers: dict[str, Receivers] = {}
        """By topic; replaced, never emptied in place, when somebody comes or goes."""
        self._same: dict[Receivers, Receivers] = {}

    def add(self, filters: Sequence[str] | None, listener: Listener, ready: threading.Event | None = None) -> Route:
        """From the next batch on `listener` gets what `filters` match; None: whatever somebody subscribed to."""
        return self._add(Route(filters, ready, listener=listener))

    def add_keeper(self, filters: Sequence[str], keeper: Keeper, ready: threading.Event | None = None) -> Route:
        """From the next batch on `keeper` gets what `filters` match."""
        return self._add(Route(filters, ready, keeper=keeper))

    def remove(self, route: Route) -> bool:
        """Whether it was there. A call that runs in the network thread at this moment may still finish."""
        with self._lock:
            there = route in self._routes
            self._set_routes(tuple(other for other in self._routes if other is not route))
        return there

    def is_ready(self) -> bool:
        """Whether all can take messages. Asked for each turn of reading, so without the lock."""
        for gate in self._gates:  # noqa: SIM110  all() costs three times as much
            if not gate.is_set():
                return False
        return True

    def hold_buffers(self, filters: Sequence[str]) -> None:
        """Begins a buffer for each filter that has none, and counts one more who looks at it."""
        with self._lock:
            for topic_filter in set(filters):
                self._buffers.setdefault(topic_filter, Buffer(topic_filter))
                self._holders[topic_filter] += 1
            self._forget_receivers()

    def release_buffers(self, filters: Sequence[str]) -> list[str]:
        """Takes back one `hold_buffers`; the last one forgets the buffer. Returns those that were held at all."""
        with self._lock:
            held = [topic_filter for topic_filter in set(filters) if self._holders[topic_filter] > 0]
            self._holders.subtract(held)
            self._holders = +self._holders
            for topic_filter in held:
                if topic_filter not in self._holders:
                    del self._buffers[topic_filter]
            self._forget_receivers()
        return held

    def buffer(self, topic_filter: str) -> list[Message]:
        """The newest messages, newest last; empty if there is no such buffer."""
        with self._lock:
            found = self._buffers.get(topic_filter)
        return [] if found is None else found.snapshot()

    def deliver(self, arrived: Arrived, broker_session: int, begin: Begin) -> None:
        """Hands a batch to everybody who wants something of it, in one call for each. `begin` is called first."""
        shares = self._shares(arrived)
        settles = iter(begin(sum(isinstance(one, Route) and one.keeper is not None for one, _ in shares)))
        for receiver, share in shares:
            if isinstance(receiver, Buffer):
                receiver.extend(share.messages)
            elif receiver.listener is not None:
                _call(receiver.listener, share.messages, share.messages[0].topic)
            elif receiver.keeper is not None:
                settle = next(settles)
                arrival = Arrival(share.messages, share.packet_ids, share.redelivered, broker_session, settle)
                if not _call(receiver.keeper, arrival, share.messages[0].topic):
                    settle()  # or the broker would send nothing any more

    def _shares(self, arrived: Arrived) -> list[tuple[Buffer | Route, Arrived]]:
        """Who gets what of a batch: buffers first, then the others in the order of their coming."""
        found = self._find_all(arrived.messages)
        if found.count(found[0]) == len(found) and not arrived.known:  # nearly always
            return [(receiver, arrived) for receiver in found[0]]
        distinct = {id(receivers): receivers for receivers in found}
        shares = []
        for receiver in sorted(dict.fromkeys(chain.from_iterable(distinct.values())), key=_order):
            wanting = {key for key, receivers in distinct.items() if receiver in receivers}
            known = frozenset() if isinstance(receiver, Route) and receiver.keeper else arrived.known
            places = [at for at, one in enumerate(found) if id(one) in wanting and at not in known]
            if places:
                shares.append((receiver, arrived.part(places)))
        return shares

    def _find_all(self, messages: Sequence[Message]) -> list[Receivers]:
        """Who wants each message. A hundred thousand are asked for in a second, so this is no loop in Python."""
        found = list(map(self._receivers.get, map(_topic, messages)))
        if None not in found:
            return cast("list[Receivers]", found)
        return [self._find(message.topic) if one is None else one for message, one in zip(messages, found, strict=True)]

    def _find(self, topic: str) -> Receivers:
        with self._lock:
            known = self._receivers.get(topic)
            if known is not None:
                return known
            buffers = tuple(buffer for buffer in self._buffers.values() if buffer.takes(topic))
            by_filter = {route for route in self._routes if route.takes(topic)}
            wanted = bool(buffers or by_filter)
            routes = tuple(route for route in self._routes if route in by_filter or (wanted and route.filters is None))
            if len(self._receivers) >= MAX_TOPICS:
                self._receivers = {}
            found: Receivers = (*buffers, *routes)
            found = self._receivers[topic] = self._same.setdefault(found, found)
        return found

    def _add(self, route: Route) -> Route:
        with self._lock:
            route.number = next(self._numbers)
            self._set_routes((*self._routes, route))
        return route

    def _set_routes(self, routes: tuple[Route, ...]) -> None:
        self._routes = routes
        self._gates = tuple(route.ready for route in routes if route.ready is not None)
        self._forget_receivers()

    def _forget_receivers(self) -> None:
        self._receivers, self._same = {}, {}


def _order(receiver: Buffer | Route) -> int:
    return receiver.number if isinstance(receiver, Route) else -1


def _call(take: Callable[[T], None], given: T, topic: str) -> bool:
    """Whether it went well."""
    try:
        take(given)
    except Exception:  # whatever it is: a listener's mistake must not cut off the others and the connection
        log.exception("A listener failed on a batch that began on %r: this is a mistake in the program.", topic)
        return False
    return True
