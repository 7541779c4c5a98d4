"""The driveways: stations and intersections, the way between two of them, and what a vehicle does on it."""

from __future__ import annotations

from collections import deque
from typing import Final

from aps.modules import AIQS, CHRG, DPS, DRILL, HBW, MILL

PLACES: Final = {
    MILL.serial: (0, 2), AIQS.serial: (1, 2),
    HBW.serial: (-1, 1), "1": (0, 1), "2": (1, 1), DPS.serial: (2, 1),
    DRILL.serial: (-1, 0), "3": (0, 0), "4": (1, 0), CHRG.serial: (2, 0),
}  # fmt: skip
"""East and north of each place, in grid units: turning left or right follows from these."""

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

_LENGTHS: Final = {frozenset((start, end)): length for start, end, length, _ in ROADS}


def length_mm(start: str, end: str) -> int:
    """The length of the road between two neighbouring places."""
    return _LENGTHS[frozenset((start, end))]


def route(start: str, end: str) -> list[str]:
    """The places from `start` to `end`, both included: as few roads as possible, through the lower number."""
    came_from = {start: start}
    waiting = deque([start])
    while waiting:
        place = waiting.popleft()
        for neighbour in sorted(_neighbours(place)):
            # no way leads through a station
            if neighbour not in came_from and (neighbour in INTERSECTIONS or neighbour == end):
                came_from[neighbour] = place
                waiting.append(neighbour)
    way = [end]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return way[::-1]


def turn(before: str, here: str, after: str) -> str:
    """What a vehicle does at the intersection `here`: PASS, LEFT or RIGHT."""
    (x0, y0), (x1, y1), (x2, y2) = PLACES[before], PLACES[here], PLACES[after]
    side = (x1 - x0) * (y2 - y1) - (y1 - y0) * (x2 - x1)
    return "PASS" if side == 0 else "LEFT" if side > 0 else "RIGHT"


def _neighbours(place: str) -> list[str]:
    return [end if start == place else start for start, end, _, _ in ROADS if place in (start, end)]
