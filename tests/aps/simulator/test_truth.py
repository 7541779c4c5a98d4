"""The order trace finds in simulated sessions what the simulator knows to be true."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from aps.order_trace import order_trace
from aps.order_values import CHECK_QUALITY, OrderState, OrderTrace
from aps.simulator.orders import Order, name_of_step
from aps.simulator.plant import Scenario
from core.message import LIVE
from tests.analysis.sessions import session
from tests.aps.simulator.running import Running

ALL = [f"{colour}{kind}" for colour in ("white", "red", "blue") for kind in (":storage", "")]

SCENARIOS: dict[str, tuple[Scenario, tuple[str, ...]]] = {
    "storage and production of all colours": (Scenario(orders=ALL), ()),
    "three at a time": (Scenario(2, orders=[*ALL, "red"], parallel=3), ()),
    "two vehicles": (Scenario(3, orders=[*ALL, "white", "blue"], parallel=4, vehicles=2), ()),
    "bad pieces": (Scenario(4, orders=["white", "red", "blue"], parallel=2), ("quality",)),
    "some bad pieces": (Scenario(6, orders=["white", "red", "blue"] * 2, parallel=3), ("quality=0.5",)),
    "stations fail": (Scenario(5, orders=[*ALL], parallel=3), ("blocked=0.15",)),
    "a vehicle hesitates": (Scenario(6, orders=["red", "blue"], parallel=2), ("silent-fts=0.4",)),
    "power and batteries": (Scenario(8, orders=[*ALL], parallel=3, vehicles=2), ("fts-off=0.1", "low-battery=0.2")),
}


class Known(Running):
    """A run that keeps all orders that its central control has taken."""

    def __init__(self, *arguments: Any) -> None:
        self.known: dict[str, Order] = {}
        super().__init__(*arguments)

    def run(self, seconds: float) -> list[Any]:
        published = super().run(seconds)
        self.known |= {order.id: order for order in self.plant.orders.open}
        return published

    def finish(self, most_s: float = 6_000) -> list[Any]:
        while not self.factory.finished and self.at_s < most_s:
            self.run(1)
        assert self.factory.finished, self.factory.activity
        return self.messages

    def trace(self) -> OrderTrace:
        """What the order trace makes of the messages."""
        live = [message._replace(retain=LIVE) for message in self.messages]
        with session(live) as reader:
            return order_trace(reader)


def told(run: Known) -> dict[str, Any]:
    """What the simulator knows."""
    return {
        order.id: (
            order.value["orderType"],
            order.colour,
            OrderState.OPEN if order.value["state"] == "IN_PROGRESS" else order.value["state"],
            order.workpiece_id,
            tuple((name_of_step(step), step["state"]) for step in order.steps),
        )
        for order in run.known.values()
    }


def found(trace: OrderTrace) -> dict[str, Any]:
    """The same, as the trace has it."""
    return {
        order.id: (
            order.type,
            order.colour,
            order.state,
            order.workpiece_id or None,
            tuple((step.name, step.state) for step in order.steps),
        )
        for order in trace.orders
    }


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_trace_gives_the_verdicts_that_the_simulator_knows(name):
    scenario, faults = SCENARIOS[name]
    run = Known(scenario, *faults)
    run.finish()
    trace = run.trace()
    assert found(trace) == told(run)
    ends = Counter(order.state for order in trace.orders)
    assert ends[OrderState.FINISHED] + ends[OrderState.ERROR] == len(trace.orders) >= len(scenario.orders or ())
    harmful = {"quality", "blocked", "fts-off"} & {fault.name for fault in run.faults.active()}
    assert bool(ends[OrderState.ERROR]) == bool(harmful)
    for order in trace.orders:
        assert order.request, "each has been asked for"
        ended = [step for step in order.steps if step.state in ("FINISHED", "ERROR")]
        assert [step.name for step in ended if not step.evidence.complete and step.state == "FINISHED"] == []
        for step in ended:
            if step.command == CHECK_QUALITY and step.evidence.result:
                assert step.evidence.result == ("PASSED" if step.state == "FINISHED" else "FAILED")
                assert step.evidence.picture


def test_what_is_cut_short_rejected_or_reset_has_its_verdict_too():
    run = Known(Scenario(idle=True))
    for _ in range(3):
        run.order("RED")  # the third finds no piece
    run.run(60)
    run.send("ccu/set/reset", {"timestamp": run.factory.now(), "withStorage": False})
    run.run(60)
    run.order("WHITE")
    run.run(90)
    trace = run.trace()
    states = [order.state for order in trace.orders]
    assert states == [OrderState.CANCELLED, OrderState.CANCELLED, OrderState.OPEN]
    assert len(trace.unanswered) == 1


def test_a_storage_order_knows_how_its_piece_was_read_and_what_became_of_it():
    run = Known(Scenario(orders=["blue:storage"]))
    run.finish()
    (order,) = run.trace().orders
    assert order.goods_in
    assert order.goods_in.started
    assert order.goods_in.colour_read
    assert order.goods_in.tag_read
