"""Ports: what the recorder and the player need from a broker, without knowing one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from core.message import Message

Listener = Callable[[Sequence[Message]], None]
"""Gets messages in the order of their arrival, in the network thread: it must return at once."""

Undo = Callable[[], None]
"""Takes back what returned it; calling it twice does no harm."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Messages that came together, for somebody who keeps them: the broker hears of it when he says so."""

    messages: Sequence[Message]
    """In the order of their arrival; at least one."""
    packet_ids: Sequence[int]
    """For each message the broker's packet identifier (1 to 65,535), 0 for QoS 0 and 2."""
    redelivered: Sequence[int]
    """The places, ascending from 0, of messages with the DUP flag: the broker has sent them before, perhaps to a
    connection that broke, or to a program that was killed. They may have been kept already, or not."""
    broker_session: int
    """Which session state of the broker the packet identifiers belong to: 0 is the one of an earlier run of the
    program, that was taken up again. Where this number changes, earlier packet identifiers mean nothing any more."""
    settle: Callable[[], None]
    """Says that these messages need not come again: now the broker may be told. From any thread, and in any order; once
    is enough, twice does no harm. Whoever took an arrival settles it in the end in any case, or nothing comes any more.
    """


Keeper = Callable[[Arrival], None]
"""Gets what it keeps, in the network thread: it must return at once, and settles later."""


class ConnectionState(StrEnum):
    """Where a client stands."""

    CLOSED = "closed"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    """And the broker has answered what was subscribed before: from here on nothing is missing."""
    DISCONNECTED = "disconnected"
    """Was connected or tried to; tries again by itself."""


@dataclass(frozen=True, slots=True)
class ConnectionStatus:
    """A snapshot of a client's connection."""

    state: ConnectionState
    url: str
    """Without user and password."""
    protocol: str = ""
    """`MQTT 5`, `MQTT 3.1.1` or `MQTT 3.1.1 (bridge mode)`; empty before the first connection."""
    reason: str = ""
    """Why it is not connected, as a sentence; empty if it is."""
    since_ns: int = 0
    """When it came into this state, nanoseconds since the epoch; 0 if never."""
    reconnects: int = 0
    refused: tuple[str, ...] = ()
    """Of the filters that are wanted, those that the broker does not grant: nothing comes for them. In order."""
    lowered: tuple[str, ...] = ()
    """Of the filters that are wanted, those that the broker grants with a lower QoS than asked for. In order."""
    client_id: str = ""
    """Under which name the broker keeps the session state of this client."""
    held: tuple[str, ...] = ()
    """What may be subscribed in that state: the filters that are held, asked for, or about to be given up. In order.
    Told before the broker is asked for more."""
    broker_session: int = 0
    """As in `Arrival`: while it stays the same, the broker has kept what came while there was no connection, as far as
    it keeps that for anybody; where it changes, it has not."""
    doubtful: bool = False
    """Whether it stays the same only as far as the broker tells: an attempt to connect was not answered meanwhile, so
    the session state may be one that this has begun. Everything is subscribed anew then."""
    stores_retained: bool = True
    """Whether the broker keeps messages with the retain flag. One that does not ends the connection at such a message;
    over MQTT 3.1.1 it does not tell beforehand (MQTT 5.0, section 3.2.2.3.5)."""

    @property
    def carries_properties(self) -> bool:
        """Whether the protocol has message properties: MQTT 3.1.1 leaves them out."""
        return not self.protocol.startswith("MQTT 3.1.1")

    @property
    def carries_retain_flags(self) -> bool:
        """Whether live messages bear the retain flag as published: plain MQTT 3.1.1 does not transmit it."""
        return self.protocol != "MQTT 3.1.1"


ConnectionListener = Callable[[ConnectionStatus], None]


class MessageSource(Protocol):
    """Where messages come from."""

    def subscribe_listener(
        self, filters: Sequence[str], listener: Listener, *, qos: int = 1, ready: threading.Event | None = None
    ) -> Undo:
        """From now on hands every live message that one of `filters` matches to `listener`, exactly once.

        `ready` is for a listener that cannot always keep up: while it is not set nothing is read from the broker, which
        holds the rest back, but the connection is kept alive. What one turn of reading brings still comes. All other
        listeners of this source wait too, as do the broker's confirmations: who clears it sets it again soon.

        Raises UsageError for an invalid filter. Does not wait for the broker: see `await_subscribed`.
        """

    def subscribe_keeper(
        self, filters: Sequence[str], keeper: Keeper, *, qos: int = 1, ready: threading.Event | None = None
    ) -> Undo:
        """Like `subscribe_listener`, but a message of QoS 1 is acknowledged only when `keeper` has settled it.

        What is not settled when the connection breaks, or the program is killed, the broker sends again: see `Arrival`.
        """

    def await_subscribed(self, timeout: float) -> bool:
        """Blocks until the broker has confirmed all subscriptions; False when `timeout` (seconds) is over first."""

    def fetch_retained(self, filters: Sequence[str], timeout: float = 5.0) -> list[Message]:
        """The broker's stored messages for `filters`, each with retain FROM_DUMP. Raises BrokerError."""

    def add_connection_listener(self, listener: ConnectionListener) -> Undo:
        """Calls `listener` at every change of the status, in the network thread."""

    def connection(self) -> ConnectionStatus:
        """The connection as it is now."""


class Delivery(Protocol):
    """What became of one batch of published messages."""

    def confirmed(self) -> int:
        """How many the broker has confirmed: QoS 0 when sent, QoS 1 at PUBACK, QoS 2 at PUBCOMP."""

    def failed(self) -> int:
        """How many can no longer be confirmed."""

    def wait(self, timeout: float) -> bool:
        """Blocks until none is open any more; False when `timeout` (seconds) is over first."""

    def sent_ns(self) -> Sequence[int | None]:
        """When each message of the batch was written to the connection, in nanoseconds of the publisher's clock.

        The last time counts, if one was sent again after a cut; None if it was not written, or not yet. What is
        confirmed was written.
        """

    def cancel(self) -> int:
        """Gives up what waits to be sent, for the first time or again: it has failed, and is not sent any more.

        What is at the broker already cannot be called back, and is still confirmed: these are at most as many
        messages as the broker takes without confirmation. Returns how many of those given up were never sent.
        Cancelling twice does no harm.
        """


class Publisher(Protocol):
    """Where messages go to."""

    @property
    def may_publish(self) -> bool:
        """Whether the environment is marked for publishing."""

    @property
    def label(self) -> str:
        """The environment's name and broker, for messages to people."""

    def publish_batch(self, messages: Sequence[Message]) -> Delivery:
        """Sends messages in this order with their QoS, retain flag and properties; `at_ns` is ignored.

        Raises PublishRefused if the environment is not marked for publishing. Does not wait for confirmation.
        Messages published while the connection is down are sent after the reconnect.
        """

    def await_processed(self, timeout: float) -> bool:
        """Blocks until the broker has processed all that was written to the connection before, QoS 0 included.

        False when `timeout` (seconds) is over first, when there is no connection, and when it ends meanwhile: then
        messages of QoS 0 may be lost, as those that were written to a connection before. Not from a listener.
        """

    def interrupt(self, duration_s: float) -> None:
        """Cuts the connection without DISCONNECT, stays away for so many seconds (0 or more), and comes back by itself.

        An outage on purpose: what waits in line or is not confirmed is sent after it. Whoever shares the connection is
        cut off, too. Returns when the connection is gone; without one it is a time to stay away.
        """

    def connection(self) -> ConnectionStatus:
        """The connection as it is now."""
