"""Where the stations and crossings of a factory lie, from the layout that its central control announces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from aps.newest_said import number_of, text_of
from aps.order_payloads import Json, objects
from aps.simulator.payloads import layout
from core.errors import UsageError

TOPIC: Final = "ccu/state/layout"
MOST_PLACES: Final = 100
"""Ten are delivered; a map of more than a hundred cannot be read."""
UNIT_MM: Final = 380
"""One field of the map. The roads that are delivered have 360 to 430 mm: all are one field long."""
MOST_FIELDS: Final = 20
"""Of one road, however long it is said to be."""
STEPS: Final = {"EAST": (1, 0), "WEST": (-1, 0), "NORTH": (0, 1), "SOUTH": (0, -1)}
"""East and north, by the compass direction of a road."""

Point = tuple[int, int]
_Links = dict[str, list[tuple[str, int, int]]]


@dataclass(frozen=True, slots=True)
class FloorPlan:
    """A factory from above."""

    places: Mapping[str, Point]
    """East and north of each station (by its serial number) and each crossing, in fields; the smallest is 0."""
    roads: frozenset[tuple[str, str]]
    """From, to; each can be driven both ways."""
    stations: Mapping[str, str]
    """The type of each station (HBW, DRILL, ...) by its serial number; all other places are crossings."""
    placeholders: frozenset[str] = field(default_factory=frozenset)
    """Serial numbers of stations that are planned and not there."""

    def neighbour(self, place: str) -> str | None:
        """A place that a road leads to from here; None if none does."""
        found = sorted(end if start == place else start for start, end in self.roads if place in (start, end))
        return found[0] if found else None


def floor_plan(said: Json) -> FloorPlan:
    """The plan of a `ccu/state/layout`. Raises UsageError, with the reason, for one that cannot be drawn.

    A layout tells no coordinates: they follow from the length and the compass direction of each road.
    """
    modules = {text_of(one, "serialNumber"): one for one in objects(said.get("modules"))}
    stations = {serial: text_of(one, "type") or serial for serial, one in modules.items() if serial}
    crossings = [text_of(one, "id") for one in objects(said.get("intersections"))]
    names = list(dict.fromkeys([*stations, *(one for one in crossings if one)]))
    if not names:
        raise UsageError("it names no station and no crossing")
    if len(names) > MOST_PLACES:
        raise UsageError(f"it has {len(names):,} places, and at most {MOST_PLACES} can be drawn")
    links: _Links = {name: [] for name in names}
    roads = set()
    for road in objects(said.get("roads")):
        start, end, east, north = _road(road, links)
        links[start].append((end, east, north))
        links[end].append((start, -east, -north))
        roads.add((start, end))
    planned = frozenset(serial for serial in stations if modules[serial].get("placeholder") is True)
    return FloorPlan(_side_by_side(_parts(links)), frozenset(roads), stations, planned)


def _road(road: Mapping[str, object], known: Mapping[str, object]) -> tuple[str, str, int, int]:
    """From, to, and how far east and north that is."""
    start, end, direction = (text_of(road, name) for name in ("from", "to", "direction"))
    for place in (start, end):
        if place not in known:
            raise UsageError(f"a road leads to '{place}', which it does not name")
    if direction not in STEPS:
        raise UsageError(f"the road from '{start}' to '{end}' has no direction")
    fields = min(MOST_FIELDS, max(1, round((number_of(road, "length") or UNIT_MM) / UNIT_MM)))
    east, north = STEPS[direction]
    return start, end, east * fields, north * fields


def _parts(links: _Links) -> Iterator[dict[str, Point]]:
    """What is connected by roads, each part with coordinates of its own."""
    done: set[str] = set()
    for first in links:
        if first in done:
            continue
        found: dict[str, Point] = {first: (0, 0)}
        waiting = [first]
        while waiting:
            here = waiting.pop()
            for place, east, north in links[here]:
                point = (found[here][0] + east, found[here][1] + north)
                if place not in found:
                    waiting.append(place)
                if found.setdefault(place, point) != point:
                    raise UsageError(f"its roads put '{place}' at two places at once")
        done |= found.keys()
        if len(set(found.values())) < len(found):
            raise UsageError("its roads put two stations or crossings at the same place")
        yield found


def _side_by_side(parts: Iterable[Mapping[str, Point]]) -> dict[str, Point]:
    """One beside the other, all from the same southern edge; no road connects them."""
    places: dict[str, Point] = {}
    east = 0
    for part in parts:
        west, south = min(x for x, _ in part.values()), min(y for _, y in part.values())
        places |= {place: (x - west + east, y - south) for place, (x, y) in part.items()}
        east += max(x for x, _ in part.values()) - west + 1
    return places


DELIVERED: Final = floor_plan(layout())
"""The factory as it is delivered."""
