"""Which messages of a session are asked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MessageQuery:
    """Conditions that all have to hold; an empty query matches every message."""

    include: tuple[str, ...] = ()
    """Topic filters of which one must match; empty: all topics."""
    exclude: tuple[str, ...] = ()
    """Topic filters of which none may match."""
    start_ns: int | None = None
    """Inclusive, nanoseconds since the epoch, UTC."""
    end_ns: int | None = None
    """Exclusive."""
    text: str = ""
    """Must occur in the payload or in the topic, in upper or lower case."""
