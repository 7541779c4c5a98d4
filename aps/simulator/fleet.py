"""Who may use what: stations and vehicles serve one order at a time, the others wait in line."""

from __future__ import annotations

from collections import deque
from typing import Final

from aps.simulator.engine import Engine, Process, Signal, Work
from aps.simulator.layout import DELIVERED
from aps.simulator.vehicle_state import Vehicle

PIECES_UNDER_WAY: Final = 3
"""As many as a vehicle has room for: then each that leaves a station finds a place, and nobody waits for ever."""


class Line:
    """`places` holders at a time; who comes first is served first."""

    def __init__(self, engine: Engine, places: int = 1) -> None:
        self._engine = engine
        self._places = places
        self._holders: list[str] = []
        self._line: deque[str] = deque()
        self._changed = Signal()
        self._closed = False

    @property
    def free(self) -> bool:
        return len(self._holders) < self._places and not self._line

    def held_by(self, name: str) -> bool:
        return name in self._holders

    def enter(self, name: str) -> Process:
        """Waits until `name` holds a place; at once if it does already."""
        if self.held_by(name):
            return
        self._line.append(name)
        while not self._closed and (self._line[0] != name or len(self._holders) >= self._places):
            yield self._changed
        self._line.remove(name)
        self._holders.append(name)
        self._engine.give(self._changed)  # there may be another place

    def close(self) -> None:
        """There is nothing to wait for any more: everybody goes on."""
        self._closed = True
        self._engine.give(self._changed)

    def leave(self, name: str) -> None:
        """Gives the place back; does nothing if `name` holds none."""
        if name in self._holders:
            self._holders.remove(name)
            self._engine.give(self._changed)


class Fleet:
    """The vehicles, of which an order holds one from the first metre until its piece has been handed over."""

    def __init__(self, engine: Engine, vehicles: list[Vehicle]) -> None:
        self._engine = engine
        self.vehicles = vehicles
        self.roads = DELIVERED
        """Those of the layout that the central control has announced."""
        self._line: list[tuple[str, str | None, str]] = []
        self._changed = Signal()

    def find(self, serial: str) -> Vehicle | None:
        return next((vehicle for vehicle in self.vehicles if vehicle.serial == serial), None)

    def held(self, name: str) -> Vehicle | None:
        """The vehicle that `name` holds."""
        return next((vehicle for vehicle in self.vehicles if vehicle.holder == name), None)

    def standing_at(self, place: str) -> Vehicle | None:
        """A vehicle that could be used at once and stands there."""
        return next((vehicle for vehicle in self.vehicles if vehicle.ready and vehicle.place == place), None)

    def take(self, name: str, target: str, serial: str | None = None) -> Work[Vehicle]:
        """Waits for a vehicle that has a way to `target`: the nearest, or the one with this serial number."""
        ticket = (name, serial, target)
        self._line.append(ticket)
        while (vehicle := self._served(ticket)) is None:
            yield self._changed
        self._line.remove(ticket)
        vehicle.holder = name
        self._engine.give(self._changed)  # the next in line may want another one
        return vehicle

    def release(self, name: str) -> None:
        """Gives back what `name` holds."""
        vehicle = self.held(name)
        if vehicle is not None:
            vehicle.holder = None
        self.changed()

    def forget(self) -> None:
        """Nobody waits for a vehicle any more, and nobody holds one."""
        self._line.clear()
        for vehicle in self.vehicles:
            vehicle.holder = None

    def changed(self) -> None:
        """Somebody who waits may be able to go on."""
        self._engine.give(self._changed)

    def _served(self, ticket: tuple[str, str | None, str]) -> Vehicle | None:
        """The vehicle for this ticket, unless somebody before it can take it."""
        free = [vehicle for vehicle in self.vehicles if vehicle.ready]
        for other in self._line:
            _, serial, target = other
            ways = {
                vehicle.serial: len(way)
                for vehicle in free
                if serial in (None, vehicle.serial) and (way := self.roads.route(vehicle.place, target))
            }
            if not ways:
                continue
            chosen = min((vehicle for vehicle in free if vehicle.serial in ways), key=lambda one: ways[one.serial])
            if other is ticket:
                return chosen
            free.remove(chosen)
        return None
