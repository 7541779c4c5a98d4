"""Messages as they come from the broker: many at a time."""

from __future__ import annotations

from core.message import Message


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
