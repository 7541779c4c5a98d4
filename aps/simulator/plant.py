"""Puts a factory's actors together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import SystemRandom
from typing import Final

from aps.modules import ACTIVE_MODULES
from aps.simulator import camera, heartbeats, requests, sensors, startup, vehicle_power
from aps.simulator.commands import Commands
from aps.simulator.control import Orders
from aps.simulator.engine import Engine
from aps.simulator.factory import Factory
from aps.simulator.faults import Faults
from aps.simulator.script import Script
from core.errors import UsageError

MOST_SPEED: Final = 1_000
MOST_RATE: Final = 10_000
"""With it the sensors alone would make 24,000 messages a second."""


def fresh_seed() -> int:
    """Another course of events each time, with other order ids; short enough to be typed."""
    return SystemRandom().randrange(2, 1_000_000)


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a factory is like, and what happens in it by itself."""

    seed: int = 1
    """The same seed and the same start give the same messages, as long as nobody sends a command."""
    speed: float = 1.0
    """Times as fast as the real factory."""
    orders: Sequence[str] | None = None
    """These in turn, then the end: `red`, `white:storage`. None: goods in and production in turn, for ever."""
    idle: bool = False
    """Without `orders`: nothing happens by itself, the factory waits for orders from outside."""
    parallel: int = 1
    """How many of `orders` are under way at a time."""
    rate: float = 1.0
    """How often sensors speak, times the real factory: background traffic for load tests."""
    vehicles: int = 1
    """One or two."""
    camera: bool = False
    """Whether the camera of the goods station sends a picture each second."""

    def check(self) -> None:
        """Raises UsageError for a factory that is not possible."""
        if not 0 < self.speed <= MOST_SPEED:
            raise UsageError(f"A speed of {self.speed} is not possible: give a number above 0, at most {MOST_SPEED}.")
        if not 0 < self.rate <= MOST_RATE:
            raise UsageError(f"A rate of {self.rate} is not possible: give a number above 0, at most {MOST_RATE}.")
        if self.vehicles not in (1, 2):
            raise UsageError(f"The factory has one or two vehicles, not {self.vehicles}.")
        if self.parallel < 1:
            raise UsageError(f"{self.parallel} orders at a time are not possible: give 1 or more.")
        if self.orders is not None:
            if not self.orders:
                raise UsageError("No orders were given: name at least one of white, red and blue, or leave them out.")
            requests.parse(self.orders)


@dataclass(frozen=True, slots=True)
class Plant:
    """A factory with its actors."""

    factory: Factory
    orders: Orders
    commands: Commands

    @property
    def engine(self) -> Engine:
        return self.factory.engine


def build_plant(start_ns: int, scenario: Scenario, faults: Faults | None = None) -> Plant:
    """A factory that begins at `start_ns`; let it live with `engine.run_until`. Raises UsageError for its orders."""
    factory = Factory(start_ns, scenario.seed, scenario.speed, faults, scenario.vehicles)
    factory.camera_on = scenario.camera
    engine, orders = factory.engine, Orders(factory)
    engine.spawn(startup.run(factory))
    for module in ACTIVE_MODULES:
        engine.spawn(heartbeats.run(factory, module))
    for sensor in sensors.SENSORS:
        engine.spawn(sensors.run(factory, sensor, scenario.rate))
    engine.spawn(camera.run(factory))
    for agv in factory.fleet.vehicles:
        engine.spawn(vehicle_power.run(factory, agv))
    script = Script(factory, orders)
    if scenario.orders is not None:
        engine.spawn(script.given(requests.parse(scenario.orders), scenario.parallel))
    elif not scenario.idle:
        engine.spawn(script.endless())
    return Plant(factory, orders, Commands(factory, orders))


def build_factory(start_ns: int, seed: int = 1, speed: float = 1.0, orders: Sequence[str] | None = None) -> Factory:
    """A factory of which nobody wants anything from outside."""
    return build_plant(start_ns, Scenario(seed, speed, orders)).factory
