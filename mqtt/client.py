"""The shared client of one environment: subscriptions, buffers, listeners and publishing."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from functools import cached_property

from core.clock import Clock
from core.message import Message
from core.ports import (
    ConnectionListener,
    ConnectionState,
    ConnectionStatus,
    Delivery,
    Keeper,
    Listener,
    Undo,
)
from mqtt.connect import KEEPALIVE_S, Protocol, protocols_to_try, without_bridge
from mqtt.delivery import Outbox
from mqtt.environment import Environment
from mqtt.fanout import FanOut, Route
from mqtt.lifeline import Lifeline
from mqtt.outward import Outward
from mqtt.problems import where
from mqtt.publishing import check_allowed, check_messages
from mqtt.session_state import Resumption
from mqtt.subscriptions import check_filters


class SharedClient:
    """The way to one broker, shared by everybody in the process. Implements MessageSource and Publisher.

    All methods may be called from any thread. Listeners and buffers get live messages only, on both versions of MQTT;
    the broker's stored messages are what `fetch_retained` is for. It is one connection, but for publishing in bridge
    mode: see mqtt.outward.
    """

    def __init__(
        self,
        environment: Environment,
        clock: Clock,
        client_id: str,
        *,
        protocol: Protocol | None = None,
        keepalive_s: int = KEEPALIVE_S,
        hears_itself: bool = True,
    ) -> None:
        """`protocol` None: MQTT 5, and 3.1.1 where the broker refuses that, in bridge mode where the broker has it.
        Else that one alone; with bridge mode plain 3.1.1, too, where the broker does not have it.

        `hears_itself` False: with MQTT 5 what it publishes does not come back, which saves half of the work where many
        messages are published and others' are listened for.
        """
        self.environment = environment
        self._clock = clock
        self._keepalive_s = keepalive_s
        # Who publishes much and does not care for the flags of what comes back needs no second connection for it.
        protocols = protocols_to_try(protocol, bridge=hears_itself or not environment.may_publish)
        self._fanout = FanOut()
        self._outbox = Outbox(clock)
        self._outward = Outward(self._outbox, self._publishing_line, lambda: self._lifeline)
        self._lifeline = Lifeline(
            environment, clock, client_id, protocols, keepalive_s, self._fanout, self._outbox, self._outward.over_first
        )
        self._lifeline.hears_itself = hears_itself
        self._connection = self._lifeline.connection
        self._subscriptions = self._lifeline.subscriptions

    # --- life

    def start(self, resume: Resumption | None = None) -> None:
        """Connects in the background and stays connected until `stop`. Starting twice does no harm.

        With `resume` it takes up what the broker has kept for an earlier run of the program with this client id:
        whoever keeps that has subscribed before. Without, the broker forgets it.
        """
        self._lifeline.start(resume)

    @property
    def started(self) -> bool:
        """Whether `start` was called."""
        return self._lifeline.started

    def stop(self, timeout: float = 5.0) -> None:
        """Ends the connection for good; messages that are not confirmed have failed then. Takes `timeout` s at most.

        If there is a connection, the broker is told that it need not keep anything for this client.
        """
        until = time.monotonic() + timeout
        self._outward.stop(timeout / 2)
        self._lifeline.stop(max(0.0, until - time.monotonic()))
        self._outbox.close()

    def await_connected(self, timeout: float) -> bool:
        """Blocks until there is a connection; False when `timeout` (seconds) is over first."""
        return self._connection.await_state(ConnectionState.CONNECTED, timeout)

    def connection(self) -> ConnectionStatus:
        return self._lifeline.status()

    def add_connection_listener(self, listener: ConnectionListener) -> Undo:
        return self._connection.add_listener(listener)

    # --- receiving

    def subscribe(self, topic_filter: str, qos: int = 1) -> None:
        """Begins a buffer for this filter, or counts one more who wants it. Raises UsageError for an invalid one."""
        self.subscribe_many([topic_filter], qos)

    def subscribe_many(self, filters: Sequence[str], qos: int = 1) -> None:
        """Like `subscribe` for each of `filters`, in one change."""
        self._subscriptions.want(filters, qos)
        self._fanout.hold_buffers(filters)

    def unsubscribe(self, topic_filter: str) -> None:
        """Takes back one `subscribe`; the last one ends the buffer. Without a `subscribe` nothing happens."""
        self.unsubscribe_many([topic_filter])

    def unsubscribe_many(self, filters: Sequence[str]) -> None:
        """Like `unsubscribe` for each of `filters`, in one change."""
        self._subscriptions.drop(self._fanout.release_buffers(filters))

    def get_buffer(self, topic_filter: str) -> list[Message]:
        """The newest messages, newest last, at most 1,000 and 16 MB; empty if the filter is not subscribed."""
        return self._fanout.buffer(topic_filter)

    def add_listener(self, listener: Listener) -> Undo:
        """Hands on every live message that somebody subscribed to, each once."""
        route = self._fanout.add(None, listener)

        def undo() -> None:
            self._fanout.remove(route)

        return undo

    def subscribe_listener(
        self, filters: Sequence[str], listener: Listener, *, qos: int = 1, ready: threading.Event | None = None
    ) -> Undo:
        check_filters(filters, qos)
        return self._want(self._fanout.add(filters, listener, ready), filters, qos)

    def subscribe_keeper(
        self, filters: Sequence[str], keeper: Keeper, *, qos: int = 1, ready: threading.Event | None = None
    ) -> Undo:
        check_filters(filters, qos)
        return self._want(self._fanout.add_keeper(filters, keeper, ready), filters, qos)

    def await_subscribed(self, timeout: float) -> bool:
        return self._subscriptions.await_confirmed(timeout)

    def fetch_retained(self, filters: Sequence[str], timeout: float = 5.0) -> list[Message]:
        return self._lifeline.fetch_stored(filters, timeout)

    # --- publishing

    @property
    def may_publish(self) -> bool:
        return self.environment.may_publish

    @cached_property
    def label(self) -> str:
        return self.environment.label or f"{self.environment.name} ({where(self.environment)})"

    def publish_batch(self, messages: Sequence[Message]) -> Delivery:
        """See core.ports.Publisher. Raises UsageError, before anything is sent, for an invalid topic or QoS.

        QoS 0 waits for the connection like the others. Messages wait in memory: a caller with many keeps an eye on
        what is confirmed. A message fails when the broker refuses it, when it does not fit into a packet, when five
        connections ended over it, or when the client is stopped.
        """
        check_allowed(self.label, may_publish=self.environment.may_publish)
        check_messages(messages)
        return self._outward.add(messages)

    def await_processed(self, timeout: float) -> bool:
        return self._outward.await_processed(timeout)

    def interrupt(self, duration_s: float) -> None:
        self._outward.interrupt(duration_s)

    def _publishing_line(self) -> Lifeline:
        """The second connection: see mqtt.outward."""
        first = self._lifeline
        protocols, client_id = without_bridge(first.protocols), f"{first.client_id()}-out"
        return Lifeline(
            self.environment,
            self._clock,
            client_id,
            protocols,
            self._keepalive_s,
            FanOut(),
            self._outbox,
            self._outward.over_second,
            self._outward.failed,
        )

    def _want(self, route: Route, filters: Sequence[str], qos: int) -> Undo:
        self._subscriptions.want(filters, qos)

        def undo() -> None:
            if self._fanout.remove(route):
                self._subscriptions.drop(filters)

        return undo
