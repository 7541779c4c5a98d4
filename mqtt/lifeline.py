"""Keeps one client connected: a thread that connects again and again, and hands on what it hears."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final
from uuid import uuid4

from core.clock import Clock
from core.message import Message
from core.ports import ConnectionState, ConnectionStatus
from mqtt import problems, retained
from mqtt.connect import Protocol, without_bridge
from mqtt.connection import Connection, terms_of
from mqtt.conversation import Conversation
from mqtt.delivery import Outbox
from mqtt.environment import Environment
from mqtt.fanout import FanOut
from mqtt.interruption import Interruption
from mqtt.link import Link
from mqtt.opening import connect, drop_session, stay_connected
from mqtt.problems import LinkProblem, Problem, where
from mqtt.session_state import EXPIRY_S, Resumption, SessionState

log = logging.getLogger(__name__)

GONE_S: Final = 1.0
"""How long an interruption waits for the network thread, which may be held up by a listener."""


class Lifeline:
    """One client's connections, one after the other, and the session state at the broker that joins them."""

    def __init__(
        self,
        environment: Environment,
        clock: Clock,
        client_id: str,
        protocols: Sequence[Protocol],
        keepalive_s: int,
        fanout: FanOut,
        outbox: Outbox,
        carries: Callable[[Link], bool],
        failed: Callable[[LinkProblem], None] = lambda _: None,
    ) -> None:
        """What comes goes to `fanout`; what is in `outbox` leaves over those connections that it `carries`. `failed` is
        told why a connection could not be made, or ended; both in the network thread.
        """
        self._environment = environment
        self._clock = clock
        self.protocols = protocols
        self._keepalive_s = keepalive_s
        self._fanout = fanout
        self._failed = failed
        self._state = SessionState(client_id)
        self.connection = Connection(environment.display_url, clock)
        self._conversation = Conversation(
            self.connection,
            self._state,
            fanout,
            outbox,
            carries,
            self.fetch_stored,
            no_bridge=self._leave_bridge_out,
            wake=self._wake,
        )
        self.subscriptions = self._conversation.subscriptions
        self.hears_itself = True
        """Whether what is published here comes back where it is subscribed, if there is a choice."""
        self._link: Link | None = None
        self._previous: Link | None = None
        self._interruption = Interruption()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self, resume: Resumption | None = None) -> None:
        """See SharedClient.start."""
        with self._lock:
            if self._thread is None and not self._stop.is_set():
                if resume is not None:
                    self.subscriptions.resume(resume.held)
                    self._state.resume()
                self._thread = threading.Thread(target=self._run, name=f"mqtt-{self._environment.name}", daemon=True)
                self._thread.start()

    @property
    def started(self) -> bool:
        """Whether `start` was called."""
        return self._thread is not None

    def stop(self, timeout: float) -> None:
        """See SharedClient.stop."""
        with self._lock:
            self._stop.set()
            thread, link = self._thread, self._link
        if link is not None:
            link.end_session()
            link.disconnect()
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)
        self._conversation.stop(timeout)

    def await_processed(self, timeout: float) -> bool:
        """See core.ports.Publisher."""
        link = self._link
        return link is not None and link.await_processed(timeout)

    def interrupt(self, duration_s: float) -> None:
        """See core.ports.Publisher."""
        with self._lock:
            before, link = self.connection.status(), self._link
            self._interruption.begin(duration_s)
            if link is not None:
                link.cut()
        if link is not None and threading.current_thread() is not self._thread:
            self.connection.await_gone(before, GONE_S)

    def give_up_bridge(self) -> None:
        """From now on without bridge mode: connection, session state and subscriptions are made anew."""
        self._leave_bridge_out()
        self._state.begin_anew()
        self.interrupt(0.0)

    def fetch_stored(self, filters: Sequence[str], timeout: float) -> list[Message]:
        """The broker's stored messages. Raises BrokerError."""
        client_id = f"{self._state.client_id}-{uuid4().hex[:8]}"
        spoken = self.connection.status().protocol
        protocols = (Protocol(spoken),) if spoken else self.protocols
        return retained.fetch(self._environment, without_bridge(protocols), self._clock, client_id, filters, timeout)

    def status(self) -> ConnectionStatus:
        """The connection as it is now."""
        status, terms = self.connection.status(), self._conversation.terms()
        return status if terms == terms_of(status) else replace(status, **terms._asdict())

    def client_id(self) -> str:
        """The name that the broker knows."""
        return self._state.client_id

    # --- the network thread

    def _run(self) -> None:
        try:
            stay_connected(self._connect_once, self.connection, self._interruption, self._stop)
        finally:  # also after a mistake of ours, which the interpreter reports: the status must not lie
            self.connection.change(ConnectionState.CLOSED)

    def _connect_once(self) -> tuple[LinkProblem | None, int]:
        """One connection, until it ends. Returns why it ended and how many nanoseconds it, or the attempt, lasted."""
        began_ns, spoken, self._state.spoken = self._clock.now_ns(), self._state.spoken, None
        ended: LinkProblem | None
        try:
            link = connect(
                self._environment,
                self.protocols,
                self._state.client_id,
                self._conversation,
                self._stop,
                keepalive_s=self._keepalive_s,
                now_ns=self._clock.now_ns,
                clean_start=self._state.clean_start,
                session_expiry_s=EXPIRY_S,
                spoken=spoken,
                previous=self._previous,
                tried=lambda present: self._state.tried(present=present),
            )
            began_ns = self._clock.now_ns()
            ended = self._serve(link)
            self._state.held_well()
        except LinkProblem as problem:
            ended = problem
            self._failed(problem)
            if problem.problem is Problem.CLIENT_ID and self._state.shorten():
                log.info("%s does not take the client id: trying the short one.", where(self._environment))
        except Exception:  # whatever it is: the recording that waits for messages must not be cut off for good
            log.exception("The connection to %s ended by a mistake in the program.", where(self._environment))
            ended = problems.unexpected(self._environment)
            self._state.mistaken()
        return ended, self._clock.now_ns() - began_ns

    def _serve(self, link: Link) -> LinkProblem | None:
        try:
            with self._lock:
                if self._stop.is_set():  # while it was being made: then it may not even be open
                    return None
                if self._interruption.left_s() > 0:
                    return problems.interrupted(self._environment)
                self._link = link
            link.hears_itself = self.hears_itself
            present = self._state.opened(link.protocol, present=link.session_present)
            self._conversation.attach(link, session_present=present)
            ended = link.run(self._stop, self._fanout.is_ready)
            if self._stop.is_set():
                link.finish()
            return ended
        finally:
            self._conversation.detach()
            with self._lock:
                self._link, self._previous = None, link
            link.close()
            self._forget_at_broker(link)

    def _forget_at_broker(self, link: Link) -> None:
        """MQTT 5 says it in its goodbye."""
        if self._stop.is_set() and link.protocol is not Protocol.V5:
            try:
                drop_session(self._environment, self._state.client_id, self._clock.now_ns)
            except LinkProblem as problem:
                log.info("The broker keeps its session state: %s", problem)

    def _leave_bridge_out(self) -> None:
        """The next connection is without bridge mode."""
        self.protocols = without_bridge(self.protocols)

    def _wake(self) -> None:
        link = self._link
        if link is not None:
            link.wake()
