"""Builds the commands that set the factory up: layout, ways of the colours, calibration, sensors, lights."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from random import Random, SystemRandom
from typing import Final, Literal, get_args

from aps import command
from aps import command_values as values
from aps.action_values import StationInstantActions, VehicleInstantActions
from aps.command import Colour, Command, Json, titled
from aps.modules import AIQS, BY_SERIAL, DPS, DRILL, HBW, MILL, MODULES
from aps.simulator import payloads
from aps.simulator.payloads import iso, new_id, new_workpiece_id
from core.clock import Clock
from core.errors import UsageError

BAYS: Final = tuple(f"{row}{column}" for row in "ABC" for column in "123")

Calibration = Literal[
    "startCalibration",
    "stopCalibration",
    "setCalibrationValues",
    "storeCalibrationValues",
    "selectCalibrationPosition",
    "testCalibrationPosition",
    "resetCalibration",
]
"""As the stations' factsheets name them."""
CALIBRATIONS: Final[tuple[Calibration, ...]] = get_args(Calibration)
AT_A_POSITION: Final = ("selectCalibrationPosition", "testCalibrationPosition")
WITH_VALUES: Final = ("setCalibrationValues", "storeCalibrationValues")
"""The second one stores what was set before, if it names no values."""

PROCESSING: Final = (DRILL.name, MILL.name, AIQS.name)
"""Stations that a colour's way may lead over."""
SENSORS: Final = ("bme680", "ldr")
"""Of the goods station: those whose period can be set."""
Light = Literal["red", "yellow", "green"]


