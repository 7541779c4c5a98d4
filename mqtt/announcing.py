"""What is told about a connection when the broker has answered, and what it is asked then: telling comes first."""

from __future__ import annotations

from core.ports import ConnectionState
from mqtt.connect import Protocol
from mqtt.connection import Connection, Terms
from mqtt.dump import Dump
from mqtt.link import Link
from mqtt.session_state import SessionState
from mqtt.subscriptions import Subscriptions


class Announcing:
    """Keeps the status of a connection in step with what is subscribed. Used by the network thread."""

    def __init__(self, connection: Connection, subscriptions: Subscriptions, state: SessionState, dump: Dump) -> None:
        self._connection = connection
        self._subscriptions = subscriptions
        self._state = state
        self._dump = dump
        self.answered = False
        """Whether the broker has answered something that is not announced yet."""

    def terms(self) -> Terms:
        """What the broker holds at this moment. From any thread."""
        state, standing = self._state, self._subscriptions.standing()
        return Terms(state.client_id, state.number, state.doubtful, standing.held, standing.refused, standing.lowered)

    def turn(self, link: Link) -> None:
        """For the end of each turn, because in the callbacks paho holds a lock. Raises BrokerError like `begin`."""
        if self.answered or self._subscriptions.due:
            self.begin(link)

    def begin(self, link: Link) -> None:
        """Announces what is new, then subscribes what is due. Raises BrokerError if that cannot be in bridge mode."""
        self._announce(link)
        self._send_due(link)

    def _announce(self, link: Link) -> None:
        """Connected begins when the broker has answered what was subscribed before, and lasts as long as the link.

        What is going to be subscribed is told before it is sent.
        """
        self.answered = False
        status, terms = self._connection.status(), self.terms()
        if status.state is ConnectionState.CONNECTED or self._subscriptions.is_settled():
            self._connection.change(
                ConnectionState.CONNECTED,
                protocol=link.protocol,
                terms=terms,
                stores_retained=link.stores_retained,
            )
            self._state.told()
        elif not set(terms.held) <= set(status.held):
            self._connection.update(terms._replace(refused=(), lowered=()))

    def _send_due(self, link: Link) -> None:
        """In bridge mode what the broker is going to send from its store must be known before."""
        asked = self._subscriptions.asked() if link.protocol is Protocol.BRIDGE else ()
        if not asked or self._dump.is_known(asked):
            self._subscriptions.send_due()
