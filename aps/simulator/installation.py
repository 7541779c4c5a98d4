"""What the central control is told about the factory as it stands: layout, ways of the colours, settings, durations."""

from __future__ import annotations

from typing import Final

from aps.modules import ACTIVE_MODULES, BY_SERIAL
from aps.simulator.ccu import pairing_state
from aps.simulator.factory import Factory
from aps.simulator.orders import PROCESSING
from aps.simulator.payloads import COLOURS, Json, layout

LONGEST_S: Final = 3_600
MOST_PARALLEL: Final = 10


def receive(factory: Factory, name: str, value: object) -> None:
    """A message on `ccu/set/<name>`: what is taken is published as `ccu/state/...`; `factory.refusal` says why not."""
    said: Json = value if isinstance(value, dict) else {}
    reason = _set(factory, name, said)
    if reason:
        factory.refusal = f"The message on ccu/set/{name} was not obeyed: {reason}."


def _set(factory: Factory, name: str, said: Json) -> str | None:
    match name:
        case "layout":
            return _set_layout(factory, said)
        case "default_layout":
            return _set_layout(factory, layout()) if said.get("timestamp") else "it has no timestamp"
        case "delete-module":
            return _delete(factory, said.get("serialNumber"))
        case "flows":
            return _set_flows(factory, said)
        case "config":
            return _set_config(factory, said)
        case "module-duration":
            return _set_duration(factory, said.get("serialNumber"), said.get("duration"))
    return "nobody knows it"


def _set_layout(factory: Factory, said: Json) -> str | None:
    for part in ("modules", "intersections", "roads"):
        if not isinstance(said.get(part), list) or not all(isinstance(one, dict) for one in said[part]):
            return f"{part} is missing, or no list of objects"
    factory.layout = said
    factory.publish("ccu/state/layout", said)
    return None


def _delete(factory: Factory, serial: object) -> str | None:
    modules = [one for one in factory.layout["modules"] if one.get("serialNumber") != serial]
    if len(modules) == len(factory.layout["modules"]):
        return f"there is no station {serial!r}"
    roads = [one for one in factory.layout["roads"] if serial not in (one.get("from"), one.get("to"))]
    return _set_layout(factory, {**factory.layout, "modules": modules, "roads": roads})


def _set_flows(factory: Factory, said: Json) -> str | None:
    """For the orders that come from now on."""
    for colour in COLOURS:
        way = said.get(colour)
        steps = way.get("steps") if isinstance(way, dict) else None
        if not isinstance(steps, list) or any(step not in PROCESSING for step in steps):
            return f"{colour} needs steps out of {', '.join(PROCESSING)}"
    factory.flows = said
    factory.publish("ccu/state/flows", said)
    return None


def _set_config(factory: Factory, said: Json) -> str | None:
    settings = said.get("productionSettings")
    most = settings.get("maxParallelOrders") if isinstance(settings, dict) else None
    if type(most) is not int or not 1 <= most <= MOST_PARALLEL:
        return f"maxParallelOrders is not 1 to {MOST_PARALLEL}"
    factory.config = said
    factory.publish("ccu/state/config", said)
    return None


def _set_duration(factory: Factory, serial: object, seconds: object) -> str | None:
    if serial not in factory.durations_s:
        known = ", ".join(one.serial for one in ACTIVE_MODULES if one.processing_s)
        return f"{serial!r} is none of the stations with a duration, {known}"
    if type(seconds) is not int or not 0 < seconds <= LONGEST_S:
        return f"the duration is not 1 to {LONGEST_S} s"
    factory.durations_s[BY_SERIAL[str(serial)].serial] = seconds
    factory.publish("ccu/pairing/state", pairing_state(factory))
    return None
