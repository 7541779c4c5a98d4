"""The course of events: which orders come one after another, and how each of them goes through the factory."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from random import Random
from typing import Final

from aps.modules import BY_NAME, DPS, HBW
from aps.simulator import stations, txt, vehicle
from aps.simulator.engine import Process
from aps.simulator.factory import HISTORY, Factory
from aps.simulator.orders import (
    STORAGE_STEPS,
    Order,
    finish,
    name_of_step,
    new_order,
    production_steps,
    start_step,
)
from aps.simulator.payloads import COLOURS, Json, new_id, new_workpiece_id

PAUSE_S: Final = 4.0
"""Between two orders."""


def run(factory: Factory, colours: Sequence[str] | None) -> Process:
    """One production order for each of `colours`, then the end; without any, goods in and production in turn for ever.

    A piece that the store does not hold is stored first.
    """
    random = factory.random("orders")
    yield 0.5
    if colours is None:
        yield from _for_ever(factory, random)
        return
    for colour in colours:
        if factory.bay_with(colour) is None:
            yield from _store(factory, random, colour)
            yield PAUSE_S
        yield from _produce(factory, random, colour)
        yield PAUSE_S
    factory.activity = "all orders have ended"
    factory.finished = True


def _for_ever(factory: Factory, random: Random) -> Process:
    already_read = True  # so that something happens at once
    for colour in cycle(COLOURS):
        yield from _store(factory, random, colour, already_read=already_read)
        yield PAUSE_S
        yield from _produce(factory, random, colour)
        yield PAUSE_S
        already_read = False


def _store(factory: Factory, random: Random, colour: str, *, already_read: bool = False) -> Process:
    """A piece comes in and is put into the store."""
    workpiece_id = new_workpiece_id(random)
    if not already_read:
        factory.activity = f"reading a {colour} workpiece"
        yield from txt.read_workpiece(factory, random, colour, workpiece_id)
    request = {"timestamp": factory.now(), "orderType": "STORAGE", "type": colour, "workpieceId": workpiece_id}
    yield from _carry_out(factory, random, request, STORAGE_STEPS)


def _produce(factory: Factory, random: Random, colour: str) -> Process:
    """Somebody orders a piece of this colour."""
    request = {"type": colour, "timestamp": factory.now(), "orderType": "PRODUCTION"}
    request["requestId"] = f"OSF-UI_{new_id(random)}"
    yield from _carry_out(factory, random, request, production_steps(colour))


def _carry_out(factory: Factory, random: Random, request: Json, names: Sequence[str]) -> Process:
    """From the request to `ccu/order/completed`."""
    factory.publish("ccu/order/request", request)
    yield random.uniform(0.05, 0.15)
    order = new_order(random, request, tuple(names), factory.now())
    factory.active.append(order.value)
    if request["orderType"] == "PRODUCTION" and (bay := factory.bay_with(order.colour)):
        factory.bays[bay]["state"] = "RESERVED"
    factory.engine.spawn(_accept(factory, order), 0.005)
    for index, step in enumerate(order.steps):
        name = name_of_step(step)
        factory.activity = f"{request['orderType']} {order.colour}: step {index + 1} of {len(names)}, {name}"
        start_step(step, factory.now())
        if step["type"] == "NAVIGATION":
            yield from _navigate(factory, order, index)
        else:
            yield from _manufacture(factory, random, order, index)
    yield 0.02
    _complete(factory, order)


def _accept(factory: Factory, order: Order) -> Process:
    """The control's answer, a moment after the vehicle has been sent off."""
    factory.publish_active()
    yield 0.004
    factory.publish("ccu/order/response", order.value)
    yield 0.001
    factory.publish_stock()


def _navigate(factory: Factory, order: Order, index: int) -> Process:
    step = order.steps[index]
    target = BY_NAME[step["target"]].serial
    factory.reserved.add(target)
    load = (order.colour, order.workpiece_id)
    yield from vehicle.drive(factory, order.id, index, target, step["id"], load)
    yield 0.04
    finish(step, factory.now())


def _manufacture(factory: Factory, random: Random, order: Order, index: int) -> Process:
    step = order.steps[index]
    station = BY_NAME[step["moduleType"]]
    factory.engine.spawn(_tell_active(factory), 0.04)
    yield from stations.perform(factory, order, index)
    yield random.uniform(0.05, 0.09)
    finish(step, factory.now())
    _hand_over(factory, random, order, step)
    if station is HBW:
        factory.publish_stock()
    following = order.steps[index + 1] if index + 1 < len(order.steps) else None
    if following is None or following["type"] == "NAVIGATION":
        factory.reserved.discard(station.serial)
    if following is not None and following["type"] == "NAVIGATION":
        factory.publish_active()
        if name_of_step(step) == "AIQS.DROP":
            announcement = {"orderId": order.id, "type": order.colour}
            factory.publish_instant_action("module/v1/ff", DPS.serial, random, "announceOutput", announcement)
        yield max(0.1, random.gauss(0.23, 0.05))


def _hand_over(factory: Factory, random: Random, order: Order, step: Json) -> None:
    """After PICK the vehicle no longer holds the piece, after DROP it does; a process command changes nothing."""
    if step["command"] in ("PICK", "DROP") and order.workpiece_id:
        dropped = step["command"] == "PICK"
        handed_over = vehicle.clear_load(factory, random, order.colour, order.workpiece_id, dropped=dropped)
        factory.engine.spawn(handed_over)


def _tell_active(factory: Factory) -> Process:
    factory.publish_active()
    yield from ()


def _complete(factory: Factory, order: Order) -> None:
    """The order leaves the list of active ones, which is said twice."""
    finish(order.value, factory.now())
    factory.active.remove(order.value)
    factory.completed = [*factory.completed, order.value][-HISTORY:]
    factory.orders_done += 1
    factory.activity = "waiting for the next order"
    factory.publish("ccu/order/completed", factory.completed)
    factory.publish_active()
    factory.publish_active()
