"""Hands each message on to the buffers and listeners that want it: once to each, in the order of arrival."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Sequence
from typing import Final

from core.message import Message
from core.ports import Listener
from core.topics import matches
from mqtt.buffers import Buffer

log = logging.getLogger(__name__)

MAX_TOPICS: Final = 10_000
"""How many topics' receivers are remembered: matching anew costs some microseconds for each filter."""


class _Route:
    """One listener and its filters; without filters it takes whatever somebody subscribed to."""

    def __init__(self, filters: Sequence[str] | None, listener: Listener, ready: threading.Event | None) -> None:
        self.filters = None if filters is None else tuple(filters)
        self.listener = listener
        self.ready = ready

    def takes(self, topic: str) -> bool:
        return self.filters is not None and any(matches(topic_filter, topic) for topic_filter in self.filters)


class FanOut:
    """Who gets which message. Changes from any thread; `deliver` in the network thread only."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._routes: tuple[_Route, ...] = ()
        self._gates: tuple[threading.Event, ...] = ()
        """Of the listeners that cannot always keep up."""
        self._buffers: dict[str, Buffer] = {}
        self._holders: Counter[str] = Counter()
        self._receivers: dict[str, tuple[tuple[Buffer, ...], tuple[_Route, ...]]] = {}
        """By topic; replaced, never emptied in place, when somebody comes or goes."""

    def add(self, filters: Sequence[str] | None, listener: Listener, ready: threading.Event | None = None) -> _Route:
        """From the next message on `listener` gets what `filters` match; None: whatever somebody subscribed to."""
        route = _Route(filters, listener, ready)
        with self._lock:
            self._set_routes((*self._routes, route))
        return route

    def remove(self, route: _Route) -> bool:
        """Whether it was there. A call that runs in the network thread at this moment may still finish."""
        with self._lock:
            there = route in self._routes
            self._set_routes(tuple(other for other in self._routes if other is not route))
        return there

    def is_ready(self) -> bool:
        """Whether all listeners can take messages. Asked for each packet, so without the lock."""
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
            self._receivers = {}

    def release_buffers(self, filters: Sequence[str]) -> list[str]:
        """Takes back one `hold_buffers`; the last one forgets the buffer. Returns those that were held at all."""
        with self._lock:
            held = [topic_filter for topic_filter in set(filters) if self._holders[topic_filter] > 0]
            self._holders.subtract(held)
            self._holders = +self._holders
            for topic_filter in held:
                if topic_filter not in self._holders:
                    del self._buffers[topic_filter]
            self._receivers = {}
        return held

    def buffer(self, topic_filter: str) -> list[Message]:
        """The newest messages, newest last; empty if there is no such buffer."""
        with self._lock:
            found = self._buffers.get(topic_filter)
        return [] if found is None else found.snapshot()

    def deliver(self, message: Message) -> None:
        """Hands the message to everybody who wants it."""
        receivers = self._receivers
        found = receivers.get(message.topic)
        if found is None:
            found = self._find(message.topic)
        buffers, routes = found
        for buffer in buffers:
            buffer.add(message)
        for route in routes:
            _call(route.listener, message)

    def _set_routes(self, routes: tuple[_Route, ...]) -> None:
        self._routes = routes
        self._gates = tuple(route.ready for route in routes if route.ready is not None)
        self._receivers = {}

    def _find(self, topic: str) -> tuple[tuple[Buffer, ...], tuple[_Route, ...]]:
        with self._lock:
            buffers = tuple(buffer for buffer in self._buffers.values() if buffer.takes(topic))
            by_filter = {route for route in self._routes if route.takes(topic)}
            wanted = bool(buffers or by_filter)
            routes = tuple(route for route in self._routes if route in by_filter or (wanted and route.filters is None))
            if len(self._receivers) >= MAX_TOPICS:
                self._receivers = {}
            self._receivers[topic] = (buffers, routes)
        return buffers, routes


def _call(listener: Listener, message: Message) -> None:
    try:
        listener((message,))
    except Exception:  # whatever it is: a listener's mistake must not cut off the others and the connection
        log.exception("A listener failed on a message on %r: this is a mistake in the program.", message.topic)
