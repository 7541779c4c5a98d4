"""What visitors listen to at the moment: what the broker stores, then what comes, until nobody looks any more."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from core.clock import Clock
from core.errors import BrokerError
from core.message import FROM_DUMP, NS_PER_SECOND, Message
from core.ports import ConnectionState, Undo
from core.topics import matches
from mqtt.client import SharedClient

LEASE_S: Final = 90.0
"""A visitor who has not looked for so long has gone: a page looks every second, in a hidden tab once a minute."""
MAX_TOPICS: Final = 5_000
"""Of which the newest message is kept; the others are counted."""
NEWEST: Final = 200
"""Messages that are shown at most."""
STORED_S: Final = 3.0
"""How long the broker may take to send what it stores; a factory's is there within a tenth of it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one visitor hears."""

    newest: tuple[Message, ...]
    """Newest first, at most NEWEST."""
    by_topic: Mapping[str, Message]
    """The last message of each topic that was heard since he began to listen; before that what the broker stores."""
    too_many: bool = False
    """Whether there are more topics than are kept."""
    why_not_stored: str = ""
    """Why it is not known what the broker stores, as a sentence; empty if it is, or was not asked yet."""

    @property
    def stored(self) -> list[Message]:
        """What the broker stores on topics that nothing was heard of, by topic. When it was sent nobody knows."""
        return [message for _, message in sorted(self.by_topic.items()) if message.retain == FROM_DUMP]


@dataclass(slots=True)
class _Visitor:
    client: SharedClient
    filters: tuple[str, ...]
    looked_ns: int
    earlier: tuple[Message, ...] = ()
    """What he heard with the filters before and still wants to; in order of time, at most NEWEST."""
    by_topic: dict[str, Message] = field(default_factory=dict)
    too_many: bool = False
    asked_at: int = -1
    """After how many reconnections the broker was asked what it stores; -1: not yet."""
    why_not_stored: str = ""
    frozen: Heard | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    """For `by_topic`, which the network thread changes, too. Nothing else is waited for while it is held."""
    undo: Undo = field(default=lambda: None)

    def leave(self) -> None:
        """Ends what was subscribed."""
        self.undo()
        self.client.unsubscribe_many(self.filters)


class Listening:
    """Thread-safe. Owns one thread, which ends subscriptions that nobody needs any more."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._visitors: dict[str, _Visitor] = {}
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def hear(self, visitor: str, client: SharedClient, filters: Sequence[str], *, paused: bool = False) -> Heard:
        """What came for these filters; from now on they are subscribed. Raises UsageError for an invalid filter.

        While `paused` it stays what it was when the pause began. With new filters, and after a reconnection, it waits
        for what the broker stores, at most STORED_S. What was heard on the same broker is still known, as far as the
        new filters match it.
        """
        wanted = tuple(dict.fromkeys(filters))
        with self._lock:
            found = self._visitors.get(visitor)
            if found is None or found.client is not client or found.filters != wanted:
                found = self._change(visitor, found, client, wanted)
            found.looked_ns = self._clock.now_ns()
        _ask(found)  # outside the lock: others do not wait for it
        with self._lock:
            if not paused or found.frozen is None:
                found.frozen = _heard(found)
            return found.frozen

    def stop(self, timeout: float = 5.0) -> None:
        """Ends the thread; subscriptions end with their clients."""
        self._stopped.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(timeout)

    def drop_silent(self) -> None:
        """Ends what nobody has looked at for LEASE_S."""
        limit_ns = self._clock.now_ns() - round(LEASE_S * NS_PER_SECOND)
        with self._lock:
            for visitor, found in list(self._visitors.items()):
                if found.looked_ns < limit_ns:
                    del self._visitors[visitor]
                    found.leave()

    def _change(self, visitor: str, before: _Visitor | None, client: SharedClient, wanted: tuple[str, ...]) -> _Visitor:
        client.subscribe_many(wanted)  # first: what both want goes on
        found = self._visitors[visitor] = _Visitor(client, wanted, self._clock.now_ns())
        if before is not None:
            if before.client is client:
                _take_over(found, before)
            before.leave()
        if wanted:  # a buffer forgets what is seldom said while nobody looks
            found.undo = client.subscribe_listener(wanted, partial(_keep, found))
        if self._thread is None and not self._stopped.is_set():
            self._thread = threading.Thread(target=self._watch, name="listening", daemon=True)
            self._thread.start()
        return found

    def _watch(self) -> None:
        while not self._stopped.wait(LEASE_S / 4):
            self.drop_silent()


def _ask(visitor: _Visitor) -> None:
    """What the broker stores, once for each connection. What was heard on a topic is newer."""
    connection = visitor.client.connection()
    if connection.state is not ConnectionState.CONNECTED or connection.reconnects == visitor.asked_at:
        return
    visitor.asked_at, visitor.why_not_stored = connection.reconnects, ""
    try:
        stored = visitor.client.fetch_retained(visitor.filters, STORED_S) if visitor.filters else []
    except BrokerError as error:
        visitor.why_not_stored = f"What the broker stores is not shown: {error}"
        return
    _keep(visitor, stored)


def _keep(visitor: _Visitor, messages: Sequence[Message]) -> None:
    """Whichever thread is first: what was heard stays, unless it is older; what is stored only where nothing was."""
    with visitor.lock:
        for message in messages:
            known = visitor.by_topic.get(message.topic)
            if known is None and len(visitor.by_topic) >= MAX_TOPICS:
                visitor.too_many = True
            elif known is None or known.retain == FROM_DUMP or _replaces(message, known):
                visitor.by_topic[message.topic] = message


def _replaces(message: Message, known: Message) -> bool:
    return message.retain != FROM_DUMP and message.at_ns >= known.at_ns


def _take_over(visitor: _Visitor, before: _Visitor) -> None:
    """Another choice of filters forgets nothing: what was heard would otherwise be called stored, its age unknown."""

    def wanted(message: Message) -> bool:
        return any(matches(one, message.topic) for one in visitor.filters)

    visitor.earlier = tuple([one for one in _in_buffers(before) if wanted(one)][-NEWEST:])
    with before.lock:
        visitor.by_topic = {
            topic: one for topic, one in before.by_topic.items() if one.retain != FROM_DUMP and wanted(one)
        }


def _in_buffers(visitor: _Visitor) -> list[Message]:
    """In order of time."""
    seen = {id(message): message for message in visitor.earlier}
    for topic_filter in visitor.filters:
        for message in visitor.client.get_buffer(topic_filter):
            seen[id(message)] = message  # one that two filters match is one
    return sorted(seen.values(), key=lambda message: message.at_ns)


def _heard(visitor: _Visitor) -> Heard:
    ordered = _in_buffers(visitor)
    _keep(visitor, ordered)
    newest = tuple(reversed(ordered[-NEWEST:]))
    with visitor.lock:
        return Heard(newest, dict(visitor.by_topic), visitor.too_many, visitor.why_not_stored)
