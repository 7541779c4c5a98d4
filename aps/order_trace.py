"""Every order of a session with its steps, from the central control's lists and from the messages behind the steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from analysis.progress import Progress, quiet, watched
from aps import order_evidence as topics
from aps.goods_in import Arrivals
from aps.order_evidence import PICTURES, EvidenceBook
from aps.order_payloads import Json, as_object, object_of, steps_of, text
from aps.order_values import (
    Order,
    OrderState,
    OrderTrace,
    Proof,
    Step,
    StepKind,
    Unanswered,
)
from aps.order_versions import TOPICS, Clock, Version, Versions, ids_of_steps, unmatched
from aps.rides import FTS_ACTIONS, Rides
from core.message import NS_PER_SECOND
from store.query import MessageQuery
from store.reading import Reader
from store.results import StoredMessage

STEP_TOPICS: Final = (
    topics.MODULE_ORDER,
    topics.MODULE_STATE,
    topics.INNER_STATE,
    topics.FTS_ORDER,
    topics.FTS_STATE,
    FTS_ACTIONS,
)
"""What is read a second time round, with the ids of all steps known."""
PICTURES_AT_MOST: Final = 10_000
CANCEL_STORAGE: Final = "cancelStorageOrder"
REFUSED_WITHIN_NS: Final = 5 * NS_PER_SECOND
"""From a refused request to the message that gives the workpiece back; measured: 10 ms."""
GRACE_NS: Final = NS_PER_SECOND
"""A request that came so shortly before the end of a session may yet be answered."""
LEFT: Final = "It left the list of active orders without a result: the message that says how it ended is missing."


def order_trace(reader: Reader, progress: Progress = quiet) -> OrderTrace:
    """All orders of a session, also of one that is still being recorded.

    Reads the topics of orders, commands and states only; memory holds the orders, never the messages. Times are the
    central control's, moved onto the recorder's clock where the two differ by a second or more: an outage of the
    recording leaves gaps in the messages but not in these. Raises what `progress` raises.
    """
    orders = MessageQuery(include=TOPICS)
    steps = MessageQuery(include=STEP_TOPICS)
    sizes = reader.count(orders), reader.count(steps)
    versions = Versions()
    for stored in watched(reader, orders, _part(progress, 0, sum(sizes))):
        versions.take(stored)
    found = _Steps(versions)
    if versions.orders:
        for stored in watched(reader, steps, _part(progress, sizes[0], sum(sizes))):
            found.take(stored)
        found.rides.end_all()
        for point in reader.points(MessageQuery(include=(PICTURES,)), PICTURES_AT_MOST):
            found.book.picture(Proof(point.id, point.at_ns))
    end_ns = reader.summary().last_ns or reader.metadata.started_ns
    return _assembled(reader, versions, found, end_ns)


def _part(progress: Progress, before: int, total: int) -> Progress:
    return lambda done, _: progress(before + done, total)


class _Steps:
    """What the second reading finds."""

    def __init__(self, versions: Versions) -> None:
        self.book = EvidenceBook(ids_of_steps(versions))
        workpieces = {text(version.value.get("workpieceId")) for version in versions.orders.values()} - {""}
        self.rides, self.arrivals = Rides(workpieces), Arrivals(workpieces)

    def take(self, stored: StoredMessage) -> None:
        """One more message of STEP_TOPICS."""
        levels, value = stored.message.topic.split("/"), object_of(stored.message.payload)
        proof, kind, serial = Proof(stored.id, stored.message.at_ns), levels[-1], levels[-2]
        inner = levels[3] == "NodeRed"
        match levels[0], kind:
            case "fts", "order":
                self.book.fts_order(stored, value)
                self.rides.drive(serial, value)
            case "fts", "instantAction":
                self.rides.action(proof, serial, value)
            case "module", "order":
                self.book.module_order(stored, value)
            case _, "state":
                self.book.state(stored, value, inner=inner)
                if inner:
                    self.arrivals.inner_state(proof, serial, value)
                else:
                    self.arrivals.module_state(proof, serial, value)


def _assembled(reader: Reader, versions: Versions, found: _Steps, end_ns: int) -> OrderTrace:
    requests, left = unmatched(versions)
    offset_ns = versions.clock_offset()
    orders = []
    while versions.orders:  # what has become an order need not be held twice
        order_id, version = versions.orders.popitem()
        orders.append(_order(order_id, version, Clock(version, offset_ns), requests.get(order_id), found))
    orders.sort(key=lambda order: (order.begin_ns, order.first.id))
    unanswered = tuple(_unanswered(reader, left, end_ns))
    return OrderTrace(tuple(_linked(orders)), unanswered, reader.metadata.started_ns, end_ns)


def _order(order_id: str, version: Version, clock: Clock, request: Proof | None, found: _Steps) -> Order:
    value, state = version.value, version.state
    received, started, stopped = (clock(value.get(key)) for key in ("receivedAt", "startedAt", "stoppedAt"))
    steps = _steps(value, clock, found.book, received if received is not None else started)
    if stopped is None and state is OrderState.CANCELLED and version.left is not None:
        stopped = version.left.at_ns
    order = Order(
        id=order_id,
        type=text(value.get("orderType")),
        colour=text(value.get("type")),
        state=state,
        workpiece_id=text(value.get("workpieceId")) or _handed_out(steps),
        requested_ns=request.at_ns if request else received,
        received_ns=received,
        started_ns=started,
        ended_ns=None if state is OrderState.OPEN else stopped if stopped is not None else version.last.at_ns,
        steps=steps,
        first=version.first,
        last=version.last,
        request=request,
        note=LEFT if state is OrderState.OPEN and version.left else "",
    )
    return _enriched(order, found)


def _enriched(order: Order, found: _Steps) -> Order:
    """With what happened to its workpiece."""
    if not order.workpiece_id:
        return order
    last_ns = order.ended_ns if order.ended_ns is not None else 1 << 62
    rides = found.rides.of(order.workpiece_id, order.begin_ns, last_ns + GRACE_NS)
    storage = order.type == "STORAGE"
    arrival = found.arrivals.before(order.workpiece_id, order.request or order.first) if storage else None
    return replace(order, rides=rides, goods_in=arrival)


def _steps(value: Json, clock: Clock, book: EvidenceBook, received: int | None) -> tuple[Step, ...]:
    rows = steps_of(value)
    started, ended = ([clock(row.get(key)) for row in rows] for key in ("startedAt", "stoppedAt"))
    waited = _waits(started, ended, received)
    return tuple(_step(index, row, started[index], ended[index], waited[index], book) for index, row in enumerate(rows))


def _step(index: int, row: Json, started: int | None, ended: int | None, waited: int, book: EvidenceBook) -> Step:
    moves = text(row.get("type")) == StepKind.NAVIGATION
    step_id = text(row.get("id"))
    evidence = book.of(step_id)
    serial = text(row.get("serialNumber"))
    return Step(
        index=index,
        id=step_id,
        kind=StepKind.NAVIGATION if moves else StepKind.MANUFACTURE,
        module="" if moves else text(row.get("moduleType")),
        command="" if moves else text(row.get("command")),
        source=text(row.get("source")) if moves else "",
        target=text(row.get("target")) if moves else "",
        state=text(row.get("state")),
        started_ns=started,
        ended_ns=ended,
        waited_ns=waited,
        evidence=replace(evidence, serial=serial) if serial and not evidence.serial else evidence,
    )


def _waits(started: Sequence[int | None], ended: Sequence[int | None], received: int | None) -> list[int]:
    """Nanoseconds between each step's start and the end of the one before, never negative; 0 where either is open."""
    return [
        0 if begin is None or before is None else max(0, begin - before)
        for begin, before in zip(started, [received, *ended], strict=False)
    ]


