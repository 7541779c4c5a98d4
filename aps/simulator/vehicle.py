"""The vehicle: how it drives from station to station, and what it says on the way."""

from __future__ import annotations

from contextlib import suppress
from random import Random
from typing import Final

from aps.action_values import NodeAction, VehicleOrder
from aps.modules import DPS, HBW, MILL
from aps.simulator.engine import Process, Work
from aps.simulator.factory import Factory
from aps.simulator.faults import LOW_BATTERY, POWER, SILENT_FTS
from aps.simulator.payloads import Json, new_id
from aps.simulator.vehicle_order import order_for
from aps.simulator.vehicle_report import advance, publish_state
from aps.simulator.vehicle_state import Load, Vehicle, VehicleLost

LEG_S: Final = (2.42, 0.12)
"""Mean and standard deviation, seconds: from a station or intersection to the next intersection."""

TURN_S: Final = (1.34, 0.08)
APPROACH_S: Final = (1.92, 0.06)
"""From the last intersection until the docking begins."""

DOCK_S: Final = (4.3, 0.3)
DOCK_ON_THE_SPOT_S: Final = (1.7, 0.1)
"""Docking where it stands already."""

SILENCE_S: Final = 30.0
"""How long a vehicle is silent that does so only now and then; one that always is silent stays so."""

WAITING_PLACES: Final = (HBW.serial, DPS.serial, MILL.serial)
"""Where a vehicle goes that is in the way."""

LOOK_S: Final = 0.5
"""How often a vehicle looks whether the one before it has left the dock."""


def draw(random: Random, mean_and_spread: tuple[float, float]) -> float:
    """A time around its mean, never further from it than two standard deviations."""
    mean, spread = mean_and_spread
    return min(mean + 2 * spread, max(mean - 2 * spread, random.gauss(mean, spread)))


def drive(factory: Factory, vehicle: Vehicle, ids: tuple[str, int], target: str, step_id: str, dock: Json) -> Process:
    """The control sends the order for one way, and the vehicle follows it. `ids` are orderId and orderUpdateId, `dock`
    is what the DOCK at `target` (a serial number) says about the load.
    """
    random = factory.random(f"drive {step_id}")
    way = yield from _way(factory, vehicle, target)
    order = order_for(factory.now_ns, random, vehicle.serial, ids, way, factory.roads, step_id, dock)
    vehicle.busy = True
    factory.publish(f"fts/v1/ff/{vehicle.serial}/order", order)
    yield from follow(factory, random, vehicle, VehicleOrder.of(order))


def _way(factory: Factory, vehicle: Vehicle, target: str) -> Work[list[str]]:
    """Over the roads of the present layout; as long as there is none the control waits for another layout."""
    resets = vehicle.resets
    while not (way := factory.roads.route(vehicle.place, target)):
        factory.activity = f"no way for vehicle {vehicle.serial} from {vehicle.place} to {target}"
        yield LOOK_S
        if vehicle.resets != resets:
            raise VehicleLost
    return way


def follow(factory: Factory, random: Random, vehicle: Vehicle, order: VehicleOrder) -> Process:
    """The vehicle has got an order that it takes: drives and docks. Raises VehicleLost if it is reset meanwhile."""
    resets = vehicle.resets
    for wait in _follow(factory, random, vehicle, order):
        yield wait
        if vehicle.resets != resets:
            raise VehicleLost


def _follow(factory: Factory, random: Random, vehicle: Vehicle, order: VehicleOrder) -> Process:
    yield from _silence(factory, random, vehicle)
    way = [node.id for node in order.nodes]
    vehicle.busy = True
    vehicle.tripped |= factory.faults.strikes(POWER, vehicle.serial, random)
    yield draw(random, (0.06, 0.01))
    vehicle.order_id, vehicle.order_update_id = order.order_id, order.order_update_id
    actions = [node.action for node in order.nodes if node.action is not None]
    vehicle.actions = [_waiting(factory, action) for action in actions]
    vehicle.current = 0
    vehicle.dock = actions[-1].metadata.wire()
    publish_state(factory, vehicle)
    yield 0.05
    vehicle.driving = True
    vehicle.drained |= factory.faults.strikes(LOW_BATTERY, vehicle.serial, random)
    vehicle.read_battery(random.choice((8.2, 8.3, 8.4, 8.5)))  # the reading drops under load, in steps of 0.1 V
    if len(way) > 1:
        publish_state(factory, vehicle)
    for number in range(1, len(way) - 1):
        yield draw(random, LEG_S)
        vehicle.place = way[number]
        yield from _cross(factory, random, vehicle, number - 1, last=number == len(way) - 2)
    yield from _dock(factory, random, vehicle, way)


def _silence(factory: Factory, random: Random, vehicle: Vehicle) -> Process:
    """The fault: the order has come, and nothing happens."""
    if not factory.faults.strikes(SILENT_FTS, vehicle.serial, random):
        return
    activity, factory.activity = factory.activity, f"vehicle {vehicle.serial} does not answer its order"
    yield SILENCE_S
    while factory.faults.probability(SILENT_FTS, vehicle.serial) == 1:
        yield 1.0
    factory.activity = activity


