"""Valid commands, at least one for each shipped template: starting points for messages that are written by hand."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from aps.command import Action, Colour, Command
from aps.generator import MessageGenerator
from aps.modules import AIQS, DPS, DRILL, FTS_SERIALS, HBW, MODULES
from aps.simulator.payloads import FLOWS


def command_examples(make: MessageGenerator) -> dict[str, Callable[[], Command]]:
    """How each is made, with the present time and new identifiers, by its title for people."""
    vehicle = FTS_SERIALS[0]
    return {
        "Order: production": partial(make.production, Colour.WHITE),
        "Order: storage": lambda: make.storage(Colour.WHITE, make.new_workpiece_id()),
        "Order: production through the cloud": partial(make.cloud_order, Colour.WHITE),
        "Order: cancel": lambda: make.cancel([make.new_id()]),
        "Factory: reset": partial(make.reset, with_storage=False),
        "Factory: layout": partial(make.layout, [one.serial for one in MODULES]),
        "Factory: default layout": make.default_layout,
        "Factory: ways of the colours": partial(make.flows, {Colour(one): FLOWS[one]["steps"] for one in FLOWS}),
        "Factory: settings": partial(make.config, {Colour.WHITE: 580, Colour.BLUE: 550, Colour.RED: 560}, 4, 10),
        "Factory: park": make.park,
        "Factory: processing time of a station": partial(make.module_duration, DRILL.serial, 5),
        "Factory: delete a station": partial(make.delete_module, DRILL.serial),
        "Factory: calibration": partial(make.calibration, AIQS.serial, "startCalibration"),
        "Factory: move the camera": partial(make.camera, "left"),
        "Factory: how often a sensor speaks": partial(make.sampling, "bme680", 60),
        "Factory: alarm": partial(make.alarm, on=True),
        "Vehicle: charge": partial(make.charge, vehicle, on=True),
        "Vehicle: pair": partial(make.pair, vehicle),
        "Vehicle: drive": lambda: make.drive(vehicle, DPS.serial, HBW.serial, make.new_id()),
        "Vehicle: find initial dock position": partial(make.find_dock, vehicle),
        "Vehicle: load was taken": partial(make.clear_load, vehicle, dropped=True),
        "Vehicle: factsheet": partial(make.vehicle_action, vehicle, "factsheetRequest"),
        "Vehicle: reset": partial(make.vehicle_action, vehicle, "reset"),
        "Station: take the piece (PICK)": lambda: make.module(DRILL.serial, Action.PICK, make.new_id(), 1),
        "Station: drill": lambda: make.module(DRILL.serial, Action.DRILL, make.new_id(), 2),
        "Station: check quality": lambda: make.module(AIQS.serial, Action.CHECK_QUALITY, make.new_id(), 2),
        "Station: give the piece (DROP)": lambda: make.module(DRILL.serial, Action.DROP, make.new_id(), 3),
        "Station: factsheet": partial(make.module_action, DRILL.serial, "factsheetRequest"),
        "Station: contents of the store": partial(make.store_contents, {}),
    }
