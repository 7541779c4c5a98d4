"""Builds valid commands: everything that a dashboard sends to the factory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random, SystemRandom
from typing import Final, Literal

from aps import command
from aps.command import LOAD_POSITIONS, Action, Colour, Command, Json, titled
from aps.modules import BY_SERIAL, CHRG, DPS, HBW
from aps.simulator.layout import PLACES, route
from aps.simulator.payloads import iso, new_id, new_workpiece_id
from aps.simulator.vehicle_order import order_for
from core.clock import Clock
from core.errors import UsageError

REQUEST_PREFIX: Final = "SESSION-MANAGER_"
"""Before the number of a request: who ordered."""
EMPTY_DOCK: Final[Json] = {"noLoadChange": True, "loadPosition": "1"}
"""A vehicle that comes for nothing: it does not wait for the station."""
BAYS: Final = tuple(f"{row}{column}" for row in "ABC" for column in "123")

Calibration = Literal["start", "stop", "setValues", "storeValues", "selectPosition", "testPosition", "resetCalibration"]


class MessageGenerator:
    """Every method makes one command, with the present time and new identifiers. All raise UsageError."""

    def __init__(self, clock: Clock, random: Random | None = None) -> None:
        """`random`: where identifiers come from; None: from the operating system."""
        self._clock = clock
        self._random = random or SystemRandom()

    def new_id(self) -> str:
        """A new UUID."""
        return new_id(self._random)

    def new_workpiece_id(self) -> str:
        """A number as on an NFC tag."""
        return new_workpiece_id(self._random)

    # --- orders

    def production(self, colour: Colour) -> Command:
        """Orders a piece from the store, made and delivered."""
        request = {"type": Colour(colour).value, "timestamp": self._now(), "orderType": "PRODUCTION",
                   "requestId": f"{REQUEST_PREFIX}{self.new_id()}"}  # fmt: skip
        return Command(f"Production {colour}", "ccu/order/request", request)

    def storage(self, colour: Colour, workpiece_id: str) -> Command:
        """Orders a piece that lies at the goods station into the store."""
        request = {"timestamp": self._now(), "orderType": "STORAGE", "type": Colour(colour).value,
                   "workpieceId": command.workpiece(workpiece_id)}  # fmt: skip
        return Command(f"Storage {colour}", "ccu/order/request", request)

    def cloud_order(self, colour: Colour) -> Command:
        """Orders a production through the cloud gateway."""
        request = {"type": Colour(colour).value, "ts": self._now()}
        return Command(f"Production {colour} through the cloud", "/j1/txt/1/f/o/order", request)

    def cancel(self, order_ids: Sequence[str]) -> Command:
        """Takes back orders that have not begun."""
        if not order_ids or not all(order_ids):
            raise UsageError("No order was named that is to be cancelled. Give at least one orderId.")
        return Command("Cancel orders", "ccu/order/cancel", list(order_ids))

    # --- the factory

    def reset(self, *, with_storage: bool) -> Command:
        """Ends everything that is under way; `with_storage` also empties the store."""
        payload = {"timestamp": self._now(), "withStorage": with_storage}
        return Command("Factory reset", "ccu/set/reset", payload)

    def default_layout(self) -> Command:
        """Goes back to the layout as delivered."""
        return Command("Default layout", "ccu/set/default_layout", {"timestamp": self._now()})

    def park(self) -> Command:
        """Brings the robot and the store's crane to where they can be transported."""
        return Command("Park", "ccu/set/park", {"timestamp": self._now()})

    def module_duration(self, serial: str, seconds: int) -> Command:
        """How long a station processes a piece, in seconds."""
        if BY_SERIAL[command.station(serial).serial].processing_s is None or not 0 < seconds <= 3_600:
            raise UsageError("Only drilling and milling have a duration; it is 1 to 3600 seconds.")
        payload = {"serialNumber": serial, "duration": seconds}
        return Command(titled(serial, f"duration {seconds} s"), "ccu/set/module-duration", payload)

    def delete_module(self, serial: str) -> Command:
        """Takes a station out of the layout."""
        payload = {"serialNumber": command.station(serial).serial}
        return Command(titled(serial, "delete"), "ccu/set/delete-module", payload)

    def calibration(self, serial: str, what: Calibration, position: str = "") -> Command:
        """Steers the calibration of a station; some commands name a position."""
        if not command.station(serial).has_calibration:
            raise UsageError(f"{BY_SERIAL[serial].name} cannot be calibrated. Choose HBW, DPS or AIQS.")
        payload = {"timestamp": self._now(), "serialNumber": serial, "command": what}
        named = {"position": position} if position else {}
        return Command(titled(serial, f"calibration {what}"), "ccu/set/calibration", {**payload, **named})

    def store_contents(self, pieces: Mapping[str, tuple[Colour, str]]) -> Command:
        """Says what lies in the store: colour and workpiece by bay (A1 to C3); all other bays are empty."""
        if unknown := sorted(set(pieces) - set(BAYS)):
            raise UsageError(f"The store has no bay '{unknown[0]}': its bays are A1 to C3.")
        contents = {bay: _piece(*pieces[bay]) if bay in pieces else {} for bay in BAYS}
        return self._instant("module", HBW.serial, "SET_STORAGE", {"contents": contents})

    def camera(self, move: str, degrees: int = 10) -> Command:
        """Moves the camera of the goods station: up, down, left or right by 10 or 20 degrees, home, or stop."""
        if move in ("home", "stop"):
            return Command(f"Camera {move}", "/j1/txt/1/o/ptu", {"ts": self._now(), "cmd": move})
        if move not in ("up", "down", "left", "right") or not 0 < degrees <= 180:
            raise UsageError(f"The camera cannot move '{move}' by {degrees}: up, down, left, right, home or stop.")
        payload = {"ts": self._now(), "cmd": f"relmove_{move}", "degree": degrees}
        return Command(f"Camera {move} {degrees}°", "/j1/txt/1/o/ptu", payload)

    # --- vehicles

    def charge(self, serial: str, *, on: bool) -> Command:
        """Sends a vehicle to the charger, or away from it."""
        payload = {"serialNumber": command.vehicle(serial), "charge": on}
        return Command(titled(serial, "charge" if on else "stop charging"), "ccu/set/charge", payload)

    def pair(self, serial: str) -> Command:
        """Lets the central control take a vehicle into service."""
        return Command(titled(serial, "pair"), "ccu/pairing/pair_fts", {"serialNumber": command.vehicle(serial)})

    def find_dock(self, serial: str, node: str = DPS.serial) -> Command:
        """The vehicle, which does not know where it is, looks for the dock in front of it: that of station `node`."""
        metadata = {"nodeId": command.station(node).serial}
        return self._instant("fts", command.vehicle(serial), "findInitialDockPosition", metadata)

    def clear_load(
        self, serial: str, *, dropped: bool, colour: Colour | None = None, workpiece_id: str = "", position: str = "1"
    ) -> Command:
        """Tells a waiting vehicle that its piece was taken (`dropped`), or that it has got one."""
        if position not in LOAD_POSITIONS:
            raise UsageError(f"A vehicle has the load positions 1, 2 and 3, not '{position}'.")
        known: Json = {} if colour is None else {"loadType": Colour(colour).value}
        if workpiece_id:
            known["loadId"] = command.workpiece(workpiece_id)
        metadata = {"loadDropped": dropped, **known, "loadPosition": position}
        return self._instant("fts", command.vehicle(serial), "clearLoadHandler", metadata)

    def vehicle_action(self, serial: str, action: Literal["stopCharging", "factsheetRequest", "reset"]) -> Command:
        """An instant action that needs nothing but the vehicle."""
        return self._instant("fts", command.vehicle(serial), action)

    def drive(
        self, serial: str, start: str, target: str, order_id: str, update_id: int = 0, *, charge: bool = False
    ) -> Command:
        """Sends an empty vehicle from the place where it stands to a station (serial numbers, or a crossing)."""
        if start not in PLACES or target not in BY_SERIAL:
            raise UsageError(f"There is no way from '{start}' to '{target}': a way leads from a place to a station.")
        dock = {"loadPosition": "2", "charge": True} if charge and target == CHRG.serial else EMPTY_DOCK
        ids = (_order_id(order_id), command.update_id(update_id))
        way = route(start, target)
        order = order_for(
            self._clock.now_ns(), self._random, command.vehicle(serial), ids, way, self.new_id(), dict(dock)
        )
        names = " → ".join(BY_SERIAL[one].name if one in BY_SERIAL else one for one in (start, target))
        return Command(titled(serial, names), f"fts/v1/ff/{serial}/order", order)

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
        piece = _piece(colour, workpiece_id)
        metadata: Json = dict(piece)
        if module is DPS:
            metadata = {"workpiece": {**piece, "history": [], "state": "PROCESSED"}}
        elif done.value == module.name:  # the process itself: DRILL, MILL
            metadata = {"type": piece["type"], "duration": module.processing_s}
        payload = {
            "timestamp": self._now(),
            "serialNumber": serial,
            "orderId": _order_id(order_id),
            "orderUpdateId": command.update_id(update_id),
            "action": {"id": self.new_id(), "command": done.value, "metadata": metadata},
        }
        return Command(titled(serial, done.value), f"module/v1/ff/{serial}/order", payload)

    def module_action(self, serial: str, action: Literal["factsheetRequest", "reset"]) -> Command:
        """An instant action that needs nothing but the station."""
        return self._instant("module", command.station(serial).serial, action)

    def status_light(self, colour: Literal["red", "yellow", "green"]) -> Command:
        """The light of the goods station."""
        lights = {name: name == colour for name in ("red", "yellow", "green")}
        return self._instant("module", DPS.serial, "setStatusLED", lights)

    def _instant(self, kind: str, serial: str, action: str, metadata: Json | None = None) -> Command:
        one: Json = {"actionId": self.new_id(), "actionType": action}
        if metadata is not None:
            one["metadata"] = metadata
        payload = {"serialNumber": serial, "timestamp": self._now(), "actions": [one]}
        return Command(titled(serial, action), f"{kind}/v1/ff/{serial}/instantAction", payload)

    def _now(self) -> str:
        return iso(self._clock.now_ns())


def _piece(colour: Colour, workpiece_id: str) -> Json:
    known = {"workpieceId": command.workpiece(workpiece_id)} if workpiece_id else {}
    return {"type": Colour(colour).value, **known}


def _order_id(order_id: str) -> str:
    if not order_id.strip():
        raise UsageError("The command needs an orderId: all commands of one sequence have the same.")
    return order_id
