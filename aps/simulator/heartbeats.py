"""The stations' heartbeats: every 15 seconds each repeats its connection message."""

from __future__ import annotations

from typing import Final

from aps.modules import AIQS, DPS, DRILL, HBW, MILL, Module
from aps.simulator.engine import Process
from aps.simulator.factory import Factory
from aps.simulator.payloads import connection

PERIOD_S: Final = 15.0
JITTER_S: Final = 0.02
"""Standard deviation; measured: 14.97 to 15.04 seconds between the 5th and the 95th percentile."""

PHASES_S: Final[dict[Module, float]] = {MILL: 0.0, DRILL: 0.06, AIQS: 0.2, HBW: 0.4, DPS: 0.5}
"""How long after the first station each one speaks: they have been reset together."""


def publish_connection(factory: Factory, module: Module, header_step: int) -> None:
    """One connection message; its timestamp is that of the station's start."""
    factory.last_seen_ns[module.serial] = factory.now_ns
    header_id = factory.next_header(module.serial, header_step)
    factory.publish(
        f"module/v1/ff/{module.serial}/connection", connection(module, header_id, factory.since_ns[module.serial])
    )


def run(factory: Factory, module: Module) -> Process:
    """Publishes the heartbeats of one station for ever, beginning one period after the start."""
    random = factory.random(f"heartbeat {module.serial}")
    due_s = PERIOD_S + PHASES_S[module]
    elapsed_s = 0.0
    while True:
        delay_s = due_s - elapsed_s + random.gauss(0, JITTER_S)
        elapsed_s += delay_s
        yield delay_s
        # the controller of DPS counts other messages, too, before it speaks again
        publish_connection(factory, module, random.randint(5, 9) if module is DPS else 1)
        due_s += PERIOD_S
