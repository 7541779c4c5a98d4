"""The map is an SVG document that shows each station and vehicle in its place, whatever they are called."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from aps.factory_state import Piece, Station, Vehicle
from aps.floor_map import GREEN, GREY, RED, YELLOW, floor_map, point, size, station_colour
from aps.floor_plan import DELIVERED, FloorPlan

DRILL = Station("SVR4H76449", "DRILL", "ONLINE", "READY", "", "", "", None)
AGV = Vehicle("5iO4", "AGV-1", "ONLINE", "2", False, False, False, 50.0, 8.4, (Piece("RED"),), "", "", None)  # noqa: FBT003


def drawn(*vehicles: Vehicle, stations: tuple[Station, ...] = (DRILL,)) -> ET.Element:
    return ET.fromstring(floor_map(stations, vehicles))


def test_every_place_lies_on_the_map() -> None:
    width, height = size()
    for place in DELIVERED.places:
        x, y = point(place)
        assert 0 < x < width
        assert 0 < y < height
    assert len({point(place) for place in DELIVERED.places}) == len(DELIVERED.places)


def test_another_plan_is_drawn_as_it_is() -> None:
    plan = FloorPlan({"M": (0, 0), "<9>": (1, 0)}, frozenset({("M", "<9>")}), {"M": "OVEN"}, frozenset({"M"}))
    root = ET.fromstring(floor_map([], [replace(AGV, place="<9>")], plan=plan))
    texts = [text.text for text in root.iterfind(".//{*}text")]
    assert texts == ["<9>", "OVEN", "planned", "1", "50 %"]
    assert root.find(".//*[@data-station='M']") is not None
    assert root.find(f".//*[@data-station='{DRILL.serial}']") is None


def test_a_vehicle_stands_at_its_crossing_and_beside_its_station() -> None:
    crossing, docked = (drawn(replace(AGV, place=place)) for place in ("2", DRILL.serial))
    (circle,) = crossing.iterfind(".//*[@data-vehicle]/{*}circle")
    assert (float(circle.get("cx", "")), float(circle.get("cy", ""))) == point("2")
    (beside,) = docked.iterfind(".//*[@data-vehicle]/{*}circle")
    assert (float(beside.get("cx", "")), float(beside.get("cy", ""))) != point(DRILL.serial)


def test_the_battery_of_each_vehicle_is_told_as_far_as_it_is_known() -> None:
    root = drawn(AGV, replace(AGV, serial="leJ4", battery_percent=-4.4), replace(AGV, serial="x", battery_percent=None))
    told = [text for text in root.iterfind(".//*[@data-vehicle]/{*}text") if (text.text or "").endswith("%")]
    assert [text.text for text in told] == ["50 %", "-4 %"]
    assert len({text.get("y") for text in told}) == 2


def test_who_has_been_silent_for_long_is_drawn_faintly() -> None:
    """And only they: a station that is known, one that is not, and one of two vehicles."""
    away = replace(AGV, serial="leJ4")
    root = ET.fromstring(floor_map([DRILL], [AGV, away], silent={DRILL.serial, away.serial}))
    faint = {
        one.get("data-station") or one.get("data-vehicle") for group in root.iterfind("{*}g[@opacity]") for one in group
    }
    assert faint == {DRILL.serial, away.serial}


@pytest.mark.parametrize(("command", "told"), [("DROP", "DROP RUNNING"), ("CHECK_QUALITY", "CHECK_QUALITY")])
def test_what_a_station_does_fits_into_it(command: str, told: str) -> None:
    texts = drawn(stations=(replace(DRILL, command=command, state="RUNNING"),)).iterfind(".//*[@data-station]/{*}text")
    assert told in [text.text for text in texts]


def test_a_vehicle_that_is_lost_is_not_drawn() -> None:
    assert not list(drawn(replace(AGV, place="")).iterfind(".//*[@data-vehicle]"))
    assert not list(drawn(replace(AGV, place="elsewhere")).iterfind(".//*[@data-vehicle]"))


@pytest.mark.parametrize(
    ("changes", "colour"),
    [
        ({}, GREEN),
        ({"available": "BUSY"}, YELLOW),
        ({"state": "RUNNING"}, YELLOW),
        ({"available": "BLOCKED"}, RED),
        ({"connection": "CONNECTIONBROKEN"}, RED),
        ({"error": "PICK_failed"}, RED),
        ({"connection": "", "available": ""}, GREY),
    ],
)
def test_a_station_has_the_colour_of_its_state(changes: dict[str, str], colour: str) -> None:
    assert station_colour(replace(DRILL, **changes)) == colour  # type: ignore[arg-type]


def test_strangers_names_stay_text() -> None:
    evil = "<script>alert(1)</script>\"'&"
    root = drawn(replace(AGV, serial=evil, name=evil), stations=(replace(DRILL, name=evil, available=evil),))
    assert not list(root.iterfind(".//{*}script"))
    assert any(evil[:4] in (text.text or "") for text in root.iterfind(".//{*}text"))
