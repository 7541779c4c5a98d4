"""Where a connection stands, and who is told about it."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import NamedTuple

from core.clock import Clock
from core.ports import ConnectionListener, ConnectionState, ConnectionStatus, Undo


class Terms(NamedTuple):
    """What the broker holds for a client: see core.ports.ConnectionStatus."""

    client_id: str
    broker_session: int
    doubtful: bool
    held: tuple[str, ...]
    refused: tuple[str, ...] = ()
    lowered: tuple[str, ...] = ()


def terms_of(status: ConnectionStatus) -> Terms:
    """What it says of them."""
    return Terms(status.client_id, status.broker_session, status.doubtful, status.held, status.refused, status.lowered)


log = logging.getLogger(__name__)


class Connection:
    """The status of one client's connection and its listeners. Thread-safe."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._status = ConnectionStatus(ConnectionState.CLOSED, url)
        self._listeners: tuple[ConnectionListener, ...] = ()
        self._connected_before = False

    def status(self) -> ConnectionStatus:
        """A snapshot."""
        with self._changed:
            return self._status

    def await_state(self, state: ConnectionState, timeout: float) -> bool:
        """Blocks until the connection is in `state`; False when `timeout` (seconds) is over first."""
        with self._changed:
            return self._changed.wait_for(lambda: self._status.state is state, timeout)

    def await_gone(self, before: ConnectionStatus, timeout: float) -> bool:
        """Blocks until the connection of `before` has ended; False when `timeout` (seconds) is over first."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._status.state is not before.state or self._status.reconnects != before.reconnects, timeout
            )

    def add_listener(self, listener: ConnectionListener) -> Undo:
        """Called at every change from now on, in the network thread."""
        with self._changed:
            self._listeners = (*self._listeners, listener)

        def undo() -> None:
            with self._changed:
                self._listeners = tuple(other for other in self._listeners if other is not listener)

        return undo

    def change(
        self,
        state: ConnectionState,
        *,
        protocol: str = "",
        reason: str = "",
        terms: Terms | None = None,
        stores_retained: bool | None = None,
    ) -> None:
        """Called in the network thread. Coming from DISCONNECTED, CONNECTING is no news: the reason stays.

        Without `terms` or `stores_retained` nothing has changed about them; but without a connection nothing is
        refused or lowered.
        """
        with self._changed:
            old = self._status
            if state is ConnectionState.CONNECTING and old.state is ConnectionState.DISCONNECTED and terms is None:
                return
            comes = state is ConnectionState.CONNECTED and old.state is not state
            again = comes and self._connected_before
            self._connected_before = self._connected_before or comes
            self._status = new = replace(
                old,
                state=state,
                protocol=protocol or old.protocol,
                reason=reason,
                since_ns=old.since_ns if state is old.state else self._clock.now_ns(),
                reconnects=old.reconnects + again,
                stores_retained=old.stores_retained if stores_retained is None else stores_retained,
                **({"refused": (), "lowered": ()} if terms is None else terms._asdict()),
            )
            listeners = self._listeners
            self._changed.notify_all()
        if new != old:
            for listener in listeners:
                _call(listener, new)

    def update(self, terms: Terms) -> None:
        """Called in the network thread: only this has changed."""
        status = self.status()
        self.change(status.state, reason=status.reason, terms=terms)


def _call(listener: ConnectionListener, status: ConnectionStatus) -> None:
    try:
        listener(status)
    except Exception:  # whatever it is: a listener's mistake must not end the connection
        log.exception("A listener failed on a change of the connection: this is a mistake in the program.")
