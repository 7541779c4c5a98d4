"""The central control's running commentary: the status LED and `ccu/pairing/state` after whatever it notices."""

from __future__ import annotations

from random import Random
from typing import Final

from aps.modules import CHRG, DPS, MODULES, Module
from aps.simulator.engine import Process
from aps.simulator.factory import Factory
from aps.simulator.payloads import VEHICLE_VERSION, Json, iso
from aps.simulator.vehicle_actions import charge_if_low
from aps.simulator.vehicle_report import VEHICLE_IPS, battery_percent
from aps.simulator.vehicle_state import UNKNOWN, Vehicle
from core.topics import matches

TRIGGERS: Final = (
    "module/v1/ff/+/connection",
    "module/v1/ff/+/state",
    "fts/v1/ff/+/connection",
    "fts/v1/ff/+/state",
    "fts/v1/ff/+/order",
)
"""What makes the control look at everything again. About 45 times a minute in the real factory with one vehicle."""

STATE: Final = "fts/v1/ff/+/state"

BUSY_SHARE: Final = 0.1
"""How often the central control has something else to do first."""


def watch(factory: Factory) -> None:
    """From now on lets the central control react to what is published."""
    random = factory.random("central control")

    def react(topic: str) -> None:
        if not factory.pausing and any(matches(trigger, topic) for trigger in TRIGGERS):
            factory.engine.spawn(_comment(factory, random), _delay_s(random))
        if matches(STATE, topic) and (agv := factory.fleet.find(topic.split("/")[3])) is not None:
            charge_if_low(factory, agv)

    factory.engine.on_publish = react


def _delay_s(random: Random) -> float:
    """Measured: 42 to 50 milliseconds, now and then up to 80."""
    return random.uniform(0.05, 0.082) if random.random() < BUSY_SHARE else random.gauss(0.0455, 0.0018)


def _comment(factory: Factory, random: Random) -> Process:
    """The pair of messages: first the LED, about 4 milliseconds later the pairing state."""
    fatal = bool(factory.jammed)
    at_work = factory.busy or factory.reserved or any(vehicle.busy for vehicle in factory.fleet.vehicles)
    lamp = {"green": not at_work and not fatal, "red": fatal, "yellow": bool(at_work) and not fatal}
    factory.publish_instant_action("module/v1/ff", DPS.serial, random, "setStatusLED", lamp)
    yield random.uniform(0.002, 0.009)
    factory.publish("ccu/pairing/state", pairing_state(factory))


def pairing_state(factory: Factory) -> Json:
    """Who is there, and who is busy."""
    return {
        "modules": [_paired(factory, module) for module in MODULES],
        "transports": [_transport(vehicle) for vehicle in factory.fleet.vehicles],
    }


def _paired(factory: Factory, module: Module) -> Json:
    occupied = any(vehicle.place == module.serial for vehicle in factory.fleet.vehicles)
    busy = occupied if module is CHRG else module.serial in factory.busy
    available = "BLOCKED" if module.serial in factory.jammed else "BUSY" if busy else "READY"
    found: Json = {
        "serialNumber": module.serial,
        "type": "MODULE",
        "connected": True,
        "available": available,
        "subType": module.name,
        "pairedSince": iso(factory.start_ns),
        "assigned": module.serial in factory.reserved,
    }
    if module.serial in factory.durations_s:
        found["productionDuration"] = factory.durations_s[module.serial]
    if module.ip:
        last_seen_ns = factory.last_seen_ns.get(module.serial, factory.start_ns)
        found |= {"ip": module.ip, "version": module.version, "lastSeen": iso(last_seen_ns)}
        found["hasCalibration"] = module.has_calibration
    return found


def _transport(vehicle: Vehicle) -> Json:
    blocked = vehicle.charging or vehicle.place == UNKNOWN or not vehicle.connected
    return {
        "serialNumber": vehicle.serial,
        "type": "FTS",
        "connected": vehicle.connected,
        "available": "BLOCKED" if blocked else "BUSY" if vehicle.busy else "READY",
        **({"ip": VEHICLE_IPS[vehicle.serial]} if vehicle.connected else {}),
        "version": VEHICLE_VERSION,
        "lastSeen": iso(vehicle.since_ns),
        "charging": vehicle.charging,
        "batteryVoltage": vehicle.voltage,
        "batteryPercentage": battery_percent(vehicle.voltage),
        "lastNodeId": vehicle.place,
        **({} if vehicle.paired_ns is None else {"pairedSince": iso(vehicle.paired_ns)}),
        "lastModuleSerialNumber": vehicle.last_module,
        "lastLoadPosition": vehicle.bay,
    }
