"""Takes PUBLISH packets apart, many in one go: from bytes to messages (MQTT 5.0 and 3.1.1, section 3.3)."""

from __future__ import annotations

import struct
from typing import Final

from paho.mqtt.exception import MQTTException
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties as PahoProperties

from core.message import Message, Properties
from mqtt.properties import from_paho, subscription_ids

MAX_KNOWN: Final = 10_000
"""How many topics, and how many sets of properties, are remembered in their decoded form."""
LONGEST_KNOWN: Final = 1_000
"""Bytes of a topic that is remembered."""
NO_IDS: Final[tuple[int, ...]] = ()
Decoded = tuple[Properties | None, tuple[int, ...]]


class PublishBatch:
    """What one block of bytes brought, in the order of arrival: parallel lists, with at least one message."""

    __slots__ = ("duplicates", "messages", "packet_ids", "subscription_ids")

    def __init__(self) -> None:
        self.messages: list[Message] = []
        """With the retain flag as it came, LIVE or LIVE_RETAINED, and the time of reading."""
        self.packet_ids: list[int] = []
        """Of QoS 1, which is not acknowledged yet; 0 for the others: QoS 2 is acknowledged already."""
        self.duplicates: list[int] = []
        """The places of messages with the DUP flag, ascending."""
        self.subscription_ids: list[tuple[int, ...]] = []
        """For which subscriptions each message was sent, where the broker says so."""


class PublishParser:
    """For one connection. Remembers how topics and properties are decoded."""

    def __init__(self, *, with_properties: bool) -> None:
        self._with_properties = with_properties
        self._topics: dict[bytes, str] = {}
        """By the bytes in the packet, the length included."""
        self._properties: dict[bytes, Decoded] = {}

    def take(self, data: bytes, at: int, at_ns: int, batch: PublishBatch) -> int:  # noqa: C901  see below
        """Appends the messages from place `at` to `batch`, and returns the place of the first packet that is not a
        complete and plain PUBLISH of QoS 0 or 1.

        One loop, with few calls: it runs a hundred thousand times in a second.
        """
        new, with_properties, topics, known = tuple.__new__, self._with_properties, self._topics, self._properties
        messages, packet_ids, subscriptions = batch.messages, batch.packet_ids, batch.subscription_ids
        size = len(data)
        while at + 5 < size:
            head, length, begin = data[at], data[at + 1], at + 2
            if head & 0xF4 != 0x30:  # not PUBLISH, or not of QoS 0 or 1
                break
            if length < 128:
                end = begin + length
            elif data[begin] < 128:
                end = begin + 1 + length - 128 + (data[begin] << 7)
                begin += 1
            else:
                begin, end = packet_bounds(data, at)
            if end > size or end - begin < 2:
                break
            topic_end = begin + 2 + (data[begin] << 8 | data[begin + 1])
            body = topic_end + (head & 2)  # that bit says QoS 1: then there are two bytes of packet id
            if body + with_properties > end:
                break
            properties, ids = None, NO_IDS
            if with_properties:
                body += 1 + data[body]
                if body > end:
                    break
                raw = data[topic_end + (head & 2) : body]
                if len(raw) > 1:
                    decoded = known.get(raw) or self._decode(raw)
                    if decoded is None:
                        break
                    properties, ids = decoded
            topic = topics.get(data[begin:topic_end]) or self._topic(data[begin:topic_end])
            if not topic:
                break
            if head & 8:
                batch.duplicates.append(len(messages))
            # The retain bit is LIVE_RETAINED or LIVE as it is; the constructor takes twice as long.
            message = (topic, data[body:end], (head & 2) >> 1, head & 1, at_ns, properties)
            messages.append(new(Message, message))
            packet_ids.append(data[topic_end] << 8 | data[topic_end + 1] if head & 2 else 0)
            subscriptions.append(ids)
            at = end
        return at

    def _topic(self, raw: bytes) -> str:
        """Empty if there is none, or if it is not UTF-8."""
        try:
            topic = raw[2:].decode()
        except UnicodeDecodeError:
            return ""
        if len(raw) <= LONGEST_KNOWN:
            if len(self._topics) >= MAX_KNOWN:
                self._topics.clear()
            self._topics[raw] = topic
        return topic

    def _decode(self, raw: bytes) -> Decoded | None:
        """None for what is left to paho: malformed ones, and those of 128 bytes and more."""
        if raw[0] > 127:
            return None
        properties = PahoProperties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho has no types here
        try:
            properties.unpack(raw)  # type: ignore[no-untyped-call]  # paho has no types here
        except (MQTTException, struct.error, ValueError, LookupError):
            return None
        if len(self._properties) >= MAX_KNOWN:
            self._properties.clear()
        decoded = self._properties[raw] = from_paho(properties), subscription_ids(properties)
        return decoded


def packet_bounds(data: bytes, at: int) -> tuple[int, int]:
    """Where the body of the packet at this place begins and ends; 0 and 0 if its length is invalid.

    The end may be behind the data: by one byte, while the length itself is not complete.
    """
    length = 0
    for index in range(4):
        place = at + 1 + index
        if place >= len(data):
            return place, len(data) + 1
        length |= (data[place] & 127) << 7 * index
        if data[place] < 128:
            return place + 1, place + 1 + length
    return (0, 0) if at + 5 < len(data) else (at + 5, len(data) + 1)
