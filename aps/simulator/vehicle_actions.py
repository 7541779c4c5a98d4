"""What a vehicle does when it is told directly: orders by hand, instant actions, charging."""

from __future__ import annotations

from contextlib import suppress
from random import Random
from typing import Final

from aps.action_values import VehicleInstantAction, VehicleInstantActions, VehicleOrder
from aps.command_values import Charge
from aps.modules import CHRG, DPS
from aps.simulator import vehicle
from aps.simulator.engine import Process
from aps.simulator.factory import Factory
from aps.simulator.payloads import Json, new_id
from aps.simulator.vehicle_order import why_refused
from aps.simulator.vehicle_report import battery_percent, factsheet, publish_state, warn
from aps.simulator.vehicle_state import UNKNOWN, Vehicle, VehicleLost

UNPLUG_S: Final = 2.0
RECHARGE_S: Final = 60.0
"""How long a vehicle charges that the control has sent to it by itself; real ones stay until somebody ends it."""

SEARCH_S: Final = (2.2, 4.5)
"""Looking for the dock: from the command until it drives, and until it has found it."""

LOAD_PATIENCE_S: Final = 120.0
"""How long a vehicle that was driven by hand waits for its load; then somebody tells it that there is none."""

PATIENCE_S: Final = 60.0
"""How long a vehicle that was reset stands there; then somebody pairs it."""


def receive_order(factory: Factory, serial: str, order: VehicleOrder) -> None:
    """An order that somebody else than the control has published."""
    agv = factory.fleet.find(serial)
    if agv is None or not agv.connected:
        return
    if (order.order_id, order.order_update_id) == (agv.order_id, agv.order_update_id):
        return  # it knows this one already: as the real vehicle it says nothing
    refusal = why_refused(agv, order, factory.roads)
    if refusal is not None:
        refuse(factory, serial, order.wire(), refusal)
        return
    agv.holder = order.order_id
    factory.run(_by_hand(factory, agv, order))


def refuse(factory: Factory, serial: str, order: Json, refusal: tuple[str, str]) -> None:
    """The vehicle says what it has against an order: the error's type and its words."""
    agv = factory.fleet.find(serial)
    if agv is None:
        return
    factory.refusal = f"Vehicle {serial} did not take an order: {refusal[1]}."
    references = {"orderId": str(order.get("orderId", "")), "orderUpdateId": str(order.get("orderUpdateId", ""))}
    warn(factory, agv, *refusal, references)


def _by_hand(factory: Factory, agv: Vehicle, order: VehicleOrder) -> Process:
    factory.activity = f"by hand: vehicle {agv.serial} drives to {order.nodes[-1].id}"
    with suppress(VehicleLost):
        yield from vehicle.follow(factory, factory.random(f"by hand {order.order_id}"), agv, order)
    number = agv.order_update_id
    factory.fleet.release(order.order_id)
    yield LOAD_PATIENCE_S
    if agv.waiting_for_load and (agv.order_id, agv.order_update_id) == (order.order_id, number):
        said: Json = {"loadDropped": True, "loadPosition": agv.bay}
        random = factory.random(f"patience {order.order_id}")
        action_id = factory.publish_instant_action("fts/v1/ff", agv.serial, random, "clearLoadHandler", said)
        vehicle.load_cleared(factory, agv, action_id, said)


def receive_action(factory: Factory, serial: str, told: VehicleInstantActions) -> None:
    """An instant action that somebody has published."""
    agv = factory.fleet.find(serial)
    if agv is not None and agv.connected:
        for action in told.actions:
            _act(factory, agv, action)


def _act(factory: Factory, agv: Vehicle, action: VehicleInstantAction) -> None:
    action_id = action.action_id
    match action.action_type:
        case "clearLoadHandler":
            vehicle.load_cleared(factory, agv, action_id, action.metadata.wire())
        case "findInitialDockPosition":
            find_dock(factory, agv, action_id, action.metadata.node_id)
        case "stopCharging":
            factory.run(_stop_charging(factory, agv, action_id))
        case "factsheetRequest":
            note(factory, agv, action_id, "factsheetRequest", "FINISHED")
            factory.publish(f"fts/v1/ff/{agv.serial}/factsheet", factsheet(factory, agv))
        case "reset":
            lose_position(factory, agv)
            put_on_its_way(factory, agv)


def put_on_its_way(factory: Factory, agv: Vehicle) -> None:
    """After a while somebody pairs the vehicle again, if nobody else has."""
    factory.run(_put_on_its_way(factory, agv), PATIENCE_S)


def _put_on_its_way(factory: Factory, agv: Vehicle) -> Process:
    if agv.place == UNKNOWN and agv.connected:
        pair(factory, agv.serial)
    yield from ()


def pair(factory: Factory, serial: str) -> None:
    """`ccu/pairing/pair_fts`: the control lets a vehicle look for the dock at the goods station."""
    agv = factory.fleet.find(serial)
    if agv is None:
        factory.refusal = f"No vehicle was paired: there is none with the serial number {serial!r}."
        return
    random = factory.random(f"pair {factory.now_ns}")
    where = {"nodeId": DPS.serial}
    action_id = factory.publish_instant_action("fts/v1/ff", agv.serial, random, "findInitialDockPosition", where)
    find_dock(factory, agv, action_id, DPS.serial)


