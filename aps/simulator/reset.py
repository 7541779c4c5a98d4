"""The factory reset: everything that is under way ends, and who speaks starts anew."""

from __future__ import annotations

from random import Random
from typing import Final

from aps.command_values import Reset
from aps.modules import AIQS, DPS, DRILL, HBW, MILL
from aps.simulator import heartbeats, stations, txt
from aps.simulator.control import Orders
from aps.simulator.engine import Process
from aps.simulator.factory import Factory
from aps.simulator.module_commands import ModuleCommands
from aps.simulator.module_factsheets import txt_factsheet
from aps.simulator.payloads import Json
from aps.simulator.vehicle_actions import lose_position, pair

ORDER: Final = (HBW, DRILL, MILL, DPS, AIQS)
"""In which the stations are told."""

BACK: Final = (MILL, DRILL, AIQS, HBW, DPS)
"""In which they are there again."""

RESTART_S: Final = 26.4
"""Until the first station is there again."""

PAIRING_S: Final = 12.0
"""Then somebody pairs the vehicles, unless it has been done before."""


def receive(factory: Factory, orders: Orders, commands: ModuleCommands, said: Reset) -> None:
    """A message on `ccu/set/reset`."""
    for job in factory.jobs:
        job.close()
    orders.forget()
    commands.forget()
    factory.begin()
    factory.completed = []
    factory.pausing = True
    if said.with_storage:
        factory.bays = {bay: {} for bay in factory.bays}
    for piece in factory.bays.values():
        if piece:
            piece["state"] = "RAW"
    factory.activity = "the factory is reset"
    factory.run(_run(factory, factory.random(f"reset {factory.now_ns}")), 0.045)


def _run(factory: Factory, random: Random) -> Process:
    factory.publish_active()
    factory.publish("ccu/order/completed", [])
    for agv in factory.fleet.vehicles:
        yield 0.009
        factory.publish_instant_action("fts/v1/ff", agv.serial, random, "reset")
    for module in ORDER:
        yield 0.009
        factory.publish_instant_action("module/v1/ff", module.serial, random, "reset")
    yield 0.011
    factory.publish("ccu/global", {"type": "reset"})
    yield 0.05
    told = factory.publish_instant_action("module/v1/ff/NodeRed", DPS.serial, random, "reset")
    factory.run(txt.reset(factory, told), 0.06)
    yield 0.03
    for agv in factory.fleet.vehicles:
        lose_position(factory, agv)
    yield 5.6
    factory.publish("module/v1/ff/NodeRed/status", {"connectionState": "OFFLINE"})
    yield 0.003
    factory.publish("module/v1/ff/NodeRed/status", {"connectionState": "OFFLINE"})
    yield 3.8
    factory.publish("module/v1/ff/NodeRed/status", {"connectionState": "ONLINE"})
    yield RESTART_S - 9.6
    yield from _come_back(factory)
    yield PAIRING_S
    for agv in factory.fleet.vehicles:
        if agv.place == "UNKNOWN" and agv.connected:
            pair(factory, agv.serial)
            yield 8.0
    factory.activity = "waiting for the next order"


def _come_back(factory: Factory) -> Process:
    for module in BACK:
        factory.since_ns[module.serial] = factory.now_ns
        factory.reset_header(module.serial)
        stations.publish_idle(factory, module)
        heartbeats.publish_connection(factory, module, 0)
        if version := txt.VERSIONS.get(module.serial):
            prefix = f"module/v1/ff/NodeRed/{module.serial}"
            asked: Json = {"actionId": "SOME_ID", "actionType": "factsheetRequest", "metadata": {}}
            request = {"host": module.serial, "serialNumber": module.serial, "timestamp": factory.now()}
            factory.publish(f"{prefix}/instantAction", {**request, "actions": [asked]})
            yield 0.04
            factory.publish(f"{prefix}/factsheet", txt_factsheet(factory, module, version))
            txt.tell_factsheet(factory, module.serial)
        yield 0.08
    factory.publish_stock()
    factory.pausing = False
