"""Builds valid commands: everything that a dashboard sends to the factory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal

from aps import command
from aps import command_values as values
from aps.action_values import StationAction, StationOrder, VehicleOrder
from aps.command import LOAD_POSITIONS, Action, Colour, Command, Json, titled
from aps.modules import BY_SERIAL, CHRG, DPS, name_of
from aps.setup_generator import SetupGenerator, piece
from aps.simulator.layout import DELIVERED, PLACES, RoadMap
from aps.simulator.vehicle_order import order_for
from core.errors import UsageError

REQUEST_PREFIX: Final = "SESSION-MANAGER_"
"""Before the number of a request: who ordered."""
EMPTY_DOCK: Final[Json] = {"noLoadChange": True, "loadPosition": "1"}
"""A vehicle that comes for nothing: it does not wait for the station."""
Load = tuple[Colour, str]
"""Of a vehicle: the colour of a piece and its number, empty where nobody knows it yet."""


class MessageGenerator(SetupGenerator):
    """Every method makes one command, with the present time and new identifiers. All raise UsageError."""

    # --- orders

    def production(self, colour: Colour) -> Command:
        """Orders a piece from the store, made and delivered."""
        request = values.ProductionRequest(
            type=Colour(colour), timestamp=self._now(), order_type="PRODUCTION",
            request_id=f"{REQUEST_PREFIX}{self.new_id()}",
        )  # fmt: skip
        return Command(f"Production {colour}", "ccu/order/request", request)

    def storage(self, colour: Colour, workpiece_id: str) -> Command:
        """Orders a piece that lies at the goods station into the store."""
        request = values.StorageRequest(
            timestamp=self._now(), order_type="STORAGE", type=Colour(colour),
            workpiece_id=command.workpiece(workpiece_id),
        )  # fmt: skip
        return Command(f"Storage {colour}", "ccu/order/request", request)

    def cloud_order(self, colour: Colour) -> Command:
        """Orders a production through the cloud gateway."""
        request = values.CloudOrder(type=Colour(colour), ts=self._now())
        return Command(f"Production {colour} through the cloud", "/j1/txt/1/f/o/order", request)

    def cancel(self, order_ids: Sequence[str]) -> Command:
        """Takes back orders that have not begun."""
        if not order_ids or not all(order_ids):
            raise UsageError("No order was named that is to be cancelled. Give at least one orderId.")
        return Command("Cancel orders", "ccu/order/cancel", values.CancelOrders(tuple(order_ids)))

    # --- vehicles

    def charge(self, serial: str, *, on: bool) -> Command:
        """Sends a vehicle to the charger, or away from it."""
        charge = values.Charge(serial_number=command.vehicle(serial), charge=on)
        return Command(titled(serial, "charge" if on else "stop charging"), "ccu/set/charge", charge)

    def pair(self, serial: str) -> Command:
        """Lets the central control take a vehicle into service."""
        pair = values.Pair(serial_number=command.vehicle(serial))
        return Command(titled(serial, "pair"), "ccu/pairing/pair_fts", pair)

    def find_dock(self, serial: str, node: str = DPS.serial) -> Command:
        """The vehicle, which does not know where it is, looks for the dock in front of it: that of station `node`."""
        metadata = {"nodeId": command.station(node).serial}
        return self._instant("fts", command.vehicle(serial), "findInitialDockPosition", metadata)

    def clear_load(
        self, serial: str, *, dropped: bool, colour: Colour | None = None, workpiece_id: str = "", position: str = "1"
    ) -> Command:
        """Tells a waiting vehicle that its piece was taken (`dropped`), or that it has got one."""
        known = {} if colour is None else _load((colour, workpiece_id))
        metadata = {"loadDropped": dropped, **known, "loadPosition": _position(position)}
        made = self._instant("fts", command.vehicle(serial), "clearLoadHandler", metadata)
        return replace(made, title=titled(serial, "load was taken" if dropped else "load was put on"))

    def vehicle_action(self, serial: str, action: Literal["stopCharging", "factsheetRequest", "reset"]) -> Command:
        """An instant action that needs nothing but the vehicle."""
        return self._instant("fts", command.vehicle(serial), action)

    def drive(
        self, serial: str, start: str, target: str, order_id: str, update_id: int = 0, *, charge: bool = False,
        load: Load | None = None, position: str = "1", roads: RoadMap = DELIVERED,
    ) -> Command:  # fmt: skip
        """Sends a vehicle from the place where it stands to a station (serial numbers, or a crossing).

        `load`: the piece that it brings or that it shall get there; it then waits until it is told that the station
        has taken or given it. None: it comes empty and does not wait. `position`: where on the vehicle that is.
        `roads`: those of the layout that the central control has announced.
        """
        if start not in PLACES or target not in BY_SERIAL:
            raise UsageError(f"There is no way from '{start}' to '{target}': a way leads from a place to a station.")
        way = roads.route(start, target)
        if not way:
            raise UsageError(
                f"No road of the present layout leads from {name_of(start)} to {name_of(target)}. "
                "Choose another station, or change the layout."
            )
        dock: Json = dict(EMPTY_DOCK)
        if charge and target == CHRG.serial:
            dock = {"loadPosition": "2", "charge": True}
        elif load is not None:
            dock = {**_load(load), "loadPosition": _position(position)}
        ids = (_order_id(order_id), command.update_id(update_id))
        at_ns, agv = self._clock.now_ns(), command.vehicle(serial)
        order = order_for(at_ns, self._random, agv, ids, way, roads, self.new_id(), dock)
        names = " → ".join(BY_SERIAL[one].name if one in BY_SERIAL else one for one in (start, target))
        return Command(titled(serial, names), f"fts/v1/ff/{serial}/order", VehicleOrder.of(order))

    # --- stations

    def module(
        self,
        serial: str,
        action: Action,
        order_id: str,
        update_id: int,
        *,
        colour: Colour = Colour.WHITE,
        workpiece_id: str = "",
    ) -> Command:
        """One command of a sequence at a station. `workpiece_id` may be empty where nobody knows it."""
        module = command.station(serial)
        done = command.action_of(module, action)
        known = piece(colour, workpiece_id)
        metadata: Json = dict(known)
        if module is DPS:
            metadata = {"workpiece": {**known, "history": [], "state": "PROCESSED"}}
        elif done.value == module.name:  # the process itself: DRILL, MILL
            metadata = {"type": known["type"], "duration": module.processing_s}
        order = StationOrder(
            timestamp=self._now(),
            serial_number=serial,
            order_id=_order_id(order_id),
            order_update_id=command.update_id(update_id),
            action=StationAction.of({"id": self.new_id(), "command": done.value, "metadata": metadata}),
        )
        return Command(titled(serial, done.value), f"module/v1/ff/{serial}/order", order)

    def module_action(self, serial: str, action: Literal["factsheetRequest", "reset"]) -> Command:
        """An instant action that needs nothing but the station."""
        return self._instant("module", command.station(serial).serial, action)


def _order_id(order_id: str) -> str:
    if not order_id.strip():
        raise UsageError("The command needs an orderId: all commands of one sequence have the same.")
    return order_id


def _load(load: Load) -> Json:
    """What a vehicle's commands say about a piece."""
    colour, workpiece_id = load
    known = {"loadId": command.workpiece(workpiece_id)} if workpiece_id else {}
    return {"loadType": Colour(colour).value, **known}


def _position(position: str) -> str:
    if position not in LOAD_POSITIONS:
        raise UsageError(f"A vehicle has the load positions 1, 2 and 3, not '{position}'.")
    return position
