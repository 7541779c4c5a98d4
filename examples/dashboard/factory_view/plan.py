"""Where everything is on the plan of the factory, from the roads in its layout."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from factory_view.arrival import fields, objects, text
from factory_view.feed import Snapshot
from factory_view.stations import LAYOUT

STEP = {"NORTH": (0, -1), "SOUTH": (0, 1), "EAST": (1, 0), "WEST": (-1, 0)}
USUAL = (
    ("1", "2", "EAST"),
    ("3", "1", "NORTH"),
    ("3", "4", "EAST"),
    ("4", "2", "NORTH"),
    ("SVR3QA0022", "1", "EAST"),
    ("SVR4H76449", "3", "EAST"),
    ("SVR3QA2098", "1", "SOUTH"),
    ("SVR4H73275", "2", "WEST"),
    ("SVR4H76530", "2", "SOUTH"),
    ("CHRG0", "4", "WEST"),
)
"""The roads of the factory as it is delivered: until it says itself how it is laid out."""
AHEAD = 0.62
"""How far in front of a station a vehicle stands that is docked there, as part of the way to the next node."""
MOST = 200
"""Roads; more than that is no factory of this kind."""

Road = tuple[str, str, str]
Point = tuple[float, float]


@dataclass(frozen=True)
class Plan:
    """Points in percent of the plan's width and height."""

    points: dict[str, Point]
    roads: tuple[Road, ...]
    columns: int
    rows: int

    def at(self, node: str) -> Point | None:
        """Where a vehicle at that node stands: at a station in front of it, so that both can be seen."""
        here = self.points.get(node)
        ahead = next((other for road in self.roads for other in _other_end(road, node)), None)
        if here is None or ahead is None or self._crossing(node):
            return here
        there = self.points[ahead]
        return here[0] + (there[0] - here[0]) * AHEAD, here[1] + (there[1] - here[1]) * AHEAD

    def _crossing(self, node: str) -> bool:
        return sum(node in road[:2] for road in self.roads) > 1


def plan_of(now: Snapshot) -> Plan:
    """The plan that the factory has sent; the usual one if it has sent none."""
    said = objects(fields(now.value(LAYOUT)).get("roads"))[:MOST]
    roads = [(text(one.get("from")), text(one.get("to")), text(one.get("direction"))) for one in said]
    return draw_up([road for road in roads if road[0] and road[1] and road[2] in STEP] or USUAL)


def draw_up(roads: Iterable[Road]) -> Plan:
    """Puts every node one step in the road's direction from the node at the other end."""
    known = list(roads)
    cells = {known[0][0]: (0, 0)}
    for _ in known:  # a road is placed as soon as one of its ends is
        for start, end, direction in known:
            east, south = STEP[direction]
            if start in cells and end not in cells:
                cells[end] = (cells[start][0] + east, cells[start][1] + south)
            elif end in cells and start not in cells:
                cells[start] = (cells[end][0] - east, cells[end][1] - south)
    left, top = min(x for x, _ in cells.values()), min(y for _, y in cells.values())
    columns = max(x for x, _ in cells.values()) - left + 1
    rows = max(y for _, y in cells.values()) - top + 1
    points = {node: ((x - left + 0.5) / columns * 100, (y - top + 0.5) / rows * 100) for node, (x, y) in cells.items()}
    return Plan(points, tuple(road for road in known if road[0] in points), columns, rows)


def _other_end(road: Road, node: str) -> list[str]:
    return [other for one, other in (road[:2], road[1::-1]) if one == node]
