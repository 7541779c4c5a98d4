"""From the message as recorded to the message as replayed."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from core.message import LIVE, LIVE_RETAINED, Message, Properties
from core.topics import why_invalid_topic

RUN_PROPERTY: Final = "session-replay"
"""The MQTT 5 user property by which a replayed message can be told from a live one; its value is the run's id."""


class ReplayTransform:
    """Sets QoS and retain flag, adds the run's id, and sorts out what no broker would take."""

    def __init__(self, run_id: str, qos: int | None = None, retain: bool = True) -> None:
        self._qos = qos
        self._retain = retain
        self._tag = (RUN_PROPERTY, run_id)
        self._only_tag = Properties(user_properties=(self._tag,))
        self._publishable: dict[str, bool] = {}

    def __call__(self, message: Message) -> Message | None:
        """The message to publish; None if its topic cannot be published to (an imported file may hold anything)."""
        if not self._can_publish(message.topic):
            return None
        return message._replace(
            qos=message.qos if self._qos is None else self._qos,
            # A message from the broker's store was published with the flag once: that is how it got there.
            retain=LIVE_RETAINED if self._retain and message.retained else LIVE,
            properties=self._tagged(message.properties),
        )

    def _tagged(self, properties: Properties | None) -> Properties:
        if properties is None:
            return self._only_tag
        others = tuple(pair for pair in properties.user_properties if pair[0] != RUN_PROPERTY)
        return replace(properties, user_properties=(*others, self._tag))

    def _can_publish(self, topic: str) -> bool:
        known = self._publishable.get(topic)
        if known is None:
            known = self._publishable[topic] = why_invalid_topic(topic) is None
        return known
