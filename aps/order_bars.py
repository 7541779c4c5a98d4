"""Orders as bars of a Gantt figure: a lane per order, a lane per station, or one order with all that it waited for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final

from analysis.figure_style import REST_COLOUR
from analysis.gantt import GanttBar
from aps.modules import MODULES
from aps.order_values import CHECK_QUALITY, Order, OrderState, OrderTrace, Proof, Step, StepKind
from aps.topics import COLOURS, Category
from core.message import NS_PER_MILLISECOND

WAITING_LANE: Final = "Waiting"
GOODS_IN_LANE: Final = "Goods in"
WAIT_SHOWN_NS: Final = 100 * NS_PER_MILLISECOND
"""Between two steps the central control itself takes some milliseconds."""


class Doing(StrEnum):
    """What a bar shows; the value stands in the legend."""

    TRANSPORT = "Transport"
    HANDOVER = "Pick and drop"
    PROCESS = "Drill and mill"
    CHECK = "Quality check"
    READING = "Reading colour and tag"
    WAITING = "Waiting"


DOING_COLOURS: Final = {
    Doing.TRANSPORT: COLOURS[Category.FTS],
    Doing.HANDOVER: "#7592ab",
    Doing.PROCESS: COLOURS[Category.MODULE],
    Doing.CHECK: COLOURS[Category.CAMERA],
    Doing.READING: COLOURS[Category.TXT],
    Doing.WAITING: REST_COLOUR,
}
"""Those of the categories of topics; handing over is a paler shade of what modules do."""
PIECE_COLOURS: Final = {"WHITE": "#8b97a7", "RED": "#d32f2f", "BLUE": "#1f6feb"}
COLOUR_OF: Final[dict[str, str]] = {**{what.value: colour for what, colour in DOING_COLOURS.items()}, **PIECE_COLOURS}
MARKS: Final = {OrderState.ERROR: " ✗", OrderState.CANCELLED: " ⊘", OrderState.OPEN: " …"}


def colour_of(category: str) -> str:
    """Of what is done, or of a workpiece."""
    return COLOUR_OF.get(category, REST_COLOUR)


def doing(step: Step) -> Doing:
    """What kind of step it is."""
    if step.kind is StepKind.NAVIGATION:
        return Doing.TRANSPORT
    if step.command == CHECK_QUALITY:
        return Doing.CHECK
    return Doing.HANDOVER if step.command in ("PICK", "DROP") else Doing.PROCESS


def titles(trace: OrderTrace) -> dict[str, str]:
    """A short name for each order by its id, unlike all others: `3 PRODUCTION RED ✗`. Numbers count from 1."""
    return {
        order.id: f"{number} {order.type} {order.colour}{MARKS.get(order.state, '')}"
        for number, order in enumerate(trace.orders, 1)
    }


def by_order(trace: OrderTrace, orders: Sequence[Order]) -> list[GanttBar]:
    """A lane per order: what was done for it, and its waiting times."""
    names = titles(trace)
    return [bar for order in orders for bar in _of_order(trace, order, names[order.id])]


def of_order(trace: OrderTrace, order: Order) -> list[GanttBar]:
    """One order: a lane for each station and vehicle, in the order in which it came to them, and one for waiting."""
    return list(_of_order(trace, order))


def by_station(trace: OrderTrace, orders: Sequence[Order]) -> list[GanttBar]:
    """A lane per station and vehicle, coloured by workpiece: who was busy when, and with which order."""
    names = titles(trace)
    bars = []
    for order in orders:
        for step, start_ns, end_ns in _begun(trace, order):
            label = f"{names[order.id].partition(' ')[0]} {step.command or step.name}"
            detail = f"{names[order.id]}\n{_detail(step)}"
            bars.append(_bar(step.place, label, start_ns, end_ns, order.colour, step, order, detail))
    return bars


def stations(bars: Sequence[GanttBar]) -> list[str]:
    """The lanes of `by_station` in the order in which the factory lists its modules; vehicles come last."""
    known = [module.name for module in MODULES]
    lanes = {bar.lane for bar in bars}
    return sorted(lanes, key=lambda lane: (known.index(lane) if lane in known else len(known), lane))


def _of_order(trace: OrderTrace, order: Order, lane: str = "") -> Iterator[GanttBar]:
    """All in one lane if it has a name, else in those of the places."""
    yield from _reading(order, lane or GOODS_IN_LANE)
    for step, start_ns, end_ns in _begun(trace, order):
        if step.waited_ns >= WAIT_SHOWN_NS:
            label, waited_from = f"waiting for {step.name}", start_ns - step.waited_ns
            where = lane or WAITING_LANE
            yield GanttBar(where, label, waited_from, start_ns, Doing.WAITING, _opens(step, order), faint=True)
        label = step.command or step.name
        yield _bar(lane or step.place, label, start_ns, end_ns, doing(step), step, order, _detail(step))


def _reading(order: Order, lane: str) -> Iterator[GanttBar]:
    """Before the request of a storage order."""
    found = order.goods_in
    if found is None:
        return
    between = found.colour_read or found.tag_read
    parts: list[tuple[str, Proof, Proof]] = [("colour", found.started, between), ("tag", between, found.tag_read)]
    for name, first, last in parts:
        if last.at_ns > first.at_ns:
            yield GanttBar(
                lane, name, first.at_ns, last.at_ns, Doing.READING, first.id, f"workpiece {found.workpiece_id}"
            )


def _begun(trace: OrderTrace, order: Order) -> Iterator[tuple[Step, int, int]]:
    """The steps that have begun, with their times; one in progress goes on to the order's end, or the session's."""
    for step in order.steps:
        if step.started_ns is not None:
            end_ns = step.ended_ns if step.ended_ns is not None else trace.end_of(order)
            yield step, step.started_ns, max(step.started_ns, end_ns)


def _bar(
    lane: str, label: str, start_ns: int, end_ns: int, category: str, step: Step, order: Order, detail: str
) -> GanttBar:
    return GanttBar(lane, label, start_ns, end_ns, category, _opens(step, order), detail, marked=step.failed)


def _opens(step: Step, order: Order) -> int:
    """The first message behind a step; where none was recorded, the order's last version."""
    return step.evidence.first.id if step.evidence.first else order.last.id


def _detail(step: Step) -> str:
    facts = [step.name, step.state.replace("_", " ").lower()]
    if step.evidence.result:
        facts.append(f"result {step.evidence.result}")
    if step.waited_ns >= WAIT_SHOWN_NS:
        facts.append(f"waited {step.waited_s:,.1f} s before")
    if not step.evidence.complete and step.ended_ns is not None:
        facts.append("not all of its messages were recorded")
    return "\n".join(facts)
