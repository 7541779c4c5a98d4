"""What is said to a broker over a connection: subscriptions, messages, acknowledgements. From any thread."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, Final

from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.exception import MQTTException
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties as PahoProperties
from paho.mqtt.subscribeoptions import SubscribeOptions

from core.message import Message
from mqtt.connect import Protocol
from mqtt.publish_encoding import Unsendable
from mqtt.writing import Handed

NO_DUMP: Final = SubscribeOptions.RETAIN_DO_NOT_SEND
DUMP: Final = SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE


class Speaking:
    """The half of a link that speaks; `mqtt.link` has the connection's life."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self.window = 100
        """How many messages may be unconfirmed at the broker: its receive maximum, which 3.1.1 does not tell. Mosquitto
        takes any number of QoS 1 then; AWS IoT Core, for one, takes 100."""
        self.window_exactly_once = 20
        """The same while there are some of QoS 2 among them: with its own limit of these reached, 20 unless it is set,
        Mosquitto drops messages."""
        self.hears_itself = True
        """Whether what is published here comes back where it is subscribed; MQTT 3.1.1 has no choice."""
        self.subscription_ids = False
        """Whether the broker numbers the copies of a message by subscription."""
        self._paho: Any = None

    def await_processed(self, timeout: float) -> bool:
        """See core.ports.Publisher: the broker handles what one client sends in its order."""
        try:
            return bool(self._paho.ping().result(timeout))
        except TimeoutError:
            return False

    def subscribe(self, filters: Sequence[str], qos: int, *, identifier: int = 0, dump: bool = False) -> int | None:
        """Sends SUBSCRIBE and returns its packet id, or None if the connection is gone.

        With MQTT 5: `dump` asks for the stored messages, which then are those that carry the retain flag; without it
        they are left out and live messages carry the flag as published. MQTT 3.1.1 always sends the dump.
        """
        if self.protocol is not Protocol.V5:
            return self._mid(self._paho.subscribe([(topic_filter, qos) for topic_filter in filters]))
        options = SubscribeOptions(
            qos=qos,
            noLocal=not self.hears_itself,
            retainAsPublished=not dump,
            retainHandling=DUMP if dump else NO_DUMP,
        )
        properties = None
        if identifier and self.subscription_ids:
            properties = PahoProperties(PacketTypes.SUBSCRIBE)  # type: ignore[no-untyped-call]  # paho has no types here
            properties.SubscriptionIdentifier = identifier
        wanted = [(topic_filter, options) for topic_filter in filters]
        return self._mid(self._paho.subscribe(wanted, properties=properties))

    def unsubscribe(self, filters: Sequence[str]) -> int | None:
        """Sends UNSUBSCRIBE and returns its packet id, or None if the connection is gone."""
        return self._mid(self._paho.unsubscribe(list(filters)))

    def publish_run(self, messages: Sequence[Message]) -> Handed | None:
        """Hands messages of QoS 0 and 1 to the connection, in this order; None if there is no connection.

        Raises Unsendable for what the protocol cannot carry: then nothing was sent. MQTT 3.1.1 carries no properties:
        they are left out.
        """
        handed: Handed | None = self._paho.publish_run(messages)
        return handed

    def publish_exactly_once(self, message: Message, packet_id: int = 0) -> Handed | None:
        """The same for one message of QoS 2; with a `packet_id` it is sent again under that one."""
        try:
            if len(message.payload) + len(message.topic) > self._paho.encoder.largest:
                raise ValueError(f"the broker takes packets of {self._paho.encoder.largest} bytes at most")
            handed: Handed | None = self._paho.publish_exactly_once(message, packet_id)
        except (MQTTException, struct.error, ValueError) as problem:
            raise Unsendable(0, str(problem)) from None
        return handed

    def has_unreleased(self) -> bool:
        """Whether a message of QoS 2 is on its way: it has come, but the broker has not released it yet."""
        return bool(self._paho.has_unreleased())

    def is_received(self, packet_id: int) -> bool:
        """Whether the broker has this message of QoS 2 for certain; also when the connection has ended."""
        return bool(self._paho.is_received(packet_id))

    def release(self, packet_id: int) -> None:
        """The broker may pass on a message of QoS 2 that it has had since the connection before."""
        self._paho.release(packet_id)

    def acknowledge(self, packet_ids: Sequence[int]) -> None:
        """Tells the broker that these messages of QoS 1 have come to stay, in this order; 0 stands for none.

        From any thread. When the connection is gone nothing happens: the broker sends them again, if it holds them.
        """
        known = [packet_id for packet_id in packet_ids if packet_id]
        if known:
            self._paho.acknowledge(known)

    def unreleased(self) -> int:
        """How many messages of QoS 2 have come that the broker has not released, so that they are not handed on yet."""
        return self._paho.unreleased() if self._paho is not None else 0

    def wake(self) -> None:
        """Lets the network thread come to the end of its turn soon. From any thread."""
        self._paho.wake()

    @staticmethod
    def _mid(answer: tuple[MQTTErrorCode, int | None]) -> int | None:
        code, mid = answer
        return mid if code == MQTTErrorCode.MQTT_ERR_SUCCESS else None
