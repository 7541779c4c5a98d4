"""What a recording notes about its connection: gaps, what the broker refuses, and who it is at the broker."""

from __future__ import annotations

from collections.abc import Sequence

from core.ports import ConnectionState, ConnectionStatus
from recorder.description import (
    BRIDGE_MODE,
    CLIENT_ID,
    HELD,
    OLDER_PROTOCOL,
    PROTOCOL,
    why_lowered,
    why_refused,
)
from recorder.gaps import BACK, GapTracker, back
from recorder.ledger import LossLedger
from recorder.machine import WAITING
from recorder.scribe import Note
from recorder.status import RecordingRequest
from store.events import Event, EventKind
from store.metadata import SessionMetadata


class ConnectionWatch:
    """Turns the states of a connection into notes for the session. Not thread-safe."""

    def __init__(
        self,
        request: RecordingRequest,
        gaps: GapTracker,
        ledger: LossLedger,
        session: int | None,
        *,
        doubtful: bool = False,
    ) -> None:
        """`session`: the broker's session state that this recording begins with; None: it begins with a new one.

        `doubtful`: where it is there, nobody knows since when.
        """
        self._filters = tuple(request.filters)
        self._holds = request.qos > 0
        """Whether the broker keeps anything for this recording while the connection is missing."""
        self._session = session
        self._doubtful = doubtful
        self.gaps = gaps
        self._ledger = ledger
        self.refused: tuple[str, ...] = ()
        """Of the filters, those that the broker did not grant when it was there last."""
        self._lowered: tuple[str, ...] = ()
        self._lacks = ""
        """What was said about what the broker's protocol does not carry."""

    @property
    def problem(self) -> str:
        """What the broker refuses, or grants in part only, as sentences; empty if nothing."""
        return " ".join(filter(None, (why_refused(self.refused), why_lowered(self._lowered))))

    def changed(self, at_ns: int, connection: ConnectionStatus, metadata: SessionMetadata) -> list[Note]:
        """What is to be noted now that the connection is like this."""
        if connection.state is not ConnectionState.CONNECTED:
            return [Note(self.gaps.lost(at_ns, connection.reason), connection_lost=True)]
        before, self._session = self._session, connection.broker_session
        notes = [] if before == self._session else [Note(broker_session=self._session)]
        kept = self._holds and before == connection.broker_session
        doubtful = kept and (connection.doubtful or self._doubtful)
        self._doubtful = False
        notes += self._regained(at_ns, kept=kept, doubtful=doubtful, waits=metadata.status in WAITING)
        notes += self._protocol(at_ns, connection, metadata)
        refused, self.refused = self.refused, self._mine(connection.refused)
        lowered, self._lowered = self._lowered, self._mine(connection.lowered)
        notes += _news(at_ns, why_refused([one for one in self.refused if one not in refused]))
        notes += _news(at_ns, why_lowered([one for one in self._lowered if one not in lowered]))
        return notes

    def ended(self, at_ns: int) -> Event | None:
        """The recording has ended; the event that ends a gap with it, if there is one."""
        last = self.gaps.regained(at_ns, "The recording ended during the gap.")
        if last is not None:
            self._ledger.gap(last)
        return last

    def _regained(self, at_ns: int, *, kept: bool, doubtful: bool, waits: bool) -> list[Note]:
        """`waits`: whether the recording has not begun, so that nothing is missing in it."""
        text = BACK if waits else back(kept=kept, doubtful=doubtful)
        event = self.gaps.regained(at_ns, text, kept=kept, doubtful=doubtful)
        if event is None:
            return []
        if not waits:
            self._ledger.gap(event)
        return [Note(event)]

    def _mine(self, filters: Sequence[str]) -> tuple[str, ...]:
        return tuple(one for one in self._filters if one in filters)

    def _protocol(self, at_ns: int, connection: ConnectionStatus, metadata: SessionMetadata) -> list[Note]:
        """Says once that something is missing, and keeps the version of MQTT with the session."""
        lacks = _lacks(connection)
        older = lacks not in ("", self._lacks) and self._lacks != OLDER_PROTOCOL
        if not connection.protocol or not (older or PROTOCOL not in metadata.extra):
            return []
        self._lacks = lacks or self._lacks
        changed = with_extra(metadata, {PROTOCOL: connection.protocol})
        return [Note(Event(at_ns, EventKind.WARNING, lacks) if older else None, changed)]


def shortcomings(connection: ConnectionStatus, filters: Sequence[str]) -> list[str]:
    """What these filters lack on this connection, as sentences."""
    refused = [one for one in filters if one in connection.refused]
    lowered = [one for one in filters if one in connection.lowered]
    return [text for text in (_lacks(connection), why_refused(refused), why_lowered(lowered)) if text]


def identified(connection: ConnectionStatus, metadata: SessionMetadata) -> SessionMetadata | None:
    """The metadata with what is needed to take up the broker's session state again; None if it is in them already."""
    if not connection.client_id:
        return None
    now: dict[str, object] = {CLIENT_ID: connection.client_id, HELD: list(connection.held)}
    if all(metadata.extra.get(key) == value for key, value in now.items()):
        return None
    return with_extra(metadata, now)


def with_extra(metadata: SessionMetadata, values: dict[str, object]) -> SessionMetadata:
    """The metadata with `values` among what has no field of its own."""
    return metadata.with_changes(extra={**metadata.extra, **values})


def _lacks(connection: ConnectionStatus) -> str:
    """What the protocol does not carry, as a sentence; empty if nothing."""
    if not connection.carries_retain_flags:
        return OLDER_PROTOCOL
    return "" if connection.carries_properties else BRIDGE_MODE


def _news(at_ns: int, text: str) -> list[Note]:
    return [Note(Event(at_ns, EventKind.WARNING, text))] if text else []
