"""Which of the messages that the broker sends again have been stored already."""

from __future__ import annotations

from typing import Protocol

from core.message import Message
from core.ports import Arrival


class Stored(Protocol):
    """What the session knows about its last messages."""

    def delivered(self) -> dict[int, int]:
        """Packet identifier -> the id of the message that was stored last under it."""

    def content(self, message_id: int) -> tuple[str, bytes, int] | None:
        """Topic, payload and QoS of a stored message."""


class Redeliveries:
    """Recognises a message by its packet identifier, never by its content alone: heartbeats are all the same.

    A broker sends again what it holds as unacknowledged, with the identifiers of the first time and in the order of
    the first time (MQTT 5.0, sections 4.4 and 4.6). So it has been stored if the message stored last under its
    identifier has its content and lies behind the one recognised before on this connection; if not, it was lost on
    its way, and the identifier had been used for an equal message before.
    """

    def __init__(self, broker_session: int | None = None) -> None:
        """`broker_session`: the one that the stored identifiers belong to; None if there are none yet."""
        self._broker_session = broker_session
        self._place = 0
        """The id of the message recognised last on this connection; 0: none."""
        self._seen: set[int] = set()
        """The identifiers that came again on this connection."""
        self._delivered: dict[int, int] | None = None

    def is_new_session(self, broker_session: int) -> bool:
        """Whether the broker has begun anew, so that the stored identifiers mean nothing; True once for each time."""
        before, self._broker_session = self._broker_session, broker_session
        if before is None or before == broker_session:
            return False
        self.connection_lost()
        return True

    def connection_lost(self) -> None:
        """On the next connection the broker begins with its oldest message again."""
        self._place = 0
        self._seen.clear()
        self._delivered = None

    def others_came(self) -> None:
        """Messages that had not been sent before: what is stored has changed."""
        self._delivered = None

    def new_places(self, arrival: Arrival, stored: Stored) -> list[int]:
        """The places in `arrival` of what has not been stored yet. All that came before has been written by now."""
        again = frozenset(arrival.redelivered)
        if self._delivered is None:
            self._delivered = stored.delivered()
        places = [
            place
            for place, (message, packet_id) in enumerate(zip(arrival.messages, arrival.packet_ids, strict=True))
            if place not in again or not self._is_stored(message, packet_id, stored)
        ]
        if len(again) < len(arrival.messages):
            self.others_came()
        return places

    def _is_stored(self, message: Message, packet_id: int, stored: Stored) -> bool:
        if packet_id == 0 or self._delivered is None:
            return False
        if packet_id in self._seen:  # a connection was cut before it was announced: this is the one after it
            self.connection_lost()
            self._delivered = stored.delivered()
        self._seen.add(packet_id)
        found = self._delivered.get(packet_id, 0)
        if found <= self._place or stored.content(found) != (message.topic, message.payload, message.qos):
            return False
        self._place = found
        return True
