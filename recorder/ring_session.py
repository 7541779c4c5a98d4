"""What a session that is made of the ring says about itself: what it is, on what terms it came, what may be missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

from core.ports import ConnectionStatus
from recorder.connection_watch import shortcomings
from recorder.description import PROTOCOL
from recorder.ledger import LossLedger
from recorder.ring_status import RingRequest
from store.events import Event, EventKind
from store.metadata import SessionMetadata, Status, new_metadata


@dataclass(frozen=True, slots=True)
class Window:
    """A session to be made."""

    at_ns: int
    start_ns: int
    end_ns: int
    reason: str
    name: str
    by_hand: bool = False
    """Somebody has asked for it; else a rule."""


def describe(
    window: Window, request: RingRequest, connection: ConnectionStatus, environment: str, start_ns: int, end_ns: int
) -> SessionMetadata:
    """The metadata of what is held of a window, from `start_ns` (inclusive) to `end_ns` (exclusive)."""
    return new_metadata(
        name=window.name,
        started_ns=start_ns,
        ended_ns=end_ns,
        ended_reason="Saved from the ring.",
        status=Status.COMPLETED,
        broker=connection.url,
        environment=environment,
        filters=request.filters,
        exclude=request.exclude,
        qos=request.qos,
        note=window.reason,
        recorder_version=version("mqtt-session-manager"),
        extra={PROTOCOL: connection.protocol} if connection.protocol else {},
    )


def warnings(connection: ConnectionStatus, filters: Sequence[str], at_ns: int) -> list[Event]:
    """What a recording over this connection would say about it."""
    return [Event(at_ns, EventKind.WARNING, text) for text in shortcomings(connection, filters)]


def with_losses(metadata: SessionMetadata, events: Sequence[Event]) -> SessionMetadata:
    """The metadata with what the gaps among these events may have cost."""
    ledger = LossLedger()
    for event in events:
        if event.kind is EventKind.GAP_END:
            ledger.gap(event)
    return ledger.noted(metadata, 0) or metadata
