"""Keeps apart what a broker sends from its store and what is live, on MQTT 3.1.1 connections.

There the retain flag says "from the store": a live message never has it. In bridge mode live messages have it, too, as
published; but each SUBSCRIBE still brings the stored messages, which cannot be told from live ones by their looks. So
they are fetched before, over another connection, and SUBSCRIBE is sent when they are known. What then comes with the
flag and equals the stored message of its topic is left out, once for each topic. (Mosquitto sends SUBACK, the stored
messages, and then what is live.)

What is stored can change between fetching and SUBSCRIBE. So where the first message with the flag on a topic is another
one than expected, it is handed on, and so is what follows: rather a stored message too many than a live one lost. On
topics that were subscribed before, such a message was live, and is what is stored from then on.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from core.errors import BrokerError
from core.message import Message

log = logging.getLogger(__name__)

FETCH_S: Final = 10.0
"""How long fetching may take."""
QUIET_S: Final = 5.0
"""So long after the last stored message, or after SUBSCRIBE, no more are expected."""


class Dump:
    """What a broker is about to send from its store. Used by the network thread; fetches in a thread of its own."""

    def __init__(
        self,
        fetch: Callable[[Sequence[str], float], list[Message]],
        as_published: Callable[[str], bool],
        wake: Callable[[], None],
    ) -> None:
        """`fetch`: the stored messages for some filters, within so many seconds; raises BrokerError. `as_published`:
        whether live messages on a topic bear their flag now. `wake` is called when something was fetched.
        """
        self._fetch = fetch
        self._as_published = as_published
        self._wake = wake
        self._thread: threading.Thread | None = None
        self._asked: Sequence[str] = ()
        self._found: list[Message] | BrokerError | None = None
        self._expected: dict[str, Message] = {}
        self._live_before: frozenset[str] = frozenset()
        """Of the expected topics, those that were subscribed before."""
        self._heard: dict[str, Message] = {}
        """What came last on each topic while the stored messages were fetched: it is newer, or comes again."""
        self._last_at = 0.0

    def attach(self) -> None:
        """A new connection: on it nothing was subscribed."""
        self._asked, self._found, self._heard = (), None, {}

    def is_known(self, filters: Sequence[str]) -> bool:
        """Whether SUBSCRIBE may be sent for these filters now. If not, what is stored for them is fetched.

        Raises BrokerError if it cannot be had.
        """
        if self._thread is not None:
            if self._thread.is_alive() and self._found is None:
                return False
            self._thread.join()
            self._thread = None
        found, self._found = self._found, None
        if found is None or self._asked != filters:
            self._begin(filters)
            return False
        if isinstance(found, BrokerError):
            raise found
        self._expected |= {message.topic: self._heard.get(message.topic, message) for message in found}
        self._live_before = frozenset(filter(self._as_published, self._expected))
        self._heard = {}
        self._last_at = time.monotonic()
        return True

    def is_stored(self, message: Message) -> bool:
        """Whether a message with the retain flag comes from the broker's store."""
        if not self._as_published(message.topic):
            return True
        if self._thread is not None:
            self._heard[message.topic] = message
        stored = self._expected.pop(message.topic, None) if self._expected else None
        if stored is None:
            return False
        now = time.monotonic()
        if now - self._last_at > QUIET_S:
            self._expected.clear()
            return False
        if message.payload == stored.payload and message.qos <= stored.qos:
            self._last_at = now
            return True
        if message.topic in self._live_before and message.payload:
            self._expected[message.topic] = message
        return False

    def stop(self, timeout: float) -> None:
        """Waits for what is being fetched."""
        if self._thread is not None:
            self._thread.join(timeout)

    def _begin(self, filters: Sequence[str]) -> None:
        self._asked, self._heard = filters, {}
        self._thread = threading.Thread(target=self._run, args=(filters,), name="mqtt-stored-messages", daemon=True)
        self._thread.start()

    def _run(self, filters: Sequence[str]) -> None:
        try:
            self._found = self._fetch(filters, FETCH_S)
        except BrokerError as problem:
            self._found = problem
        except Exception:  # whatever it is: who waits for it must not wait for ever
            log.exception("The stored messages could not be fetched by a mistake in the program.")
            self._found = BrokerError("The broker's stored messages could not be fetched by a mistake in the program.")
        self._wake()
