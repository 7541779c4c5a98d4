"""The factory's stations and vehicles: serial numbers, names and what they do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Module:
    """One station of the factory."""

    serial: str
    """As in its topics; case matters."""
    name: str
    """The type, as the central control writes it: HBW, DRILL, ..."""
    role: str
    """What it does, for people."""
    ip: str = ""
    """Its controller's address in the factory's own network; empty for a passive station."""
    version: str = ""
    """What its connection message says; empty for a passive station."""
    has_calibration: bool = False
    processing_s: int | None = None
    """Configured duration of its process command in seconds; None for a station without one."""


HBW: Final = Module("SVR3QA0022", "HBW", "high-bay store", "192.168.0.80", "1.3.0", has_calibration=True)
DRILL: Final = Module("SVR4H76449", "DRILL", "drilling station", "192.168.0.50", "1.3.0", processing_s=5)
MILL: Final = Module("SVR3QA2098", "MILL", "milling station", "192.168.0.40", "1.3.0", processing_s=5)
DPS: Final = Module("SVR4H73275", "DPS", "goods in and out", "192.168.0.90", "1.6.0", has_calibration=True)
AIQS: Final = Module("SVR4H76530", "AIQS", "quality control by camera", "192.168.0.70", "1.3.0", has_calibration=True)
CHRG: Final = Module("CHRG0", "CHRG", "charging station")

MODULES: Final = (HBW, DRILL, MILL, DPS, AIQS, CHRG)
"""All stations, in the order in which the central control lists them."""

ACTIVE_MODULES: Final = tuple(module for module in MODULES if module.ip)
"""The stations that have a controller and therefore speak."""

FTS_SERIALS: Final = ("5iO4", "leJ4", "jp93")
"""The driverless transport vehicles that have been seen; a one-vehicle factory uses the first."""

BY_SERIAL: Final = {module.serial: module for module in MODULES}
BY_NAME: Final = {module.name: module for module in MODULES}


def name_of(serial: str) -> str:
    """A name for people: the station's type, `AGV-1` to `AGV-3` for a vehicle, otherwise the serial itself."""
    if serial in BY_SERIAL:
        return BY_SERIAL[serial].name
    return f"AGV-{FTS_SERIALS.index(serial) + 1}" if serial in FTS_SERIALS else serial
