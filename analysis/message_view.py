"""One stored message made readable, at any size."""

from __future__ import annotations

from dataclasses import dataclass

from core.message import Message
from core.payload import PayloadKind


@dataclass(frozen=True)
class MessageView:
    """A payload to look at."""

    kind: PayloadKind
    size: int
    """Payload bytes."""
    text: str
    """Pretty-printed JSON, the text itself, or a hexadecimal dump; empty for an empty payload. Valid Unicode."""
    value: object
    """The parsed JSON value, long strings shortened as in `text`; None unless the kind is JSON and it was small enough to parse."""
    left_out: str
    """A sentence that says what `text` does not show; empty if it shows everything."""


def message_view(message: Message) -> MessageView:
    """The readable view of a message; never raises."""
    raise NotImplementedError
