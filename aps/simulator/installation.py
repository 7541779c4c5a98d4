"""What the central control is told about the factory as it stands: layout, ways of the colours, settings, durations."""

from __future__ import annotations

from aps import command_values as values
from aps.command_values import CommandValue
from aps.modules import ACTIVE_MODULES
from aps.simulator.ccu import pairing_state
from aps.simulator.factory import Factory
from aps.simulator.orders import PROCESSING
from aps.simulator.payloads import COLOURS, Json, layout


def receive(factory: Factory, topic: str, said: CommandValue) -> None:
    """A message on `ccu/set/...`: what is taken is published as `ccu/state/...`; `factory.refusal` says why not."""
    reason = _set(factory, said)
    if reason:
        factory.refusal = f"The message on {topic} was not obeyed: {reason}."


def _set(factory: Factory, said: CommandValue) -> str | None:
    match said:
        case values.Layout():
            factory.announce(said.wire())
        case values.Timed():
            factory.announce(layout())
        case values.DeleteModule():
            return _delete(factory, said.serial_number)
        case values.Flows():
            return _set_flows(factory, said.wire())
        case values.Config():
            factory.config = said.wire()
            factory.publish("ccu/state/config", factory.config)
        case values.ModuleDuration():
            return _set_duration(factory, said)
        case _:
            return "nobody obeys it"
    return None


def _delete(factory: Factory, serial: str) -> str | None:
    modules = [one for one in factory.layout["modules"] if one.get("serialNumber") != serial]
    if len(modules) == len(factory.layout["modules"]):
        return f"there is no station {serial!r}"
    roads = [one for one in factory.layout["roads"] if serial not in (one.get("from"), one.get("to"))]
    factory.announce({**factory.layout, "modules": modules, "roads": roads})
    return None


def _set_flows(factory: Factory, said: Json) -> str | None:
    """For the orders that come from now on."""
    for colour in COLOURS:
        if any(step not in PROCESSING for step in said[colour]["steps"]):
            return f"{colour} needs steps out of {', '.join(PROCESSING)}"
    factory.flows = said
    factory.publish("ccu/state/flows", said)
    return None


def _set_duration(factory: Factory, said: values.ModuleDuration) -> str | None:
    if said.serial_number not in factory.durations_s:
        known = ", ".join(one.serial for one in ACTIVE_MODULES if one.processing_s)
        return f"{said.serial_number!r} is none of the stations with a duration, {known}"
    factory.durations_s[said.serial_number] = said.duration
    factory.publish("ccu/pairing/state", pairing_state(factory))
    return None
