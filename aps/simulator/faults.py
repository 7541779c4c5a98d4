"""What can go wrong in the simulated factory, switched on by name."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from random import Random
from typing import Final

from aps.modules import ACTIVE_MODULES, FTS_SERIALS
from core.errors import UsageError

COLOURS: Final = ("WHITE", "RED", "BLUE")
DEVICES: Final = ("mpu6050-1", "flame-1", "mq2-1", "dht11-1", "sw420-1", "bme680", "ldr")

QUALITY: Final = "quality"
BLOCKED: Final = "blocked"
SILENT_FTS: Final = "silent-fts"
SENSOR: Final = "sensor"
POWER: Final = "fts-off"
LOW_BATTERY: Final = "low-battery"

TARGETS: Final[dict[str, tuple[str, ...]]] = {
    QUALITY: COLOURS,
    BLOCKED: tuple(module.name for module in ACTIVE_MODULES),
    SILENT_FTS: FTS_SERIALS,
    POWER: FTS_SERIALS,
    LOW_BATTERY: FTS_SERIALS,
    SENSOR: DEVICES,
}
"""Each fault and what it can be about. Without a target it is about all of them."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault that is switched on."""

    name: str
    """`quality`: the check finds a bad piece. `blocked`: a station fails at its command. `silent-fts`: a vehicle does
    not answer an order. `fts-off`: a vehicle is without power. `low-battery`: its battery is nearly empty. `sensor`: a
    sensor is silent."""
    target: str = ""
    """A colour, a station, a vehicle's serial number or a sensor; empty for all."""
    probability: float = 1.0
    """Above 0, at most 1: of each check, each command, each order, each reading."""

    @classmethod
    def parse(cls, text: str) -> Fault:
        """`NAME[:TARGET][=PROBABILITY]`, such as `quality:RED=0.1`. Raises UsageError."""
        words, equals, share = text.partition("=")
        name, _, target = words.strip().partition(":")
        try:
            probability = float(share) if equals else 1.0
        except ValueError:
            raise UsageError(
                f"The probability of the fault '{text}' is not a number: write for example =0.1."
            ) from None
        return cls(name.strip().lower(), target.strip(), probability).checked()

    def checked(self) -> Fault:
        """The fault with its target as the factory writes it. Raises UsageError."""
        if self.name not in TARGETS:
            raise UsageError(f"There is no fault '{self.name}': choose from {', '.join(TARGETS)}.")
        known = {target.lower(): target for target in TARGETS[self.name]}
        if self.target and self.target.lower() not in known:
            choice = ", ".join(TARGETS[self.name])
            raise UsageError(f"The fault {self.name} has no target '{self.target}': choose from {choice}.")
        if not 0 < self.probability <= 1:
            raise UsageError(f"The probability {self.probability:g} is not possible: give one above 0, at most 1.")
        return Fault(self.name, known.get(self.target.lower(), ""), self.probability)

    def __str__(self) -> str:
        target = f":{self.target}" if self.target else ""
        return f"{self.name}{target}" + ("" if self.probability == 1 else f"={self.probability:g}")


class Faults:
    """The faults that are switched on; thread-safe, may be changed while the factory runs."""

    def __init__(self, faults: tuple[Fault, ...] = ()) -> None:
        self._lock = threading.Lock()
        self._on: dict[tuple[str, str], Fault] = {}
        for fault in faults:
            self.switch_on(fault)

    def switch_on(self, fault: Fault) -> None:
        """From now on it happens; replaces the one of the same name and target. Raises UsageError."""
        fault = fault.checked()
        with self._lock:
            self._on[fault.name, fault.target] = fault

    def switch_off(self, name: str, target: str = "") -> None:
        """Ends one; with an empty target that which is about all. Does nothing if it is not on."""
        with self._lock:
            self._on.pop((name, target), None)

    def clear(self) -> None:
        """Ends all."""
        with self._lock:
            self._on.clear()

    def active(self) -> tuple[Fault, ...]:
        """Those that are on, in the order in which they were switched on."""
        with self._lock:
            return tuple(self._on.values())

    def probability(self, name: str, target: str) -> float:
        """How likely it happens to this target: 0 if it is not on."""
        with self._lock:
            fault = self._on.get((name, target)) or self._on.get((name, ""))
            return fault.probability if fault else 0.0

    def strikes(self, name: str, target: str, random: Random) -> bool:
        """Whether it happens now. Draws only if it is on: without faults the course of events is the same."""
        probability = self.probability(name, target)
        return probability > 0 and random.random() < probability
