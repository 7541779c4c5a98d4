"""A vehicle loses its power, and comes back: connection, factsheet, state, and a place that nobody knows."""

from __future__ import annotations

from typing import Final

from aps.simulator.engine import Process
from aps.simulator.factory import Factory
from aps.simulator.faults import POWER
from aps.simulator.payloads import VEHICLE_VERSION, txt_connection
from aps.simulator.vehicle_actions import note, put_on_its_way
from aps.simulator.vehicle_report import VEHICLE_IPS, factsheet, publish_state
from aps.simulator.vehicle_state import Vehicle

LOOK_S: Final = 1.0
"""How often it is looked whether the fault is on."""

OUTAGE_S: Final = 30.0
"""How long a vehicle is without power that loses it only now and then; one whose fault is on stays off."""

ASKED_S: Final = 0.01
"""From its connection until the control asks for the factsheet; measured."""


def run(factory: Factory, agv: Vehicle) -> Process:
    """Takes the vehicle's power away and gives it back, for ever, as the fault says."""
    while True:
        yield LOOK_S
        always = factory.faults.probability(POWER, agv.serial) == 1
        if always or agv.tripped:
            _switch_off(factory, agv)
            yield 0.0 if always else OUTAGE_S
            while factory.faults.probability(POWER, agv.serial) == 1:
                yield LOOK_S
            yield from _switch_on(factory, agv)


def publish_connection(factory: Factory, agv: Vehicle, state: str = "ONLINE") -> None:
    """`fts/.../connection`: said once, without heartbeat; the broker says the last will with the same fields."""
    ip = VEHICLE_IPS[agv.serial]
    connection = txt_connection(agv.serial, VEHICLE_VERSION, ip, agv.since_ns)
    factory.publish(f"fts/v1/ff/{agv.serial}/connection", connection | {"connectionState": state})


def _switch_off(factory: Factory, agv: Vehicle) -> None:
    agv.forget()
    agv.connected = agv.tripped = False
    publish_connection(factory, agv, "CONNECTIONBROKEN")
    factory.fleet.changed()


def _switch_on(factory: Factory, agv: Vehicle) -> Process:
    """The order of the messages is measured; the times after the factsheet's request are assumed."""
    random = factory.random(f"power {agv.serial} {factory.now_ns}")
    agv.connected, agv.since_ns, agv.voltage = True, factory.now_ns, 0.0  # it has not measured yet
    factory.reset_header(agv.serial)
    publish_connection(factory, agv)
    yield ASKED_S
    asked = factory.publish_instant_action("fts/v1/ff", agv.serial, random, "factsheetRequest")
    yield 0.05
    publish_state(factory, agv)
    yield 0.02
    factory.publish(f"fts/v1/ff/{agv.serial}/factsheet", factsheet(factory, agv))
    agv.voltage = random.choice((8.5, 8.6))
    yield 0.02
    note(factory, agv, asked, "factsheetRequest", "FINISHED")
    put_on_its_way(factory, agv)
