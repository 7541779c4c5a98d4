"""Puts a factory's actors together."""

from __future__ import annotations

from collections.abc import Sequence

from aps.modules import ACTIVE_MODULES
from aps.simulator import heartbeats, order_script, sensors, startup
from aps.simulator.factory import Factory


def build_factory(start_ns: int, seed: int = 1, speed: float = 1.0, orders: Sequence[str] | None = None) -> Factory:
    """A factory that begins at `start_ns`; let it live with `factory.engine.run_until`."""
    factory = Factory(start_ns, seed, speed)
    factory.engine.spawn(startup.run(factory))
    for module in ACTIVE_MODULES:
        factory.engine.spawn(heartbeats.run(factory, module))
    for sensor in sensors.SENSORS:
        factory.engine.spawn(sensors.run(factory, sensor))
    factory.engine.spawn(order_script.run(factory, orders))
    return factory
