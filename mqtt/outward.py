"""Over which connection one client publishes: the one that it hears with, or where that cannot be, one of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Final
from typing import Protocol as Port

from core.message import Message
from core.ports import ConnectionState, ConnectionStatus
from mqtt.batch_delivery import BatchDelivery
from mqtt.connect import Protocol
from mqtt.delivery import Outbox
from mqtt.problems import LinkProblem

log = logging.getLogger(__name__)

IN_VAIN: Final = 3
"""After so many attempts that failed while the first connection stands, the broker evidently takes no second one."""


class Spoken(Port):
    """What is asked about a connection."""

    protocol: Protocol


class Line(Port):
    """A client's connections, one after the other: see mqtt.lifeline."""

    def start(self) -> None: ...

    def stop(self, timeout: float) -> None: ...

    def status(self) -> ConnectionStatus: ...

    def await_processed(self, timeout: float) -> bool: ...

    def interrupt(self, duration_s: float) -> None: ...

    def give_up_bridge(self) -> None: ...


class Outward:
    """Decides where the outbox's messages leave. Thread-safe.

    In bridge mode a broker does not send a client what that client has published. So there a second, plain connection
    is made when the first message is published. From then on it stays and carries all messages, whatever the first one
    speaks later: so the order of what is published stays as it is. With a broker that does not take a second connection
    the first one gives up bridge mode, and what the broker holds for it.
    """

    def __init__(self, outbox: Outbox, make: Callable[[], Line], hearing: Callable[[], Line]) -> None:
        """`make`: a second line, which asks `over_second` and tells `failed`; `hearing`: the first one."""
        self._outbox = outbox
        self._make = make
        self._hearing = hearing
        self._lock = threading.Lock()
        self._own: Line | None = None
        self._bridge = False
        """Whether a connection of the first line was in bridge mode. Mosquitto leaves out with a subscription that was
        made so what its client publishes, even when another kind of connection has taken it up."""
        self._used = False
        """Whether anything was ever published."""
        self._failures = 0
        self._two = False
        """Whether the broker has taken a second connection."""
        self._closed = False

    def add(self, messages: Sequence[Message]) -> BatchDelivery:
        """Puts a batch in line."""
        delivery = self._outbox.add(messages)
        with self._lock:
            self._used = True
            self._begin_if_needed()
        return delivery

    def over_first(self, link: Spoken) -> bool:
        """Whether messages leave over this new connection of the first line. In its network thread."""
        with self._lock:
            self._bridge = self._bridge or link.protocol is Protocol.BRIDGE
            self._begin_if_needed()
            return self._own is None and not self._bridge

    def over_second(self, _: Spoken) -> bool:
        """The same for the second line."""
        self._two = True
        return True

    def failed(self, problem: LinkProblem) -> None:
        """The second line could not connect. In its network thread."""
        stands = self._hearing().status().state is ConnectionState.CONNECTED
        self._failures = self._failures + 1 if stands else 0
        if self._failures >= IN_VAIN and not self._two:
            log.warning("Bridge mode is given up: the broker takes no second connection to publish over. %s", problem)
            with self._lock:
                own, self._own, self._bridge = self._own, None, False
            if own is not None:
                own.stop(0.0)
            self._hearing().give_up_bridge()

    def await_processed(self, timeout: float) -> bool:
        """See core.ports.Publisher."""
        return (self._own or self._hearing()).await_processed(timeout)

    def interrupt(self, duration_s: float) -> None:
        """See core.ports.Publisher."""
        own = self._own
        if own is not None:
            own.interrupt(duration_s)
        self._hearing().interrupt(duration_s)

    def stop(self, timeout: float) -> None:
        """Ends the second connection, if there is one. No other begins."""
        with self._lock:
            self._closed, own = True, self._own
        if own is not None:
            own.stop(timeout)

    def _begin_if_needed(self) -> None:
        if self._bridge and self._used and self._own is None and not self._closed:
            self._failures = 0
            self._own = self._make()
            self._own.start()
