"""What a session's reader hands out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from core.message import Message


class StoredMessage(NamedTuple):
    """A message and its place in the session."""

    id: int
    """Counts from 1 in the order of arrival."""
    message: Message


Search = Callable[[int, int], list[int]]
"""The ids of matching messages with first argument < id <= second argument, in the order of arrival."""


class MessagePoint(NamedTuple):
    """A message without its payload: what it takes to draw it."""

    id: int
    at_ns: int
    topic: str
    size: int
    """Payload bytes."""
    qos: int
    retain: int
    """LIVE, LIVE_RETAINED or FROM_DUMP."""


class SampleRow(NamedTuple):
    """What arrived on one topic within one second (or `bucket_s` seconds)."""

    second: int
    """Seconds since metadata.started_ns, the start of the bucket; negative if a message is older than that."""
    topic: str
    messages: int
    bytes: int


class Span(NamedTuple):
    """How many messages a query finds, and when."""

    messages: int
    first_ns: int
    """The earliest; 0 without any."""
    last_ns: int


@dataclass(frozen=True, slots=True)
class TopicSummary:
    """One topic's figures."""

    topic: str
    messages: int
    bytes: int
    first_ns: int
    last_ns: int
    min_bytes: int
    max_bytes: int


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A session's figures."""

    messages: int
    bytes: int
    """Of all payloads."""
    topics: int
    first_ns: int | None
    """The earliest message; None if there is none."""
    last_ns: int | None
    gaps: int
    """How often messages may have been missed."""
    duration_s: float
    """From the start to the end of the recording; while it runs, or for a file without an end, to the last message."""
