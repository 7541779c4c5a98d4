"""The driveways."""

from __future__ import annotations

import pytest

from aps.modules import BY_NAME, name_of
from aps.simulator.layout import DELIVERED

ROUTES = {  # measured on the real vehicles
    "DPS HBW": "2 1", "HBW DPS": "1 2", "HBW DRILL": "1 3", "HBW MILL": "1", "DRILL MILL": "3 1", "MILL DRILL": "1 3",
    "MILL AIQS": "1 2", "DRILL AIQS": "3 1 2", "AIQS DPS": "2", "AIQS HBW": "2 1", "DPS CHRG": "2 4",
    "CHRG HBW": "4 2 1", "HBW HBW": "",
}  # fmt: skip


@pytest.mark.parametrize("way", ROUTES)
def test_the_vehicle_takes_the_ways_of_the_real_one(way):
    start, end = way.split()
    places = [name_of(place) for place in DELIVERED.route(BY_NAME[start].serial, BY_NAME[end].serial)]
    assert places == ([start, *ROUTES[way].split(), end] if start != end else [start])


TURNS = {
    "PASS": "HBW-1-2 2-1-HBW 3-1-MILL MILL-1-3 DPS-2-1 1-2-DPS AIQS-2-4 4-2-AIQS DRILL-3-4 4-3-DRILL CHRG-4-3 3-4-CHRG",
    "LEFT": "HBW-1-MILL MILL-1-2 3-1-HBW 2-1-3 1-2-AIQS AIQS-2-DPS DPS-2-4 4-2-1 DRILL-3-1 2-4-CHRG 3-4-2",
    "RIGHT": "HBW-1-3 MILL-1-HBW 2-1-MILL 3-1-2 1-2-4 AIQS-2-1 DPS-2-AIQS 4-2-DPS 1-3-DRILL 4-3-1 CHRG-4-2 2-4-3",
}


@pytest.mark.parametrize("action", TURNS)
def test_the_vehicle_turns_where_the_real_one_turns(action):
    for way in TURNS[action].split():
        before, here, after = (BY_NAME[name].serial if name in BY_NAME else name for name in way.split("-"))
        assert DELIVERED.turn(before, here, after) == action, way


def test_a_road_has_the_same_length_both_ways():
    assert DELIVERED.length_mm("1", "2") == DELIVERED.length_mm("2", "1") == 360
    assert DELIVERED.length_mm("CHRG0", "4") == 430
