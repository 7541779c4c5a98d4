"""The roads: stations and intersections, the way between two of them, and what a vehicle does on it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

from aps.command_values import Layout
from aps.modules import AIQS, CHRG, DPS, DRILL, HBW, MILL

PLACES: Final = {
    MILL.serial: (0, 2), AIQS.serial: (1, 2),
    HBW.serial: (-1, 1), "1": (0, 1), "2": (1, 1), DPS.serial: (2, 1),
    DRILL.serial: (-1, 0), "3": (0, 0), "4": (1, 0), CHRG.serial: (2, 0),
}  # fmt: skip
"""East and north of each place of the factory as it is delivered, in grid units."""

ROADS: Final = (
    ("1", "2", 360, "EAST"),
    ("3", "1", 360, "NORTH"),
    ("3", "4", 360, "EAST"),
    ("4", "2", 360, "NORTH"),
    (HBW.serial, "1", 380, "EAST"),
    (DRILL.serial, "3", 380, "EAST"),
    (MILL.serial, "1", 380, "SOUTH"),
    (DPS.serial, "2", 380, "WEST"),
    (AIQS.serial, "2", 380, "SOUTH"),
    (CHRG.serial, "4", 430, "WEST"),
)
"""From, to, length in millimetres, compass direction; each can be driven both ways."""

INTERSECTIONS: Final = ("1", "2", "3", "4")

_STEPS: Final = {"NORTH": (0, 1), "EAST": (1, 0), "SOUTH": (0, -1), "WEST": (-1, 0)}
"""East and north of one step."""


class RoadMap:
    """The roads of a layout, as the central control plans ways on them."""

    def __init__(self, roads: Iterable[tuple[str, str, int, str]], intersections: Iterable[str]) -> None:
        """Each road: from, to, length in millimetres, compass direction; it can be driven both ways."""
        self.intersections: Final = frozenset(intersections)
        self._lengths: dict[frozenset[str], int] = {}
        self._headings: dict[tuple[str, str], tuple[int, int]] = {}
        self._neighbours: dict[str, set[str]] = {}
        for start, end, length, direction in roads:
            east, north = _STEPS[direction]
            self._lengths[frozenset((start, end))] = length
            self._headings |= {(start, end): (east, north), (end, start): (-east, -north)}
            self._neighbours.setdefault(start, set()).add(end)
            self._neighbours.setdefault(end, set()).add(start)

    @classmethod
    def of(cls, layout: Layout) -> RoadMap:
        """That of a layout which was announced, or is to be."""
        roads = ((road.from_, road.to, road.length, road.direction) for road in layout.roads)
        return cls(roads, (one.id for one in layout.intersections))

    def connects(self, start: str, end: str) -> bool:
        """Whether there is a road between these two places."""
        return frozenset((start, end)) in self._lengths

    def length_mm(self, start: str, end: str) -> int:
        """The length of the road between two neighbouring places."""
        return self._lengths[frozenset((start, end))]

    def route(self, start: str, end: str) -> list[str]:
        """The places from `start` to `end`, both included: as few roads as possible, through the lower number. Empty
        if there is no way.
        """
        came_from = {start: start}
        waiting = deque([start])
        while waiting:
            place = waiting.popleft()
            for neighbour in sorted(self._neighbours.get(place, ())):
                # no way leads through a station
                if neighbour not in came_from and (neighbour in self.intersections or neighbour == end):
                    came_from[neighbour] = place
                    waiting.append(neighbour)
        if end not in came_from:
            return []
        way = [end]
        while way[-1] != start:
            way.append(came_from[way[-1]])
        return way[::-1]

    def turn(self, before: str, here: str, after: str) -> str:
        """What a vehicle does at the intersection `here`: PASS, LEFT or RIGHT."""
        (x1, y1), (x2, y2) = self._headings[before, here], self._headings[here, after]
        side = x1 * y2 - y1 * x2
        return "PASS" if side == 0 else "LEFT" if side > 0 else "RIGHT"


DELIVERED: Final = RoadMap(ROADS, INTERSECTIONS)
"""The roads of the factory as it is delivered."""
