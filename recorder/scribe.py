"""From what was taken from the queue to transactions: stored, logged, and only then settled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.message import Message
from core.ports import Arrival
from recorder.policy import Intake, RecordedTime
from recorder.redeliveries import Redeliveries
from store.events import Event
from store.metadata import SessionMetadata
from store.writing import Writer


@dataclass(frozen=True, slots=True)
class Note:
    """What is written between messages, or has to be known between them."""

    event: Event | None = None
    metadata: SessionMetadata | None = None
    """The session's metadata from now on; None: unchanged."""
    connection_lost: bool = False
    """What follows comes from another connection."""
    broker_session: int = 0
    """The broker's session state that what follows belongs to, see `core.ports.Arrival`; 0: as before."""


class Scribe:
    """Writes into one session. One thread uses it; raises what Writer raises.

    Everything taken is settled in the end, also what is not kept, and what could not be written: the broker would
    send nothing more otherwise, neither to this recording nor to anybody else on its connection.
    """

    def __init__(
        self,
        writer: Writer,
        intake: Intake,
        recorded_time: Callable[[], RecordedTime],
        redeliveries: Redeliveries,
    ) -> None:
        self._writer = writer
        self._intake = intake
        self._recorded_time = recorded_time
        self._redeliveries = redeliveries
        self._messages: list[Message] = []
        self._packet_ids: list[int] = []
        self._arrivals: list[Arrival] = []
        """What is settled with the present transaction."""

    def write(self, items: Sequence[Arrival | Note]) -> None:
        """Writes in this order, in as few transactions as possible."""
        try:
            for item in items:
                if isinstance(item, Arrival):
                    self._take(item)
                else:
                    self._note(item)
            self._flush()
        except BaseException:
            for item in items:
                if isinstance(item, Arrival):
                    item.settle()
            raise

    def write_first(self, messages: Sequence[Message]) -> None:
        """The stored messages of the broker, which belong before all others."""
        self._messages.extend(messages)
        self._packet_ids.extend([0] * len(messages))
        self._flush()

    def _take(self, arrival: Arrival) -> None:
        self._belongs_to(arrival.broker_session)
        messages, packet_ids = arrival.messages, arrival.packet_ids
        if arrival.redelivered:
            self._flush()  # the first copy may be among what waits here
            places = self._redeliveries.new_places(arrival, self._writer)
            messages = [messages[place] for place in places]
            packet_ids = [packet_ids[place] for place in places]
        else:
            self._redeliveries.others_came()
        self._messages.extend(messages)
        self._packet_ids.extend(packet_ids)
        self._arrivals.append(arrival)

    def _belongs_to(self, broker_session: int) -> None:
        """Forgets packet identifiers that mean nothing any more; on disk, too, before anything else can happen."""
        if self._redeliveries.is_new_session(broker_session):
            self._flush()
            self._writer.forget_deliveries()

    def _note(self, note: Note) -> None:
        self._flush()
        if note.connection_lost:
            self._redeliveries.connection_lost()
        if note.broker_session:
            self._belongs_to(note.broker_session)
        if note.event is not None:
            self._writer.add_event(note.event)
        if note.metadata is not None:
            self._writer.set_metadata(note.metadata)

    def _flush(self) -> None:
        if self._messages:
            kept, packet_ids = self._intake.take(self._messages, self._packet_ids, self._recorded_time())
            self._writer.write(kept, packet_ids)
            self._messages, self._packet_ids = [], []
        for arrival in self._arrivals:
            arrival.settle()
        self._arrivals = []
