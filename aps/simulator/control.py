"""The central control's orders: which requests it takes, and how each order goes through the factory."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from aps.modules import AIQS, BY_NAME, DPS, HBW
from aps.simulator import stations, vehicle
from aps.simulator.engine import Process, Work
from aps.simulator.factory import HISTORY, Factory
from aps.simulator.orders import (
    STORAGE_STEPS,
    Order,
    finish,
    insert_way,
    name_of_step,
    new_order,
    production_steps,
    start_step,
)
from aps.simulator.payloads import Json
from aps.simulator.vehicle_order import dock_metadata
from aps.simulator.vehicle_state import Load, Vehicle, VehicleLost


class Orders:
    """The orders in progress."""

    def __init__(self, factory: Factory) -> None:
        self._factory = factory
        self._random = factory.random("orders in progress")
        self.open: list[Order] = []
        """Running and waiting, in the order of their requests."""

    def request(self, request: Json) -> None:
        """The control has seen this on `ccu/order/request` and takes it, checked by `why_rejected`."""
        factory, production = self._factory, request["orderType"] == "PRODUCTION"
        names = production_steps(request["type"], factory.flows) if production else STORAGE_STEPS
        order = new_order(self._random, request, tuple(names), factory.now())
        if production and (bay := factory.bay_with(order.colour)):
            factory.bays[bay]["state"] = "RESERVED"
        self.open.append(order)
        factory.run(self._run(order), self._random.uniform(0.05, 0.15))

    def cancel(self, order_ids: Sequence[object]) -> None:
        """Ends those of these orders that have not begun."""
        for order in tuple(self.open):
            if order.id in order_ids and order.value["state"] == "ENQUEUED":
                self._end(order, "CANCELLED")

    def forget(self) -> None:
        """A reset: nobody speaks of any order any more."""
        self.open.clear()

    @property
    def _parallel(self) -> int:
        """As many orders run at a time."""
        return int(self._factory.config["productionSettings"]["maxParallelOrders"])

    def _run(self, order: Order) -> Process:
        """From the acceptance to `ccu/order/completed`."""
        factory = self._factory
        order.value["receivedAt"] = factory.now()
        if self.open.index(order) >= self._parallel:
            order.value["state"] = "ENQUEUED"
            del order.value["startedAt"]
        factory.active.append(order.value)
        factory.run(self._accept(order), 0.005)
        while order in self.open and self.open.index(order) >= self._parallel:
            yield 1.0
        if order not in self.open:
            return
        order.value |= {"state": "IN_PROGRESS", "startedAt": factory.now()}
        yield from factory.under_way.enter(order.id)
        try:
            yield from self._steps(order)
        except VehicleLost:
            self._lose(order)

    def _accept(self, order: Order) -> Process:
        """The control's answer, a moment after the vehicle has been sent off."""
        self._factory.publish_active()
        yield 0.004
        self._factory.publish("ccu/order/response", order.value)
        yield 0.001
        self._factory.publish_stock()

    def _steps(self, order: Order) -> Process:
        random = self._factory.random(f"steps {order.id}")
        index, good = 0, True
        while good and index < len(order.steps):
            step = order.steps[index]
            if step["type"] == "NAVIGATION":
                yield from self._navigate(order, index)
            elif self._needs_vehicle(order, step):
                insert_way(random, order, index)
                continue
            else:
                good = yield from self._manufacture(random, order, index)
            index += 1
        yield 0.02
        self._end(order, "FINISHED" if good else "ERROR")

    def _needs_vehicle(self, order: Order, step: Json) -> bool:
        """Whether a vehicle must come before this step; takes the one that stands there and is free."""
        factory, station = self._factory, BY_NAME[step["moduleType"]].serial
        if step["command"] not in ("PICK", "DROP") or factory.fleet.held(order.id):
            return False
        waiting = factory.fleet.standing_at(station)
        if waiting is None:
            return True
        waiting.holder, order.bay = order.id, waiting.free_bay()
        return False

    def _navigate(self, order: Order, index: int) -> Process:
        factory, step = self._factory, order.steps[index]
        target = BY_NAME[step["target"]].serial
        yield from factory.stations[target].enter(order.id)
        if factory.fleet.held(order.id) is None:
            yield from factory.fleet.take(order.id, target, order.vehicle)
        agv = factory.fleet.held(order.id)
        assert agv is not None
        order.bay = agv.bay_of(order.workpiece_id) or agv.free_bay() if order.workpiece_id else agv.free_bay()
        self._begin(order, index)
        factory.reserved.add(target)
        dock = dock_metadata((order.colour, order.workpiece_id), order.bay)
        yield from vehicle.drive(factory, agv, (order.id, index), target, step["id"], dock)
        yield 0.04
        finish(step, factory.now())

    def _begin(self, order: Order, index: int) -> None:
        factory, step = self._factory, order.steps[index]
        kind, name = order.value["orderType"], name_of_step(step)
        factory.activity = f"{kind} {order.colour}: step {index + 1} of {len(order.steps)}, {name}"
        factory.progress_ns = factory.now_ns
        start_step(step, factory.now())

    def _manufacture(self, random: Random, order: Order, index: int) -> Work[bool]:
        factory, step = self._factory, order.steps[index]
        station = BY_NAME[step["moduleType"]]
        self._begin(order, index)
        factory.run(_tell_active(factory), 0.04)
        good = yield from stations.perform(factory, order, index)
        yield random.uniform(0.05, 0.09)
        factory.progress_ns = factory.now_ns
        if not good:
            self._break_off(random, order, index)
            return False
        finish(step, factory.now())
        self._hand_over(random, order, step)
        if station is HBW:
            factory.publish_stock()
        following = order.steps[index + 1] if index + 1 < len(order.steps) else None
        if following is None or following["type"] == "NAVIGATION":
            factory.reserved.discard(station.serial)
        if following is not None and following["type"] == "NAVIGATION":
            factory.publish_active()
            if station is AIQS:
                announcement = {"orderId": order.id, "type": order.colour}
                factory.publish_instant_action("module/v1/ff", DPS.serial, random, "announceOutput", announcement)
            yield max(0.1, random.gauss(0.23, 0.05))
        if following is None or following["type"] == "NAVIGATION":
            factory.stations[station.serial].leave(order.id)
        return True

    def _hand_over(self, random: Random, order: Order, step: Json) -> None:
        """After PICK the vehicle no longer holds the piece, after DROP it does; a process command changes nothing."""
        agv = self._factory.fleet.held(order.id)
        if step["command"] not in ("PICK", "DROP") or agv is None:
            return
        dropped = step["command"] == "PICK"
        order.vehicle = None if dropped else agv.serial
        load = (order.colour, order.workpiece_id)
        self._factory.run(self._handed_over(random, order, agv, load, dropped=dropped))

    def _handed_over(self, random: Random, order: Order, agv: Vehicle, load: Load, *, dropped: bool) -> Process:
        yield from vehicle.hand_over(self._factory, random, agv, load, order.bay, dropped=dropped)
        self._factory.fleet.release(order.id)

    def _break_off(self, random: Random, order: Order, index: int) -> None:
        """The piece is bad, or the station has failed: this step is an error, those after it are never done."""
        factory, step = self._factory, order.steps[index]
        station = BY_NAME[step["moduleType"]].serial
        finish(step, factory.now(), "ERROR")
        for later in order.steps[index + 1 :]:
            later["state"] = "CANCELLED"
        factory.reserved.discard(station)
        agv = factory.fleet.held(order.id)
        if agv is not None:
            load = (order.colour, order.workpiece_id)
            factory.run(self._handed_over(random, order, agv, load, dropped=True), 0.1)
        elif step["command"] == "CHECK_QUALITY" and (agv := factory.fleet.standing_at(station)) is not None:
            factory.run(vehicle.move_away(factory, agv, HBW.serial, 0.3))
        factory.stations[station].leave(order.id)

    def _lose(self, order: Order) -> None:
        """The vehicle was reset on its way with the piece."""
        factory = self._factory
        for step in order.steps:
            if step["state"] == "IN_PROGRESS":
                finish(step, factory.now(), "ERROR")
            elif step["state"] == "ENQUEUED":
                step["state"] = "CANCELLED"
        for serial, line in factory.stations.items():
            if line.held_by(order.id):
                line.leave(order.id)
                factory.reserved.discard(serial)
        factory.fleet.release(order.id)
        self._end(order, "ERROR")

    def _end(self, order: Order, state: str) -> None:
        """The order leaves the list of active ones, which is said twice."""
        factory = self._factory
        finish(order.value, factory.now(), state)
        if state == "CANCELLED":
            for step in order.steps:
                step["state"] = "CANCELLED"
        bay = factory.bay_with(order.colour, "RESERVED")
        if bay and order.value["orderType"] == "PRODUCTION" and not order.workpiece_id:
            factory.bays[bay]["state"] = "RAW"
        factory.active.remove(order.value)
        self.open.remove(order)
        factory.under_way.leave(order.id)
        factory.completed = [*factory.completed, order.value][-HISTORY:]
        factory.orders_done += 1
        factory.activity = "waiting for the next order"
        factory.publish("ccu/order/completed", factory.completed)
        factory.publish_active()
        factory.publish_active()


def _tell_active(factory: Factory) -> Process:
    factory.publish_active()
    yield from ()
