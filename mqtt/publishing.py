"""What may be published, and where."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import PublishRefused, UsageError
from core.message import Message
from core.topics import why_invalid_topic


def check_allowed(label: str, *, may_publish: bool) -> None:
    """Raises PublishRefused if nothing may be published there."""
    if not may_publish:
        raise PublishRefused(
            f"Nothing is published to {label}: it is not marked for publishing. Choose another environment,"
            " or allow publishing for this one explicitly."
        )


def check_messages(messages: Sequence[Message]) -> None:
    """Raises UsageError for the first invalid topic, or else for the first invalid QoS."""
    for topic in dict.fromkeys([message.topic for message in messages]):  # each once: many messages have the same one
        if reason := why_invalid_topic(topic):
            raise UsageError(f"A message cannot be published: {reason}.")
    for message in messages:
        if message.qos not in (0, 1, 2):
            raise UsageError(f"A message on '{message.topic}' has QoS {message.qos}: use 0, 1 or 2.")
