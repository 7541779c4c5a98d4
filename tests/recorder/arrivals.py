"""Builders of what a keeper is handed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.message import LIVE, Message
from core.ports import Arrival


def batch(size: int, payload: bytes = b"") -> tuple[Message, ...]:
    return tuple(Message("a", payload, 1, LIVE, number) for number in range(size))


def _nothing() -> None:
    """Nobody wants to know."""


def arrival(
    messages: Sequence[Message],
    packet_ids: Sequence[int] = (),
    redelivered: Sequence[int] = (),
    *,
    broker_session: int = 1,
    settle: Callable[[], None] = _nothing,
) -> Arrival:
    """Without `packet_ids`: messages that need no acknowledgement."""
    return Arrival(messages, packet_ids or [0] * len(messages), redelivered, broker_session, settle)
