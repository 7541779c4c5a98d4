"""Which of the messages that the broker sends again have been stored already."""

from __future__ import annotations

from typing import Final, Protocol

from core.message import Message
from core.ports import Arrival
from store.deliveries import Delivered

Content = tuple[str, bytes, int]
"""Topic, payload, QoS."""
TRIES: Final = 10
"""So many contents of one arrival are looked for in the session at most: 10 ms each."""


class Stored(Protocol):
    """What the session knows about its last messages."""

    def delivered(self) -> Delivered:
        """What was stored under each packet identifier."""

    def content(self, message_id: int) -> Content | None:
        """Topic, payload and QoS of a stored message."""

    def equal(self, content: Content, after_id: int) -> int:
        """How many messages after this one have this content; two at most."""


class Redeliveries:
    """Recognises a message by its packet identifier, never by its content alone: heartbeats are all the same.

    A broker sends again what it holds as unacknowledged, with the identifiers of the first time and in the order of
    the first time (MQTT 5.0, sections 4.4 and 4.6). So it has been stored if the message stored last under its
    identifier has its content and lies behind the one recognised before on this connection; if not, it was lost on
    its way, and the identifier had been used for an equal message before.

    Where that was so long ago that the broker may have given out the identifier again, equal content alone says too
    little, but for one message that has no equal: then so much is on its way, and what follows it is recognised, too.
    """

    def __init__(self, broker_session: int | None = None) -> None:
        """`broker_session`: the one that the stored identifiers belong to; None if there are none yet."""
        self._broker_session = broker_session
        self._place = 0
        """The id of the message recognised last on this connection; 0: none."""
        self._seen: set[int] = set()
        """The identifiers that came again on this connection."""
        self._delivered: Delivered | None = None
        self._long = False
        """Whether on this connection comes again what was stored long ago."""

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
        self._long = False

    def others_came(self) -> None:
        """Messages that had not been sent before: what is stored has changed."""
        self._delivered = None

    def new_places(self, arrival: Arrival, stored: Stored) -> list[int]:
        """The places in `arrival` of what has not been stored yet. All that came before has been written by now."""
        again = frozenset(arrival.redelivered)
        identifiers = {arrival.packet_ids[place] for place in again} - {0}
        if not self._seen.isdisjoint(identifiers):  # a connection was cut before it was announced: this is the next one
            self.connection_lost()
        self._seen |= identifiers
        if self._delivered is None:
            self._delivered = stored.delivered()
        self._long = self._long or self._is_long(arrival, self._delivered, stored)
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
        for found in self._delivered.messages.get(packet_id, ()):
            if found <= self._place or (found <= self._delivered.long_ago and not self._long):
                return False
            if stored.content(found) == _content(message):
                self._place = found
                return True
        return False

    def _is_long(self, arrival: Arrival, delivered: Delivered, stored: Stored) -> bool:
        """Whether a message in it was stored long ago for certain: it has no equal in all the turns of identifiers."""
        tried: set[Content] = set()
        for place in arrival.redelivered:
            content = _content(arrival.messages[place])
            for found in delivered.messages.get(arrival.packet_ids[place], ()):
                if found > delivered.long_ago or content in tried or stored.content(found) != content:
                    continue
                if stored.equal(content, min(ids[-1] for ids in delivered.messages.values()) - 1) == 1:
                    return True
                tried.add(content)
                if len(tried) == TRIES:
                    return False
        return False


def _content(message: Message) -> Content:
    return message.topic, message.payload, message.qos
