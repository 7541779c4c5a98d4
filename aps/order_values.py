"""What is known about an order of the factory after its messages have been read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from aps.modules import name_of
from core.message import NS_PER_SECOND


class OrderState(StrEnum):
    """How an order ended."""

    FINISHED = "FINISHED"
    ERROR = "ERROR"
    """It failed: so far always at the quality check."""
    CANCELLED = "CANCELLED"
    OPEN = "OPEN"
    """The session does not say how it ended: it goes on, or its end was not recorded."""


class StepKind(StrEnum):
    """As the central control names them."""

    NAVIGATION = "NAVIGATION"
    MANUFACTURE = "MANUFACTURE"


FAILED_STATES: Final = ("ERROR", "FAILED")
CHECK_QUALITY: Final = "CHECK_QUALITY"
SOME_VEHICLE: Final = "AGV"
"""The lane of a transport of which no message says who drove."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A message that shows something."""

    id: int
    """Of the message in its session."""
    at_ns: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """The messages behind a step, found by its id."""

    serial: str = ""
    """Of the module or the vehicle that got the command."""
    command: Proof | None = None
    """The command, as the central control sent it."""
    running: Proof | None = None
    """The first state that says that it is being carried out."""
    done: Proof | None = None
    """The first state that says that it is FINISHED; the first that says FAILED if none does."""
    done_state: str = ""
    result: str = ""
    """PASSED, FAILED, or the workpiece that the store handed out."""
    picture: Proof | None = None
    """The camera's picture of a quality check."""

    @property
    def complete(self) -> bool:
        """Whether both the command and its end were recorded."""
        return self.command is not None and self.done is not None

    @property
    def first(self) -> Proof | None:
        """The earliest of the messages."""
        found = [one for one in (self.command, self.running, self.done) if one is not None]
        return min(found, key=lambda one: one.id, default=None)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an order: a transport, or a command to a module. All times are by the recorder's clock."""

    index: int
    id: str
    kind: StepKind
    module: str
    """HBW, DRILL, ...; empty for a transport."""
    command: str
    """PICK, DROP, DRILL, ...; empty for a transport."""
    source: str
    """Of a transport: START or a module; empty for a command."""
    target: str
    state: str
    """ENQUEUED, IN_PROGRESS, FINISHED, ERROR or CANCELLED, as the central control says it."""
    started_ns: int | None
    """None if it did not begin."""
    ended_ns: int | None
    waited_ns: int
    """From the end of the step before, or from the order's acceptance, to its start; 0 if it did not begin."""
    evidence: Evidence = Evidence()

    @property
    def name(self) -> str:
        """`HBW>DRILL` or `DRILL.PICK`."""
        if self.kind is StepKind.NAVIGATION:
            return f"{self.source}>{self.target}"
        return f"{self.module}.{self.command}"

    @property
    def place(self) -> str:
        """Where it was done: the module, or the vehicle that drove."""
        if self.kind is StepKind.MANUFACTURE:
            return self.module
        return name_of(self.evidence.serial) if self.evidence.serial else SOME_VEHICLE

    @property
    def duration_s(self) -> float | None:
        """Seconds; None unless it began and ended."""
        if self.started_ns is None or self.ended_ns is None:
            return None
        return (self.ended_ns - self.started_ns) / NS_PER_SECOND

    @property
    def waited_s(self) -> float:
        """Seconds."""
        return self.waited_ns / NS_PER_SECOND

    @property
    def failed(self) -> bool:
        """By the central control, or by the module itself."""
        rejected = self.command == CHECK_QUALITY and self.evidence.result == "FAILED"
        return self.state in FAILED_STATES or self.evidence.done_state in FAILED_STATES or rejected


@dataclass(frozen=True, slots=True)
class GoodsIn:
    """What happened to a workpiece before its storage order: it was put in, its colour and its tag were read."""

    workpiece_id: str
    started: Proof
    """The light barrier's message, or the first one that was recorded."""
    colour_read: Proof | None
    tag_read: Proof


@dataclass(frozen=True, slots=True)
class Ride:
    """A workpiece on a vehicle, from the station that loaded it to the one that unloaded it."""

    vehicle: str
    """Serial number."""
    loaded: Proof
    unloaded: Proof | None
    moves: tuple[tuple[str, str], ...]
    """Each drive with it aboard: the order it was driven for, which may be another one, and where to (a serial)."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order, from its request to its end. All times are by the recorder's clock."""

    id: str
    type: str
    """STORAGE or PRODUCTION."""
    colour: str
    """WHITE, RED or BLUE."""
    state: OrderState
    workpiece_id: str
    """Empty as long as nothing says which it is."""
    requested_ns: int | None
    """When the request was recorded, else when the central control received it."""
    received_ns: int | None
    started_ns: int | None
    ended_ns: int | None
    """None for an open order."""
    steps: tuple[Step, ...]
    first: Proof
    """The first message that the order is in."""
    last: Proof
    """The message with its last version."""
    request: Proof | None = None
    note: str = ""
    """A sentence about what is unusual; empty if nothing is."""
    goods_in: GoodsIn | None = None
    storage_order_id: str = ""
    """Of a production order: the order that had put its workpiece into the store, if the session has it."""
    rides: tuple[Ride, ...] = ()

    @property
    def name(self) -> str:
        """For lanes, legends and lists: `PRODUCTION RED 749a6632`."""
        return " ".join(part for part in (self.type, self.colour, self.id[:8]) if part)

    @property
    def failed_step(self) -> Step | None:
        """The first step that failed."""
        return next((step for step in self.steps if step.failed), None)

    @property
    def begin_ns(self) -> int:
        """The first moment that is known of it, without goods in."""
        known = (self.requested_ns, self.received_ns, self.started_ns)
        return min((at for at in known if at is not None), default=self.first.at_ns)

    @property
    def waited_s(self) -> float:
        """Seconds between its steps, and before the first."""
        return sum(step.waited_s for step in self.steps)

    @property
    def worked_s(self) -> float:
        """Seconds in steps that have ended."""
        return sum(step.duration_s or 0.0 for step in self.steps)


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A request that no order followed in the session: refused, or the answer was not recorded."""

    request: Proof
    type: str
    colour: str
    workpiece_id: str
    refused: bool
    """Whether the central control gave the workpiece back at once (`cancelStorageOrder`)."""


@dataclass(frozen=True, slots=True)
class OrderTrace:
    """All orders of a session, in the order in which they were requested."""

    orders: tuple[Order, ...]
    unanswered: tuple[Unanswered, ...]
    origin_ns: int
    """The session's start."""
    end_ns: int
    """The session's last message."""

    def end_of(self, order: Order) -> int:
        """When it ended; an open order goes on to the end of the session."""
        return order.ended_ns if order.ended_ns is not None else max(self.end_ns, order.begin_ns)

    def duration_s(self, order: Order) -> float:
        """Seconds from its request to its end, or to the end of the session."""
        return (self.end_of(order) - order.begin_ns) / NS_PER_SECOND

    def within(self, start_ns: int | None, end_ns: int | None) -> Iterator[Order]:
        """The orders that touch [start_ns, end_ns); None is open."""
        for order in self.orders:
            if (end_ns is None or order.begin_ns < end_ns) and (start_ns is None or self.end_of(order) >= start_ns):
                yield order
