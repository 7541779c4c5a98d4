"""Calibration: a station is taught where things are, and the central control says what it knows about that."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from aps.command_values import CalibrationStep, Reference
from aps.modules import BY_SERIAL, DPS, HBW, Module
from aps.simulator import stations
from aps.simulator.factory import Factory
from aps.simulator.module_factsheets import CALIBRATION
from aps.simulator.payloads import Json

PARKED: Final = (DPS, HBW)
"""What has an arm that could suffer on the road."""


def receive(factory: Factory, said: CalibrationStep) -> None:
    """A message on `ccu/set/calibration`: the control passes it on to the station."""
    module = BY_SERIAL.get(said.serial_number)
    if module is None or not module.has_calibration or said.command not in CALIBRATION:
        factory.refusal = (
            "The calibration was not begun: it needs the serialNumber of HBW, DPS or AIQS, and a command "
            f"out of {', '.join(CALIBRATION)}."
        )
        return
    parameters = {key: value for key, value in said.wire().items() if key in ("position", "references", "factory")}
    _pass_on(factory, module, said.command, parameters, said.references)


def park(factory: Factory) -> None:
    """`ccu/set/park`: a calibration that begins, and ends, at the position PARK."""
    for module in PARKED:
        _pass_on(factory, module, "startCalibration", {"position": "PARK"}, ())


def _pass_on(factory: Factory, module: Module, name: str, parameters: Json, references: Iterable[Reference]) -> None:
    random = factory.random(f"calibration {module.serial} {factory.now_ns}")
    factory.publish_instant_action("module/v1/ff", module.serial, random, name, parameters or None)
    teach(factory, module, name, references)


def teach(factory: Factory, module: Module, name: str, references: Iterable[Reference]) -> None:
    """The station obeys and says so in its operating mode; the control tells how it stands.

    Nobody has recorded a real calibration: the values are those that were set, and nothing moves.
    """
    values = factory.taught.setdefault(module.serial, {})
    match name:
        case "startCalibration":
            factory.teaching[module.serial] = dict(values)
        case "stopCalibration":
            factory.teaching.pop(module.serial, None)
        case "setCalibrationValues" | "storeCalibrationValues":
            new = dict(factory.teaching.get(module.serial, {}))
            new |= {one.reference_key: one.reference_value for one in references}
            if module.serial in factory.teaching:
                factory.teaching[module.serial] = new
            if name == "storeCalibrationValues":
                values |= new
        case "resetCalibration":
            values.clear()
            if module.serial in factory.teaching:
                factory.teaching[module.serial] = {}
    stations.publish_idle(factory, module)
    _tell(factory, module, values)


def _tell(factory: Factory, module: Module, stored: dict[str, float]) -> None:
    calibrating = module.serial in factory.teaching
    shown = factory.teaching.get(module.serial, stored)
    answer: Json = {"calibrating": calibrating, "references": _references(shown), "status_references": []}
    factory.publish(f"ccu/state/calibration/{module.serial}", answer)


def _references(values: dict[str, float]) -> list[Json]:
    return [{"referenceKey": key, "referenceValue": value} for key, value in values.items()]
