"""A vehicle, as its state messages describe it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from aps.modules import HBW
from aps.simulator.payloads import Json

BAYS: Final = ("1", "2", "3")
"""Where a vehicle carries workpieces."""

UNKNOWN: Final = "UNKNOWN"
"""Where it is after a reset, until somebody lets it look for its dock."""

DRAINED_VOLT: Final = 7.9
"""Four percent: below every threshold that makes sense."""

Load = tuple[str, str | None]
"""Colour and workpiece id; the id is None until the store has said it."""


class VehicleLost(Exception):
    """The vehicle was reset on the way: whoever drove with it cannot go on."""


@dataclass
class Vehicle:
    """One vehicle; `ready` says whether the control may use it."""

    serial: str
    place: str = HBW.serial
    last_module: str = HBW.serial
    holder: str | None = None
    """The id of the order that it drives for."""
    order_id: str = ""
    order_update_id: int = 0
    driving: bool = False
    waiting_for_load: bool = False
    busy: bool = False
    charging: bool = False
    shall_charge: bool = False
    """Whether it charges, or is to as soon as it is free."""
    connected: bool = True
    loads: dict[str, Load] = field(default_factory=dict)
    """What lies in which bay."""
    shown: int = 1
    """How many of its bays its states list: as many as have been used."""
    dock: Json = field(default_factory=dict)
    """The metadata of the order's DOCK."""
    actions: list[Json] = field(default_factory=list)
    current: int | None = None
    """Index of the current action in `actions`."""
    errors: list[Json] = field(default_factory=list)
    voltage: float = 8.6
    unplugging: bool = False
    """It has been told to end charging."""
    drained: bool = False
    """Its battery is nearly empty, until it has been charged."""
    tripped: bool = False
    """It is about to lose its power for a while."""
    resets: int = 0
    """How often it has forgotten everything."""
    since_ns: int = 0
    """When it was switched on."""
    paired_ns: int | None = None
    """Since when the control knows where it is; None: it does not."""

    def forget(self) -> None:
        """It knows nothing any more, not even where it is."""
        self.place = self.last_module = UNKNOWN
        self.holder, self.paired_ns, self.order_id, self.order_update_id = None, None, "", 0
        self.resets += 1
        self.driving = self.busy = self.waiting_for_load = self.charging = self.shall_charge = self.unplugging = False
        self.loads, self.dock, self.actions, self.current, self.shown = {}, {}, [], None, 1

    def read_battery(self, voltage: float) -> None:
        """A new reading, unless the battery is nearly empty."""
        self.voltage = DRAINED_VOLT if self.drained else voltage

    @property
    def ready(self) -> bool:
        """Whether it stands where it knows, free for an order."""
        stuck = self.waiting_for_load or self.charging or not self.connected
        return self.holder is None and not stuck and self.place != UNKNOWN

    @property
    def bay(self) -> str:
        """The bay that the dock is about."""
        return str(self.dock.get("loadPosition") or "1")

    def free_bay(self) -> str:
        """The first bay in which nothing lies."""
        return next((bay for bay in BAYS if bay not in self.loads), "3")

    def bay_of(self, workpiece_id: str | None) -> str | None:
        """Where this piece lies; None if it does not."""
        return next((bay for bay, (_, known) in self.loads.items() if known == workpiece_id), None)

    def load(self, bay: str, load: Load) -> None:
        """From now on this lies there."""
        self.loads[bay] = load
        if bay in BAYS:
            self.shown = max(self.shown, BAYS.index(bay) + 1)
