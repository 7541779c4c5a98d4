"""A layout tells roads and compass directions; where everything lies follows from them, or why it cannot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aps.floor_plan import DELIVERED, MOST_PLACES, STEPS, UNIT_MM, floor_plan
from aps.simulator.layout import PLACES, ROADS
from aps.simulator.payloads import layout
from core.errors import UsageError


def said(*roads: tuple[str, str, str], crossings: str = "12345", **changes: Any) -> dict[str, Any]:
    listed = [{"from": start, "to": end, "direction": direction, "length": 360} for start, end, direction in roads]
    return {"modules": [], "intersections": [{"id": one} for one in crossings], "roads": listed, **changes}


def test_the_delivered_layout_lies_as_the_simulated_vehicles_drive_it() -> None:
    west, south = min(x for x, _ in PLACES.values()), min(y for _, y in PLACES.values())
    assert DELIVERED.places == {place: (x - west, y - south) for place, (x, y) in PLACES.items()}
    assert DELIVERED.roads == {(start, end) for start, end, _, _ in ROADS}


@pytest.mark.parametrize("name", ["production-white_20260303_081127.log", "storage_order_blue_20251110_181104.log"])
def test_real_factories_announce_the_delivered_layout(real_recordings: Path, name: str) -> None:
    path = real_recordings / name
    with path.open(encoding="utf-8") as lines:
        found = [json.loads(line)["payload"] for line in lines if '"ccu/state/layout"' in line]
    assert found
    assert all(floor_plan(json.loads(one)) == DELIVERED for one in found)


def test_long_roads_are_long_and_what_no_road_connects_lies_beside_it() -> None:
    found = floor_plan(said(("2", "1", "NORTH"), crossings="123"))
    assert found.places == {"1": (0, 1), "2": (0, 0), "3": (1, 0)}
    assert (found.neighbour("1"), found.neighbour("3")) == ("2", None)
    long = {"from": "1", "to": "2", "direction": "WEST", "length": 2 * UNIT_MM}
    assert floor_plan(said(crossings="12", roads=[long])).places == {"1": (2, 0), "2": (0, 0)}


@pytest.mark.parametrize(
    ("layout", "reason"),
    [
        ({}, "names no station and no crossing"),
        (said(("1", "9", "EAST")), "a road leads to '9'"),
        (said(("1", "2", "UP")), "the road from '1' to '2' has no direction"),
        (said(("1", "1", "EAST")), "put '1' at two places at once"),
        (said(("1", "2", "EAST"), ("2", "3", "NORTH"), ("3", "1", "WEST")), "at two places at once"),
        (said(("1", "2", "EAST"), ("1", "3", "EAST")), "two stations or crossings at the same place"),
        (said(intersections=[{"id": str(n)} for n in range(MOST_PLACES + 1)]), "101 places"),
    ],
)
def test_what_cannot_be_drawn_has_a_reason(layout: dict[str, Any], reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        floor_plan(layout)


GRID = st.sets(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=12)


@given(GRID, st.randoms(use_true_random=False))
def test_every_grid_is_found_again_from_its_roads(points: set[tuple[int, int]], random: Any) -> None:
    """Within what roads connect, the differences between the coordinates are the same."""
    name = {point: f"{point[0]}-{point[1]}" for point in points}
    roads = [
        (name[x, y], name[x + east, y + north], direction)
        for x, y in sorted(points)
        for direction, (east, north) in STEPS.items()
        if (x + east, y + north) in points
    ]
    random.shuffle(roads)
    listed = [{"id": name[point]} for point in points]
    found = floor_plan(said(*roads, intersections=listed)).places
    assert len(set(found.values())) == len(points)
    at = {name[point]: point for point in points}
    for start, end, _ in roads:
        assert [a - b for a, b in zip(found[start], found[end], strict=True)] == [
            a - b for a, b in zip(at[start], at[end], strict=True)
        ]
    assert min(x for x, _ in found.values()) == min(y for _, y in found.values()) == 0


def test_the_simulated_factory_announces_what_is_delivered() -> None:
    assert floor_plan(layout()) == DELIVERED