def _handed_out(steps: tuple[Step, ...]) -> str:
    """The workpiece that the store has handed out says which one it is: it is the result of HBW.DROP."""
    return next((step.evidence.result for step in steps if step.name == "HBW.DROP"), "")


def _linked(orders: list[Order]) -> Iterator[Order]:
    """Production orders with the last storage order of the same workpiece before them."""
    stored: dict[str, str] = {}
    for order in orders:
        if order.type == "STORAGE":
            stored[order.workpiece_id] = order.id
            yield order
        else:
            yield replace(order, storage_order_id=stored.get(order.workpiece_id, "") if order.workpiece_id else "")


def _unanswered(reader: Reader, requests: list[tuple[Proof, Json]], end_ns: int) -> Iterator[Unanswered]:
    requests = [(proof, value) for proof, value in requests if proof.at_ns < end_ns - GRACE_NS]
    refusals = _refusals(reader) if any(value.get("orderType") == "STORAGE" for _, value in requests) else []
    for proof, value in requests:
        storage = value.get("orderType") == "STORAGE"
        refused = storage and any(0 <= at_ns - proof.at_ns <= REFUSED_WITHIN_NS for at_ns in refusals)
        kind, colour, workpiece = (text(value.get(key)) for key in ("orderType", "type", "workpieceId"))
        yield Unanswered(proof, kind, colour, workpiece, refused)


def _refusals(reader: Reader) -> list[int]:
    """When the central control gave workpieces back. The topic is full of other messages, so SQLite looks for it."""
    query = MessageQuery(include=("module/v1/ff/+/instantAction",), text=CANCEL_STORAGE)
    return [
        stored.message.at_ns
        for stored in reader.stream_stored(query)
        if CANCEL_STORAGE in [text(one.get("actionType")) for one in _actions(stored)]
    ]


def _actions(stored: StoredMessage) -> list[Json]:
    actions = object_of(stored.message.payload).get("actions")
    return [as_object(one) for one in actions] if isinstance(actions, list) else []
