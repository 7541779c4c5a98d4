"""What the factory said last on each topic: from the shared client's buffers, and from what the broker had in store."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from weakref import WeakKeyDictionary

from aps.factory_state import FILTERS
from core.errors import BrokerError
from core.message import Message
from core.ports import ConnectionState
from mqtt.client import SharedClient

FETCH_S: Final = 3.0
"""How long the broker may take to send what it has in store; a factory's is there within a tenth of it."""
MAX_TOPICS: Final = 5_000
"""Of which the newest message is kept; a factory has about 30."""


@dataclass(slots=True)
class _Seen:
    newest: dict[str, Message] = field(default_factory=dict)
    asked_at: int = -1
    """After how many reconnections the broker was asked for what it has in store; -1: not yet."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    """For `newest`, which the network thread changes, too. Nothing else is waited for while it is held."""


class FactoryWatch:
    """For all pages and visitors together. A client that is looked at once stays subscribed as long as it lives."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: WeakKeyDictionary[SharedClient, _Seen] = WeakKeyDictionary()

    def newest(self, client: SharedClient) -> Mapping[str, Message]:
        """The newest message of each topic in FILTERS. Waits for the broker at most FETCH_S, once per connection."""
        with self._lock:
            seen = self._seen.get(client)
            if seen is None:
                client.subscribe_many(FILTERS)
                seen = self._seen[client] = _Seen()
                # while nobody looks a buffer forgets what a vehicle said that stands still
                client.subscribe_listener(FILTERS, partial(_keep, seen))
            self._ask(client, seen)
            for topic_filter in FILTERS:
                _keep(seen, client.get_buffer(topic_filter))
            with seen.lock:
                return dict(seen.newest)

    def _ask(self, client: SharedClient, seen: _Seen) -> None:
        """After a reconnection again: what came meanwhile is not in the buffers."""
        connection = client.connection()
        if connection.state is not ConnectionState.CONNECTED or connection.reconnects == seen.asked_at:
            return
        seen.asked_at = connection.reconnects
        with seen.lock:
            before = dict(seen.newest)
        try:
            stored = client.fetch_retained(FILTERS, FETCH_S)
        except BrokerError:  # then what comes live is all that is known, as on a broker that stores nothing
            return
        with seen.lock:
            for message in stored:
                known = seen.newest.get(message.topic)
                heard_meanwhile = known is not before.get(message.topic)
                if known is None or (known.payload != message.payload and not heard_meanwhile):
                    seen.newest[message.topic] = message


def _keep(seen: _Seen, messages: Sequence[Message]) -> None:
    """Whichever thread is first: the newest stays."""
    with seen.lock:
        for message in messages:
            known = seen.newest.get(message.topic)
            if message.at_ns >= known.at_ns if known is not None else len(seen.newest) < MAX_TOPICS:
                seen.newest[message.topic] = message
