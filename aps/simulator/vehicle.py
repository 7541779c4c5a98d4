"""The vehicle: how it drives from station to station, and what it says on the way."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import Final

from aps.simulator import ccu
from aps.simulator.engine import Process
from aps.simulator.factory import Factory
from aps.simulator.layout import length_mm, route, turn
from aps.simulator.payloads import Json, iso, new_id

LEG_S: Final = (2.42, 0.12)
"""Mean and standard deviation, seconds: from a station or intersection to the next intersection."""

TURN_S: Final = (1.34, 0.08)
APPROACH_S: Final = (1.92, 0.06)
"""From the last intersection until the docking begins."""

DOCK_S: Final = (4.3, 0.3)
DOCK_ON_THE_SPOT_S: Final = (1.7, 0.1)
"""Docking where it stands already."""


def _draw(random: Random, mean_and_spread: tuple[float, float]) -> float:
    mean, spread = mean_and_spread
    return min(mean + 2 * spread, max(mean - 2 * spread, random.gauss(mean, spread)))


def drive(
    factory: Factory, order_id: str, update_id: int, target: str, step_id: str, load: tuple[str, str | None] | None
) -> Process:
    """Sends the order for one way, drives it and docks. `target` is a serial number; `load` is colour and workpiece
    id of what lies on the vehicle, or is about to; the id may still be unknown.
    """
    random = factory.random(f"drive {step_id}")
    vehicle = factory.vehicle
    way = route(vehicle.place, target)
    vehicle.busy = True
    order = _order(factory, random, way, step_id, load)
    topic = f"fts/v1/ff/{vehicle.serial}/order"
    factory.publish(topic, {**order, "orderId": order_id, "orderUpdateId": update_id})
    yield _draw(random, (0.06, 0.01))
    vehicle.order_id, vehicle.order_update_id = order_id, update_id
    vehicle.actions = [_waiting(factory, node["action"]) for node in order["nodes"] if "action" in node]
    vehicle.current = 0
    publish_state(factory)
    yield 0.05
    vehicle.driving = True
    vehicle.voltage = random.choice((8.2, 8.3, 8.4, 8.5))  # the reading drops under load, in steps of 0.1 V
    publish_state(factory)
    for number in range(1, len(way) - 1):
        yield _draw(random, LEG_S)
        vehicle.place = way[number]
        yield from _cross(factory, random, number - 1, last=number == len(way) - 2)
    yield from _dock(factory, random, target, on_the_spot=len(way) == 1, load=load)


def _cross(factory: Factory, random: Random, index: int, *, last: bool) -> Process:
    """One intersection; `index` is the number of its action."""
    vehicle = factory.vehicle
    publish_state(factory)
    vehicle.current = index
    if vehicle.actions[index]["command"] == "TURN":
        yield 0.07
        _advance(factory, "INITIALIZING")
        _advance(factory, "RUNNING")
        yield _draw(random, TURN_S)
        _advance(factory, "FINISHED")
    else:
        yield 0.06
    _advance(factory, "FINISHED")
    if not last:
        yield 0.06
        publish_state(factory)


def _dock(
    factory: Factory, random: Random, target: str, *, on_the_spot: bool, load: tuple[str, str | None] | None
) -> Process:
    """The end of the way: dock, and show the load as soon as it is there."""
    vehicle = factory.vehicle
    vehicle.current = len(vehicle.actions) - 1
    yield 0.06
    _advance(factory, "INITIALIZING")
    yield 0.0 if on_the_spot else _draw(random, APPROACH_S)
    _advance(factory, "RUNNING")
    yield _draw(random, DOCK_ON_THE_SPOT_S if on_the_spot else DOCK_S)
    vehicle.place = vehicle.last_module = target
    vehicle.waiting_for_load = True
    vehicle.load_type, vehicle.load_id = load or (None, None)
    _advance(factory, "FINISHED")
    yield 0.005
    vehicle.driving = False
    publish_state(factory)


def clear_load(factory: Factory, random: Random, colour: str, workpiece_id: str, *, dropped: bool) -> Process:
    """The control tells the vehicle that the piece has been taken from it (`dropped`) or put on it."""
    vehicle = factory.vehicle
    load: Json = {"loadDropped": dropped, "loadType": colour, "loadId": workpiece_id, "loadPosition": "1"}
    action_id = factory.publish_instant_action("fts/v1/ff", vehicle.serial, random, "clearLoadHandler", load)
    yield _draw(random, (0.03, 0.005))
    done = {"command": "clearLoadHandler", "id": action_id, "timestamp": factory.now(6), "state": "FINISHED"}
    vehicle.actions.append(done)
    vehicle.waiting_for_load = False
    vehicle.load_type, vehicle.load_id = (None, None) if dropped else (colour, workpiece_id)
    vehicle.voltage = random.choice((8.5, 8.5, 8.6))
    vehicle.busy = False
    publish_state(factory)


def publish_state(factory: Factory) -> None:
    """`fts/.../state` as of now."""
    vehicle = factory.vehicle
    state: Json = {
        "lastCode": "",
        "lastNodeId": vehicle.place,
        "errors": [],
        "edgeStates": [],
        "actionStates": vehicle.actions,
        "driving": vehicle.driving,
        "orderUpdateId": vehicle.order_update_id,
        "orderId": vehicle.order_id,
        "load": [{"loadPosition": "1", "loadId": vehicle.load_id, "loadType": vehicle.load_type}],
        "lastNodeSequenceId": 0,
        "serialNumber": vehicle.serial,
        "timestamp": factory.now(6),
        "waitingForLoadHandling": vehicle.waiting_for_load,
        "headerId": factory.next_header(vehicle.serial),
        "batteryState": {
            "currentVoltage": vehicle.voltage,
            "percentage": ccu.battery_percent(vehicle.voltage),
            "charging": False,
            "minVolt": ccu.MIN_VOLT,
            "maxVolt": ccu.MAX_VOLT,
        },
        "paused": False,
        "nodeStates": [],
    }
    if vehicle.current is not None:
        state["actionState"] = vehicle.actions[vehicle.current]
    factory.publish(f"fts/v1/ff/{vehicle.serial}/state", state)


def _advance(factory: Factory, state: str) -> None:
    """The current action comes into this state; says so."""
    vehicle = factory.vehicle
    if vehicle.current is not None:
        vehicle.actions[vehicle.current] |= {"state": state, "timestamp": factory.now(6)}
    publish_state(factory)


def _waiting(factory: Factory, action: Json) -> Json:
    return {"command": action["type"], "id": action["id"], "timestamp": factory.now(6), "state": "WAITING"}


def _order(factory: Factory, random: Random, way: list[str], step_id: str, load: tuple[str, str | None] | None) -> Json:
    """The `fts/.../order` for a way; its first place has no action unless it is the only one."""
    edges = [f"{start}-{end}" for start, end in pairwise(way)]
    nodes: list[Json] = []
    for number, place in enumerate(way):
        node: Json = {"id": place, "linkedEdges": edges[max(0, number - 1) : number + 1]}
        if number == len(way) - 1:
            node["action"] = {"type": "DOCK", "id": step_id, "metadata": _dock_metadata(load)}
        elif number > 0:
            direction = turn(way[number - 1], place, way[number + 1])
            action: Json = {"id": new_id(random), "type": "PASS" if direction == "PASS" else "TURN"}
            node["action"] = action if direction == "PASS" else {**action, "metadata": {"direction": direction}}
        nodes.append(node)
    return {
        "timestamp": iso(factory.now_ns),
        "nodes": nodes,
        "edges": [
            {"id": edge, "length": length_mm(start, end), "linkedNodes": [start, end]}
            for edge, (start, end) in zip(edges, pairwise(way), strict=True)
        ],
        "serialNumber": factory.vehicle.serial,
    }


def _dock_metadata(load: tuple[str, str | None] | None) -> Json:
    if load is None:
        return {"loadPosition": "1"}
    colour, workpiece_id = load
    known = {"loadId": workpiece_id} if workpiece_id else {}
    return {**known, "loadType": colour, "loadPosition": "1"}
