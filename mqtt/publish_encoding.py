"""Puts PUBLISH packets together, many in one go: from messages to bytes (MQTT 5.0 and 3.1.1, section 3.3)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

from paho.mqtt.exception import MQTTException

from core.message import LIVE, Message, Properties
from mqtt.properties import to_paho

PUBLISH: Final = 0x30
MAX_LENGTH: Final = 268_435_455
"""The longest rest of a packet (MQTT 5.0, section 1.5.5)."""
MAX_HEAD: Final = 5
"""Bytes before the rest of a packet at most: its type, and the length of the rest."""
MAX_KNOWN: Final = 10_000
"""How many topics are remembered in their encoded form."""
NONE: Final = b"\0"
"""No properties."""


class Unsendable(ValueError):
    """A message that the protocol cannot carry, or that the broker does not take."""

    def __init__(self, place: int, reason: str) -> None:
        super().__init__(reason)
        self.place = place
        """Among the messages that were to be encoded; those before it can be sent."""


class PublishEncoder:
    """For one connection. Remembers how topics and properties are encoded."""

    def __init__(self, *, with_properties: bool) -> None:
        self.largest = MAX_HEAD + MAX_LENGTH
        """Bytes of the largest packet that the broker takes."""
        self._with_properties = with_properties
        self._topics: dict[str, bytes] = {}
        self._properties: tuple[Properties | None, bytes] = (None, NONE)

    def packets(self, messages: Sequence[Message], packet_id: int) -> list[bytes]:
        """One PUBLISH for each message, of QoS 0 or 1; those of QoS 1 get identifiers in a row from `packet_id` on.

        Raises Unsendable. One loop, with few calls: it runs a hundred thousand times in a second.
        """
        topics, with_properties, found = self._topics, self._with_properties, list[bytes]()
        known, packed = self._properties
        certain = self.largest - MAX_HEAD  # a body that is no longer fits, whatever is before it
        for message in messages:
            topic, payload, qos, retain, _, properties = message
            body = topics.get(topic) or self._topic(topic, len(found))
            if qos:
                body += packet_id.to_bytes(2, "big")
                packet_id += 1
            if with_properties:
                if properties is not known:  # those of one replay mostly are the very same
                    known, packed = self._properties = properties, self._packed(properties, len(found))
                body += packed
            head = PUBLISH | qos << 1 | (retain != LIVE)
            length = len(body) + len(payload)
            if length < 128:
                found.append(bytes((head, length)) + body + payload)
            elif length < 16_384:
                found.append(bytes((head, length & 127 | 128, length >> 7)) + body + payload)
            else:
                found.append(b"".join((bytes([head]), _length(length, len(found)), body, payload)))
            if length > certain and len(found[-1]) > self.largest:
                raise Unsendable(len(found) - 1, f"the broker takes packets of {self.largest} bytes at most")
        return found

    def _topic(self, topic: str, place: int) -> bytes:
        encoded = topic.encode()
        if len(encoded) > 65_535:
            raise Unsendable(place, "its topic is too long")
        if len(self._topics) >= MAX_KNOWN:
            self._topics.clear()
        self._topics[topic] = known = struct.pack("!H", len(encoded)) + encoded
        return known

    def _packed(self, properties: Properties | None, place: int) -> bytes:
        try:
            theirs = to_paho(properties)
            packed: bytes = NONE if theirs is None else theirs.pack()  # type: ignore[no-untyped-call]  # paho has no types
        except (MQTTException, struct.error, ValueError) as problem:
            raise Unsendable(place, str(problem)) from None
        return packed


def _length(value: int, place: int) -> bytes:
    """The remaining length, 7 bits a byte (MQTT 5.0, section 1.5.5)."""
    if value > MAX_LENGTH:
        raise Unsendable(place, f"a packet has {MAX_LENGTH:,} bytes at most")
    found = bytearray()
    while True:
        value, low = divmod(value, 128)
        found.append(low | (0x80 if value else 0))
        if not value:
            return bytes(found)
