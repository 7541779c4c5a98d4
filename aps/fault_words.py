"""The faults of the simulated factory, for people."""

from __future__ import annotations

from typing import Final

from aps.modules import FTS_SERIALS, name_of
from aps.simulator.faults import BLOCKED, LOW_BATTERY, POWER, QUALITY, SENSOR, SILENT_FTS, Fault

NAMES: Final = {
    QUALITY: "Pieces fail their check",
    BLOCKED: "Station is blocked",
    SILENT_FTS: "Vehicle does not answer",
    POWER: "Vehicle is without power",
    LOW_BATTERY: "Battery is nearly empty",
    SENSOR: "Sensor is silent",
}
"""By the name that the command line takes."""
PLURAL: Final = {
    QUALITY: "colours",
    BLOCKED: "stations",
    SILENT_FTS: "vehicles",
    POWER: "vehicles",
    LOW_BATTERY: "vehicles",
    SENSOR: "sensors",
}
"""What each can be about."""


def target_words(name: str, target: str) -> str:
    """What a fault is about; an empty target is all of them."""
    if target:
        return name_of(target) if target in FTS_SERIALS else target
    return f"all {PLURAL[name]}"


def fault_words(fault: Fault) -> str:
    """What happens while it is on, as a sentence without its full stop."""
    always, share = fault.probability == 1, f"{fault.probability * 100:g} %"
    which = target_words(fault.name, fault.target) if fault.target else f"All {PLURAL[fault.name]}"
    if fault.name == QUALITY:
        of = f"{fault.target} pieces" if fault.target else "pieces"
        return f"All {of} fail their check" if always else f"{share} of the {of} fail their check"
    if fault.name == BLOCKED:
        commands = "each command fails" if always else f"{share} of the commands fail"
        return f"{which}: {commands}, and the station is blocked for twelve seconds"
    if fault.name == SILENT_FTS:
        return f"{which}: no order is answered" if always else f"{which}: {share} of the orders are not answered"
    if fault.name == POWER:
        return (
            f"{which}: without power until this ends" if always else f"{which}: {share} of the orders end without power"
        )
    if fault.name == LOW_BATTERY:
        when = "after each order" if always else f"after {share} of the orders"
        return f"{which}: the battery is nearly empty {when}, and the central control lets it charge"
    return f"{which}: no readings" if always else f"{which}: {share} of the readings are missing"
