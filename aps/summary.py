"""What the factory did in a session, in a few sentences, each with the messages behind it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from analysis.progress import Progress, quiet, watched
from analysis.summary import Sentence, counted, literal
from aps.modules import name_of
from aps.order_trace import order_trace
from aps.order_values import Order, OrderState, OrderTrace, Step
from core.durations import duration_text
from core.message import FROM_DUMP, NS_PER_SECOND, Message
from store.query import EVERYTHING, MessageQuery
from store.reading import Reader

VEHICLE_STATES = "fts/v1/ff/+/state"


def factory_summary(reader: Reader, progress: Progress = quiet, within: MessageQuery = EVERYTHING) -> list[Sentence]:
    """About the orders and the vehicles; empty for a session of something else. Raises what `progress` raises.

    `within`: its stretch of time counts, its topics do not. Orders that touch the stretch are told as a whole.
    """
    trace = _touching(order_trace(reader, progress), within)
    return [*_orders(trace), *_failures(trace), *_times(trace), *_unanswered(trace),
            *_vehicles(reader, progress, within)]  # fmt: skip


def _touching(trace: OrderTrace, within: MessageQuery) -> OrderTrace:
    start_ns, end_ns = within.start_ns, within.end_ns
    asked = (
        one
        for one in trace.unanswered
        if (start_ns is None or one.request.at_ns >= start_ns) and (end_ns is None or one.request.at_ns < end_ns)
    )
    return replace(trace, orders=tuple(trace.within(start_ns, end_ns)), unanswered=tuple(asked))


def _orders(trace: OrderTrace) -> list[Sentence]:
    if not trace.orders:
        return []
    ended = {state: [one for one in trace.orders if one.state is state] for state in OrderState}
    words = {
        OrderState.FINISHED: "finished",
        OrderState.ERROR: "not ok",
        OrderState.CANCELLED: "cancelled",
        OrderState.OPEN: "without an end in this session",
    }
    parts = [f"{len(some):,} {words[state]}" for state, some in ended.items() if some]
    kinds = sorted({one.type for one in trace.orders})
    of = " and ".join(f"{sum(one.type == kind for one in trace.orders):,} {kind.lower()}" for kind in kinds)
    text = f"{counted(len(trace.orders), 'order')} ({literal(of)}): {', '.join(parts)}."
    return [Sentence(text, messages=tuple(one.last.id for one in trace.orders))]


def _failures(trace: OrderTrace) -> list[Sentence]:
    return [_failure(one, one.failed_step) for one in trace.orders if one.state is OrderState.ERROR]


def _failure(order: Order, step: Step | None) -> Sentence:
    what = f"The {literal(order.colour)} {literal(order.type.lower())} order {literal(order.id[:8])} was not ok"
    if step is None:
        return Sentence(f"{what} at {{}}.", (order.ended_ns or order.last.at_ns,), (order.last.id,))
    proof = step.evidence.done or order.last
    return Sentence(f"{what} at {literal(step.place)} at {{}}.", (proof.at_ns,), (proof.id,))


def _times(trace: OrderTrace) -> list[Sentence]:
    """How long what was finished took, by kind."""
    found = []
    for kind in sorted({one.type for one in trace.orders}):
        done = [one for one in trace.orders if one.type == kind and one.state is OrderState.FINISHED]
        if not done:
            continue
        took, waited = (median(map(of, done)) for of in (trace.duration_s, lambda one: one.waited_s))
        slowest = max(done, key=trace.duration_s)
        many = f"{counted(len(done), f'{literal(kind.lower())} order')} took {duration_text(took)}"
        rest = f"of which {duration_text(waited)} waiting between steps."
        text = f"{many}{' in the median' if len(done) > 1 else ''}, {rest}"
        found.append(Sentence(text, messages=(slowest.last.id,)))
    return found


def _unanswered(trace: OrderTrace) -> list[Sentence]:
    if not trace.unanswered:
        return []
    first = trace.unanswered[0]
    what = f"{counted(len(trace.unanswered), 'request')} had no answer"
    return [Sentence(f"{what}, the first at {{}}.", (first.request.at_ns,), (first.request.id,))]


@dataclass(slots=True)
class Idling:
    """One vehicle: when it neither drove, nor was loaded or charged."""

    seen_ns: int = 0
    """By its states."""
    idle_ns: int = 0
    longest: tuple[int, int] = (0, 0)
    """The longest stretch, from and to."""
    message: int = 0
    """The one with which that began."""
    _since: int | None = None
    _first: int = 0
    _last: int | None = field(default=None)

    def add(self, at_ns: int, message_id: int, *, idle: bool) -> None:
        """Its state from this moment on."""
        if self._last is not None:
            self.seen_ns += at_ns - self._last
            if self._since is not None:
                self.idle_ns += at_ns - self._last
        self._last = at_ns
        if idle and self._since is None:
            self._since, self._first = at_ns, message_id
        elif not idle:
            self._close(at_ns)

    def end(self) -> None:
        """No state follows."""
        if self._last is not None:
            self._close(self._last)

    def _close(self, at_ns: int) -> None:
        if self._since is not None and at_ns - self._since > self.longest[1] - self.longest[0]:
            self.longest, self.message = (self._since, at_ns), self._first
        self._since = None


def idling(reader: Reader, progress: Progress = quiet, within: MessageQuery = EVERYTHING) -> dict[str, Idling]:
    """By serial number, in the stretch of time of `within`. A vehicle is idle from a state with neither driving, nor
    load handling, nor charging, until the next one says otherwise; between its first and its last state.
    """
    found: dict[str, Idling] = {}
    query = MessageQuery((VEHICLE_STATES,), start_ns=within.start_ns, end_ns=within.end_ns)
    for stored in watched(reader, query, progress):
        idle = is_idle(stored.message)
        if idle is not None:
            vehicle = found.setdefault(stored.message.topic.split("/")[3], Idling())
            vehicle.add(stored.message.at_ns, stored.id, idle=idle)
    for vehicle in found.values():
        vehicle.end()
    return found


def is_idle(message: Message) -> bool | None:
    """Whether a vehicle's state says so; None for what is no live state of it."""
    try:
        state = json.loads(message.payload)
    except (ValueError, RecursionError):
        return None
    if message.retain == FROM_DUMP or not isinstance(state, dict) or not isinstance(state.get("driving"), bool):
        return None
    battery = state.get("batteryState")
    charging = isinstance(battery, dict) and battery.get("charging") is True
    return not (state["driving"] or state.get("waitingForLoadHandling") is True or charging)


def _vehicles(reader: Reader, progress: Progress, within: MessageQuery) -> Sequence[Sentence]:
    origin_ns = reader.metadata.started_ns
    sentences = []
    for serial, one in sorted(idling(reader, progress, within).items()):
        if one.idle_ns <= 0:
            continue
        start_ns, end_ns = one.longest
        idle, seen, longest = (
            duration_text(span / NS_PER_SECOND) for span in (one.idle_ns, one.seen_ns, end_ns - start_ns)
        )
        text = f"{literal(name_of(serial))} was idle for {idle} of {seen}, at most {longest} from {{}} on."
        stretch = ((start_ns - origin_ns) / NS_PER_SECOND, (end_ns - origin_ns) / NS_PER_SECOND)
        sentences.append(Sentence(text, (start_ns,), (one.message,), stretch))
    return sentences