class SetupGenerator:
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

    # --- the central control

    def reset(self, *, with_storage: bool) -> Command:
        """Ends everything that is under way; `with_storage` also empties the store."""
        reset = values.Reset(timestamp=self._now(), with_storage=with_storage)
        return Command("Factory reset", "ccu/set/reset", reset)

    def layout(self, stations: Collection[str]) -> Command:
        """The layout as delivered, with these stations (serial numbers) and the roads that lead to them."""
        if unknown := sorted(set(stations) - set(BY_SERIAL)):
            raise UsageError(f"There is no station '{unknown[0]}': choose from {', '.join(BY_SERIAL)}.")
        if not stations:
            raise UsageError("A layout needs at least one station.")
        gone = {one.serial for one in MODULES} - set(stations)
        whole = payloads.layout()
        modules = [one for one in whole["modules"] if one["serialNumber"] not in gone]
        roads = [one for one in whole["roads"] if not gone & {one["from"], one["to"]}]
        layout = values.Layout.of({**whole, "modules": modules, "roads": roads})
        return Command("Layout", "ccu/set/layout", layout)

    def default_layout(self) -> Command:
        """Goes back to the layout as delivered."""
        return Command("Default layout", "ccu/set/default_layout", values.Timed(timestamp=self._now()))

    def delete_module(self, serial: str) -> Command:
        """Takes a station out of the layout."""
        gone = values.DeleteModule(serial_number=command.station(serial).serial)
        return Command(titled(serial, "delete"), "ccu/set/delete-module", gone)

    def flows(self, stations: Mapping[Colour, Sequence[str]]) -> Command:
        """Which stations (DRILL, MILL, AIQS) a piece of each colour passes, in this order; colours not named: none."""
        for names in stations.values():
            if unknown := [name for name in names if name not in PROCESSING]:
                raise UsageError(f"No piece is processed at '{unknown[0]}': choose from {', '.join(PROCESSING)}.")
            if len(set(names)) < len(names):
                raise UsageError("A piece passes each station once at most.")
        ways = {colour.value: {"steps": list(stations.get(colour, ()))} for colour in sorted(Colour)}
        return Command("Ways of the colours", "ccu/set/flows", values.Flows.of(ways))

    def config(self, durations: Mapping[Colour, int], parallel: int, charge_percent: int) -> Command:
        """How long a production is expected to take (seconds), how many orders run at a time (1 to 10), and below
        which charge a vehicle is sent to the charger (percent).
        """
        if set(durations) != set(Colour) or not all(0 < one <= 86_400 for one in durations.values()):
            raise UsageError("Each colour needs a production time of 1 to 86400 seconds.")
        if not 1 <= parallel <= 10 or not 0 <= charge_percent <= 100:
            raise UsageError("1 to 10 orders run at a time, and vehicles charge below 0 to 100 %.")
        config = values.Config(
            production_durations=values.ProductionDurations.of({one.value: durations[one] for one in Colour}),
            production_settings=values.ProductionSettings(max_parallel_orders=parallel),
            fts_settings=values.VehicleSettings(charge_threshold_percent=charge_percent),
        )
        return Command("Settings of the control", "ccu/set/config", config)

    def module_duration(self, serial: str, seconds: int) -> Command:
        """How long a station processes a piece, in seconds."""
        if BY_SERIAL[command.station(serial).serial].processing_s is None or not 0 < seconds <= 3_600:
            raise UsageError("Only drilling and milling have a duration; it is 1 to 3600 seconds.")
        duration = values.ModuleDuration(serial_number=serial, duration=seconds)
        return Command(titled(serial, f"duration {seconds} s"), "ccu/set/module-duration", duration)

    def park(self) -> Command:
        """Brings the robot and the store's crane to where they can be transported."""
        return Command("Park", "ccu/set/park", values.Timed(timestamp=self._now()))

    def calibration(
        self, serial: str, what: Calibration, position: str = "", references: Mapping[str, float] | None = None,
        *, factory: bool = False,
    ) -> Command:  # fmt: skip
        """Steers the calibration of a station. `position` and `references` (values by key) where the command takes
        them; `factory`: a reset goes back to the values of delivery.
        """
        if not command.station(serial).has_calibration:
            raise UsageError(f"{BY_SERIAL[serial].name} cannot be calibrated. Choose HBW, DPS or AIQS.")
        if what in AT_A_POSITION and not position:
            raise UsageError(f"{what} needs the name of a position, such as PARK.")
        if what == "setCalibrationValues" and not references:
            raise UsageError(f"{what} needs at least one value.")
        payload: Json = {"timestamp": self._now(), "serialNumber": serial, "command": what}
        if what in AT_A_POSITION:
            payload["position"] = position
        if what in WITH_VALUES and references:
            payload["references"] = [
                {"referenceKey": key, "referenceValue": value} for key, value in references.items()
            ]
        if what == "resetCalibration":
            payload["factory"] = factory
        return Command(titled(serial, what), "ccu/set/calibration", values.CalibrationStep.of(payload))

    # --- stations

    def store_contents(self, pieces: Mapping[str, tuple[Colour, str]]) -> Command:
        """Says what lies in the store: colour and workpiece by bay (A1 to C3); all other bays are empty."""
        if unknown := sorted(set(pieces) - set(BAYS)):
            raise UsageError(f"The store has no bay '{unknown[0]}': its bays are A1 to C3.")
        contents = {bay: piece(*pieces[bay]) if bay in pieces else {} for bay in BAYS}
        return self._instant("module", HBW.serial, "SET_STORAGE", {"contents": contents})

    def announce_output(self, order_id: str, colour: Colour) -> Command:
        """Tells the goods station which order will bring it a piece."""
        if not order_id.strip():
            raise UsageError("The goods station has to be told the orderId.")
        said = {"orderId": order_id, "type": Colour(colour).value}
        return self._instant("module", DPS.serial, "announceOutput", said)

    def cancel_storage(self) -> Command:
        """Lets the goods station throw away the piece that lies in it."""
        return self._instant("module", DPS.serial, "cancelStorageOrder")

    def status_light(self, colour: Light) -> Command:
        """The light of the goods station."""
        lights = {name: name == colour for name in get_args(Light)}
        return self._instant("module", DPS.serial, "setStatusLED", lights)

    # --- sensors, camera, alarm

    def camera(self, move: str, degrees: int = 10) -> Command:
        """Moves the camera of the goods station: up, down, left or right by 10 or 20 degrees, home, or stop."""
        if move in ("home", "stop"):
            return Command(f"Camera {move}", "/j1/txt/1/o/ptu", values.CameraMove.of({"ts": self._now(), "cmd": move}))
        if move not in ("up", "down", "left", "right") or not 0 < degrees <= 180:
            raise UsageError(f"The camera cannot move '{move}' by {degrees}: up, down, left, right, home or stop.")
        turn = values.CameraMove.of({"ts": self._now(), "cmd": f"relmove_{move}", "degree": degrees})
        return Command(f"Camera {move} {degrees}°", "/j1/txt/1/o/ptu", turn)

    def camera_stream(self, *, on: bool, pictures: int = 2) -> Command:
        """Switches the camera; `pictures` a second, 1 to 30."""
        if not 1 <= pictures <= 30:
            raise UsageError(f"The camera takes 1 to 30 pictures a second, not {pictures}.")
        stream = values.CameraStream(ts=self._now(), on=on, fps=pictures)
        return Command(f"Camera {'on' if on else 'off'}", "/j1/txt/1/c/cam", stream)

    def sampling(self, sensor: str, period_s: int) -> Command:
        """How often a sensor of the goods station speaks: every so many seconds, 1 to 3600. Usual are 3 and 60."""
        if sensor not in SENSORS or not 1 <= period_s <= 3_600:
            raise UsageError("The sensors are bme680 and ldr; they speak every 1 to 3600 seconds.")
        sampling = values.Sampling(ts=self._now(), period=period_s)
        return Command(f"{sensor} every {period_s} s", f"/j1/txt/1/c/{sensor}", sampling)

    def alarm(self, *, on: bool) -> Command:
        """Switches the alarm of the sensor station."""
        return Command(f"Alarm {'on' if on else 'off'}", "osf/arduino/alarm/enabled", values.Alarm(on))

    def _instant(self, kind: str, serial: str, action: str, metadata: Json | None = None) -> Command:
        one: Json = {"actionId": self.new_id(), "actionType": action}
        if metadata is not None:
            one["metadata"] = metadata
        told = {"serialNumber": serial, "timestamp": self._now(), "actions": [one]}
        value = VehicleInstantActions.of(told) if kind == "fts" else StationInstantActions.of(told)
        return Command(titled(serial, action), f"{kind}/v1/ff/{serial}/instantAction", value)

    def _now(self) -> str:
        return iso(self._clock.now_ns())


def piece(colour: Colour, workpiece_id: str) -> Json:
    """What commands say about a workpiece; its number may be unknown."""
    known = {"workpieceId": command.workpiece(workpiece_id)} if workpiece_id else {}
    return {"type": Colour(colour).value, **known}


def delivered_flows() -> dict[Colour, list[str]]:
    """The ways of the colours as delivered."""
    return {colour: list(payloads.FLOWS[colour.value]["steps"]) for colour in Colour}