def find_dock(factory: Factory, agv: Vehicle, action_id: str, node: str) -> None:
    """The vehicle looks for the dock in front of it, which is `node`; only if it does not know where it is."""
    if not agv.connected:
        return
    if agv.place != UNKNOWN or agv.driving or agv.waiting_for_load:
        factory.refusal = f"Vehicle {agv.serial} did not look for its dock: it knows that it is at {agv.place}."
        warn(factory, agv, "findInitialDockPosition_ERROR", "position is known", {"actionId": action_id})
    elif node not in factory.stations:
        factory.refusal = f"Vehicle {agv.serial} did not look for its dock: there is no station '{node}'."
        warn(factory, agv, "findInitialDockPosition_ERROR", "unknown node", {"actionId": action_id})
    else:
        factory.run(_find_dock(factory, agv, action_id, node))


def _find_dock(factory: Factory, agv: Vehicle, action_id: str, node: str) -> Process:
    resets = agv.resets
    for wait in _search(factory, agv, action_id, node):
        yield wait
        if agv.resets != resets:
            return


def _search(factory: Factory, agv: Vehicle, action_id: str, node: str) -> Process:
    yield 0.06
    action = note(factory, agv, action_id, "findInitialDockPosition", "INITIALIZING")
    yield SEARCH_S[0]
    agv.driving = True
    action |= {"state": "RUNNING", "timestamp": factory.now(6)}
    publish_state(factory, agv)
    yield SEARCH_S[1]
    agv.place = agv.last_module = node
    agv.paired_ns = factory.now_ns
    action |= {"state": "FINISHED", "timestamp": factory.now(6)}
    publish_state(factory, agv)
    yield 0.005
    agv.driving = False
    publish_state(factory, agv)
    factory.fleet.changed()


def note(factory: Factory, agv: Vehicle, action_id: str, command: str, state: str) -> Json:
    """The vehicle lists an instant action among its actions, and says so; returns the entry."""
    action: Json = {"command": command, "id": action_id, "timestamp": factory.now(6), "state": state}
    agv.actions.append(action)
    publish_state(factory, agv)
    return action


def lose_position(factory: Factory, agv: Vehicle) -> None:
    """A reset: it forgets everything, and where it is."""
    agv.forget()
    warn(factory, agv, "RESET", "FTS was reset", {})


def set_charge(factory: Factory, said: Charge) -> None:
    """`ccu/set/charge`: the control sends a vehicle to the charger, or away from it."""
    agv = factory.fleet.find(said.serial_number)
    if agv is None:
        factory.refusal = f"No vehicle charges: there is none with the serial number {said.serial_number!r}."
    elif said.charge:
        if not agv.shall_charge:
            agv.shall_charge = True
            factory.run(_charge(factory, agv.serial))
    else:
        random = factory.random(f"unplug {factory.now_ns}")
        action_id = factory.publish_instant_action("fts/v1/ff", agv.serial, random, "stopCharging")
        factory.run(_stop_charging(factory, agv, action_id))


def charge_if_low(factory: Factory, agv: Vehicle) -> None:
    """What the control does with each state of a vehicle: at the threshold of its settings it lets it charge."""
    threshold = factory.config["ftsSettings"]["chargeThresholdPercent"]
    if agv.shall_charge or agv.paired_ns is None or battery_percent(agv.voltage) > threshold:
        return
    agv.shall_charge = True
    factory.run(_recharge(factory, agv))


def _recharge(factory: Factory, agv: Vehicle) -> Process:
    """The control does not end it: people do, after a while."""
    yield from _charge(factory, agv.serial)
    resets, order_id = agv.resets, agv.order_id
    yield RECHARGE_S
    if agv.charging and (agv.resets, agv.order_id) == (resets, order_id):
        set_charge(factory, Charge(serial_number=agv.serial, charge=False))


def _charge(factory: Factory, serial: str) -> Process:
    """As soon as the vehicle is free."""
    random = factory.random(f"charge {factory.now_ns}")
    private = new_id(random)
    agv = yield from factory.fleet.take(private, CHRG.serial, serial)
    if not agv.shall_charge:  # told otherwise before it was free
        factory.fleet.release(private)
        return
    yield 0.05
    dock = {"loadPosition": "2", "charge": True}
    with suppress(VehicleLost):
        yield from vehicle.drive(factory, agv, (private, 0), CHRG.serial, new_id(random), dock)
    factory.fleet.release(private)
    factory.activity = f"vehicle {serial} charges"


def _stop_charging(factory: Factory, agv: Vehicle, action_id: str) -> Process:
    agv.shall_charge = False
    yield 0.05
    if not agv.charging or agv.unplugging:
        warn(factory, agv, "stopCharging_ERROR", "it does not charge", {"actionId": action_id})
        return
    agv.unplugging = True
    yield UNPLUG_S
    agv.unplugging = agv.drained = False
    agv.charging, agv.voltage = False, full(factory.random(f"charged {action_id}"))
    note(factory, agv, action_id, "stopCharging", "FINISHED")
    factory.fleet.changed()


def full(random: Random) -> float:
    """The voltage of a charged battery."""
    return random.choice((8.9, 9.0, 9.1))
