"""MQTT 5 properties of a message: from paho's form to ours and back, bit for bit."""

from __future__ import annotations

from functools import lru_cache

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties as PahoProperties

from core.message import Properties

_OF_THE_PACKET = len(vars(PahoProperties(PacketTypes.PUBLISH)))  # type: ignore[no-untyped-call]  # paho has no types here
"""How many attributes an empty set of properties has: paho keeps its tables in each instance."""


def from_paho(properties: PahoProperties | None) -> Properties | None:
    """The message's properties, or None if it has none."""
    if properties is None or len(vars(properties)) == _OF_THE_PACKET:
        return None
    found = vars(properties)
    ours = Properties(
        payload_format_indicator=found.get("PayloadFormatIndicator"),
        message_expiry_interval=found.get("MessageExpiryInterval"),
        content_type=found.get("ContentType"),
        response_topic=found.get("ResponseTopic"),
        correlation_data=found.get("CorrelationData"),
        user_properties=tuple((key, value) for key, value in found.get("UserProperty", ())),
    )
    return None if ours == Properties() else ours


def subscription_ids(properties: PahoProperties | None) -> tuple[int, ...]:
    """The identifiers of the subscriptions that this copy of a message was sent for; empty if there are none."""
    if properties is None:
        return ()
    return tuple(vars(properties).get("SubscriptionIdentifier", ()))


def to_paho(properties: Properties | None) -> PahoProperties | None:
    """The PUBLISH properties for a message, or None if it has none. Not to be changed: messages share them."""
    return None if properties is None else _to_paho(properties)


class _PackedOnce(PahoProperties):
    """Properties that do not change: packing them takes paho 50 microseconds, each time."""

    def pack(self) -> bytes:
        packed: bytes | None = vars(self).get("_packed")
        if packed is None:
            packed = super().pack()  # type: ignore[no-untyped-call]  # paho has no types here
            assert packed is not None
            object.__setattr__(self, "_packed", packed)  # paho refuses names that are no property
        return packed


@lru_cache(maxsize=64)  # the messages of one replay mostly have the same ones: the replay's id
def _to_paho(properties: Properties) -> PahoProperties:
    theirs = _PackedOnce(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho has no types here
    for name, value in (
        ("PayloadFormatIndicator", properties.payload_format_indicator),
        ("MessageExpiryInterval", properties.message_expiry_interval),
        ("ContentType", properties.content_type),
        ("ResponseTopic", properties.response_topic),
        ("CorrelationData", properties.correlation_data),
    ):
        if value is not None:
            setattr(theirs, name, value)
    for pair in properties.user_properties:
        theirs.UserProperty = pair  # paho appends
    return theirs