def _cross(factory: Factory, random: Random, vehicle: Vehicle, index: int, *, last: bool) -> Process:
    """One intersection; `index` is the number of its action."""
    publish_state(factory, vehicle)
    vehicle.current = index
    if vehicle.actions[index]["command"] == "TURN":
        yield 0.07
        advance(factory, vehicle, "INITIALIZING")
        advance(factory, vehicle, "RUNNING")
        yield draw(random, TURN_S)
        advance(factory, vehicle, "FINISHED")
    else:
        yield 0.06
    advance(factory, vehicle, "FINISHED")
    if not last:
        yield 0.06
        publish_state(factory, vehicle)


def _dock(factory: Factory, random: Random, vehicle: Vehicle, way: list[str]) -> Process:
    """The end of the way: dock, and show the load as soon as it is there."""
    on_the_spot, target = len(way) == 1, way[-1]
    vehicle.current = len(vehicle.actions) - 1
    yield 0.06
    advance(factory, vehicle, "INITIALIZING")
    yield 0.0 if on_the_spot else draw(random, APPROACH_S)
    yield from _wait_for_the_dock(factory, vehicle, target)
    advance(factory, vehicle, "RUNNING")
    vehicle.place = target if on_the_spot else vehicle.place
    yield draw(random, DOCK_ON_THE_SPOT_S if on_the_spot else DOCK_S)
    vehicle.place = vehicle.last_module = target
    vehicle.waiting_for_load = not (vehicle.dock.get("noLoadChange") or vehicle.dock.get("charge"))
    if vehicle.waiting_for_load and vehicle.dock.get("loadType"):
        vehicle.load(vehicle.bay, (str(vehicle.dock["loadType"]), vehicle.dock.get("loadId")))
    vehicle.charging = bool(vehicle.dock.get("charge"))
    advance(factory, vehicle, "FINISHED")
    yield 0.005
    vehicle.driving = False
    vehicle.busy = vehicle.waiting_for_load
    publish_state(factory, vehicle)


def _wait_for_the_dock(factory: Factory, vehicle: Vehicle, target: str) -> Process:
    """Another vehicle may stand there: it makes way as soon as it has nothing to do."""
    others = [other for other in factory.fleet.vehicles if other is not vehicle]
    while standing := [other for other in others if other.place == target]:
        free = [
            place
            for place in WAITING_PLACES
            if place not in (target, vehicle.place) and factory.roads.route(target, place)
        ]
        if standing[0].ready and free:
            factory.run(move_away(factory, standing[0], free[0]))
        yield LOOK_S


def move_away(factory: Factory, vehicle: Vehicle, target: str, delay_s: float = 0.0) -> Process:
    """The control sends a free vehicle somewhere else, for an order that is none of its list. It is taken at once."""
    random = factory.random(f"move away {factory.now_ns}")
    vehicle.holder = private = new_id(random)
    return _move_away(factory, vehicle, target, private, new_id(random), delay_s)


def _move_away(factory: Factory, vehicle: Vehicle, target: str, private: str, step_id: str, delay_s: float) -> Process:
    yield delay_s
    dock = {"noLoadChange": True, "loadPosition": "1"}
    with suppress(VehicleLost):
        yield from drive(factory, vehicle, (private, 0), target, step_id, dock)
    factory.fleet.release(private)


def hand_over(factory: Factory, random: Random, vehicle: Vehicle, load: Load, bay: str, *, dropped: bool) -> Process:
    """The control tells the vehicle that the piece has been taken from it (`dropped`) or put on it."""
    colour, workpiece_id = load
    known = {"loadId": workpiece_id} if workpiece_id else {}
    said: Json = {"loadDropped": dropped, "loadType": colour, **known, "loadPosition": bay}
    action_id = factory.publish_instant_action("fts/v1/ff", vehicle.serial, random, "clearLoadHandler", said)
    yield draw(random, (0.03, 0.005))
    vehicle.read_battery(random.choice((8.5, 8.5, 8.6)))
    load_cleared(factory, vehicle, action_id, said)


def load_cleared(factory: Factory, vehicle: Vehicle, action_id: str, said: Json) -> None:
    """The vehicle has heard it, and says so."""
    vehicle.actions.append(
        {"command": "clearLoadHandler", "id": action_id, "timestamp": factory.now(6), "state": "FINISHED"}
    )
    vehicle.waiting_for_load = False
    bay = str(said.get("loadPosition") or vehicle.bay)
    if said.get("loadDropped"):
        vehicle.loads.pop(bay, None)
    elif said.get("loadType"):
        vehicle.load(bay, (str(said["loadType"]), said.get("loadId")))
    vehicle.busy = False
    publish_state(factory, vehicle)
    factory.fleet.changed()


def _waiting(factory: Factory, action: NodeAction) -> Json:
    return {"command": action.type, "id": action.id, "timestamp": factory.now(6), "state": "WAITING"}
