"""The shared client of one environment: subscriptions, buffers, listeners and publishing over one connection."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Sequence
from dataclasses import replace

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
from mqtt import problems, retained
from mqtt.acknowledgements import Acknowledgements
from mqtt.arrivals import Arrivals
from mqtt.batching import PublishBatch
from mqtt.connect import KEEPALIVE_S, Protocol
from mqtt.connection import Connection, Terms
from mqtt.delivery import Outbox
from mqtt.environment import Environment
from mqtt.fanout import FanOut, Route
from mqtt.link import Link
from mqtt.opening import connect, drop_session, stay_connected
from mqtt.problems import LinkProblem, Problem, where
from mqtt.publishing import check_allowed, check_messages
from mqtt.reading_time import ReadingTime
from mqtt.session_state import EXPIRY_S, Resumption, SessionState
from mqtt.subscriptions import Subscriptions, check_filters
from mqtt.twins import Twins

log = logging.getLogger(__name__)


class SharedClient:
    """One connection to one broker, shared by everybody in the process. Implements MessageSource and Publisher.

    All methods may be called from any thread. Listeners and buffers get live messages only, on both versions of MQTT;
    the broker's stored messages are what `fetch_retained` is for.
    """

    def __init__(
        self,
        environment: Environment,
        clock: Clock,
        client_id: str,
        *,
        protocol: Protocol | None = None,
        keepalive_s: int = KEEPALIVE_S,
    ) -> None:
        """`protocol` None: MQTT 5, and 3.1.1 where the broker refuses that."""
        self.environment = environment
        self._clock = clock
        self._state = SessionState(client_id)
        self._protocols = (Protocol.V5, Protocol.V311) if protocol is None else (protocol,)
        self._keepalive_s = keepalive_s
        self._connection = Connection(environment.display_url, clock)
        self._reading_time = ReadingTime()
        acknowledgements = Acknowledgements()
        twins = Twins(self._reading_time.now, acknowledgements)
        self._subscriptions = Subscriptions(twins, self._wake)
        self._fanout = FanOut()
        self._arrivals = Arrivals(twins, self._fanout, acknowledgements, self._subscriptions.as_published)
        self._outbox = Outbox(clock)
        self._link: Link | None = None
        self._previous: Link | None = None
        self._answered = False
        """Whether the broker has answered something that is not announced yet."""
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    # --- life

    def start(self, resume: Resumption | None = None) -> None:
        """Connects in the background and stays connected until `stop`. Starting twice does no harm.

        With `resume` it takes up what the broker has kept for an earlier run of the program with this client id:
        whoever keeps that has subscribed before. Without, the broker forgets it.
        """
        with self._lock:
            if self._thread is None and not self._stop.is_set():
                if resume is not None:
                    self._subscriptions.resume(resume.held)
                    self._state.resume()
                self._thread = threading.Thread(target=self._run, name=f"mqtt-{self.environment.name}", daemon=True)
                self._thread.start()

    @property
    def started(self) -> bool:
        """Whether `start` was called."""
        return self._thread is not None

    def stop(self, timeout: float = 5.0) -> None:
        """Ends the connection for good; messages that are not confirmed have failed then. Takes `timeout` s at most.

        If there is a connection, the broker is told that it need not keep anything for this client.
        """
        with self._lock:
            self._stop.set()
            thread, link = self._thread, self._link
        if link is not None:
            link.end_session()
            link.disconnect()
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)
        self._outbox.close()

    def await_connected(self, timeout: float) -> bool:
        """Blocks until there is a connection; False when `timeout` (seconds) is over first."""
        return self._connection.await_state(ConnectionState.CONNECTED, timeout)

    def connection(self) -> ConnectionStatus:
        return replace(self._connection.status(), **self._terms()._asdict())

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
        client_id = f"{self._state.client_id}-{uuid.uuid4().hex[:8]}"
        spoken = self._connection.status().protocol
        protocols = (Protocol(spoken),) if spoken else self._protocols
        return retained.fetch(self.environment, protocols, self._clock, client_id, filters, timeout)

    # --- publishing

    @property
    def may_publish(self) -> bool:
        return self.environment.may_publish

    @property
    def label(self) -> str:
        return self.environment.label or f"{self.environment.name} ({where(self.environment)})"

    def publish_batch(self, messages: Sequence[Message]) -> Delivery:
        """See core.ports.Publisher. Raises UsageError, before anything is sent, for an invalid topic or QoS.

        QoS 0 waits for the connection like the others. Messages wait in memory: a caller with many keeps an eye on
        what is confirmed. A message fails when the broker refuses it, when it does not fit into a packet, when five
        connections ended over it, or when the client is stopped.
        """
        check_allowed(self.label, may_publish=self.may_publish)
        check_messages(messages)
        return self._outbox.add(messages)

    # --- what the link tells, in the network thread

    def on_messages(self, batch: PublishBatch) -> None:
        self._arrivals.take(batch)

    def on_subscribed(self, mid: int, granted: Sequence[int | None]) -> None:
        self._subscriptions.on_subscribed(mid, granted)
        self._answered = True

    def on_unsubscribed(self, mid: int) -> None:
        self._subscriptions.on_unsubscribed(mid)
        self._answered = True

    def on_published(self, mid: int, failure: str) -> None:
        self._outbox.on_published(mid, failure)

    def on_turn(self) -> None:
        self._outbox.turn()
        self._subscriptions.turn()
        if self._answered or self._subscriptions.due:  # told here, for in the callbacks paho holds a lock
            self._announce()
            self._subscriptions.send_due()

    # --- the network thread

    def _run(self) -> None:
        try:
            stay_connected(self._connect_once, self._connection, self._stop)
        finally:  # also after a mistake of ours, which the interpreter reports: the status must not lie
            self._connection.change(ConnectionState.CLOSED)

    def _connect_once(self) -> tuple[LinkProblem | None, int]:
        """One connection, until it ends. Returns why it ended and how many nanoseconds it, or the attempt, lasted."""
        began_ns, spoken, self._state.spoken = self._clock.now_ns(), self._state.spoken, None
        ended: LinkProblem | None
        try:
            link = connect(
                self.environment,
                self._protocols,
                self._state.client_id,
                self,
                self._stop,
                keepalive_s=self._keepalive_s,
                now_ns=self._clock.now_ns,
                clean_start=self._state.clean_start,
                session_expiry_s=EXPIRY_S,
                spoken=spoken,
                previous=self._previous,
            )
            began_ns = self._clock.now_ns()
            ended = self._serve(link)
            self._state.held_well()
        except LinkProblem as problem:
            ended = problem
            if problem.problem is Problem.CLIENT_ID and self._state.shorten():
                log.info("%s does not take the client id: trying the short one.", where(self.environment))
        except Exception:  # whatever it is: the recording that waits for messages must not be cut off for good
            log.exception("The connection to %s ended by a mistake in the program.", where(self.environment))
            ended = problems.unexpected(self.environment)
            self._state.mistaken()
        return ended, self._clock.now_ns() - began_ns

    def _serve(self, link: Link) -> LinkProblem | None:
        try:
            with self._lock:
                if self._stop.is_set():  # while it was being made: then it may not even be open
                    return None
                self._link = link
            present = self._state.opened(link.protocol, present=link.session_present)
            self._reading_time.attach(link)
            self._arrivals.attach(link, self._state.number)
            self._subscriptions.attach(link, session_present=present)
            self._outbox.attach(link, session_present=present)
            self._announce()
            self._subscriptions.send_due()
            ended = link.run(self._stop, self._fanout.is_ready)
            if self._stop.is_set():
                link.finish()
            return ended
        finally:
            self._subscriptions.detach()
            self._arrivals.detach()
            self._reading_time.detach()
            self._outbox.detach()
            with self._lock:
                self._link, self._previous = None, link
            link.close()
            self._forget_at_broker(link)

    def _forget_at_broker(self, link: Link) -> None:
        """MQTT 5 says it in its goodbye."""
        if self._stop.is_set() and link.protocol is Protocol.V311:
            try:
                drop_session(self.environment, self._state.client_id, self._clock.now_ns)
            except LinkProblem as problem:
                log.info("The broker keeps its session state: %s", problem)

    def _announce(self) -> None:
        """Connected begins when the broker has answered what was subscribed before, and lasts as long as the link.

        What is going to be subscribed is told before it is sent.
        """
        self._answered = False
        link, status, terms = self._link, self._connection.status(), self._terms()
        if link is None:
            return
        if status.state is ConnectionState.CONNECTED or self._subscriptions.is_settled():
            self._connection.change(ConnectionState.CONNECTED, protocol=link.protocol, terms=terms)
        elif not set(terms.held) <= set(status.held):
            self._connection.update(terms._replace(refused=(), lowered=()))

    def _terms(self) -> Terms:
        state, subscriptions = self._state, self._subscriptions
        held, refused, lowered = subscriptions.held(), subscriptions.refused(), subscriptions.lowered()
        return Terms(state.client_id, state.number, held, refused, lowered)

    def _wake(self) -> None:
        link = self._link
        if link is not None:
            link.wake()

    def _want(self, route: Route, filters: Sequence[str], qos: int) -> Undo:
        self._subscriptions.want(filters, qos)

        def undo() -> None:
            if self._fanout.remove(route):
                self._subscriptions.drop(filters)

        return undo
