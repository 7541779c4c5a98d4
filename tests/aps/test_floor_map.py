"""The map is an SVG document that shows each station and vehicle in its place, whatever they are called."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from aps.factory_state import Piece, Station, Vehicle
from aps.floor_map import GREEN, GREY, HEIGHT, RED, WIDTH, YELLOW, floor_map, point, station_colour
from aps.simulator.layout import PLACES

DRILL = Station("SVR4H76449", "DRILL", "ONLINE", "READY", "", "", "", None)
AGV = Vehicle("5iO4", "AGV-1", "ONLINE", "2", False, False, False, 50.0, 8.4, (Piece("RED"),), "", "", None)  # noqa: FBT003


def drawn(*vehicles: Vehicle, stations: tuple[Station, ...] = (DRILL,)) -> ET.Element:
    return ET.fromstring(floor_map(stations, vehicles))


def test_every_place_lies_on_the_map() -> None:
    for place in PLACES:
        x, y = point(place)
        assert 0 < x < WIDTH
        assert 0 < y < HEIGHT
    assert len({point(place) for place in PLACES}) == len(PLACES)


def test_a_vehicle_stands_at_its_crossing_and_beside_its_station() -> None:
    crossing, docked = (drawn(replace(AGV, place=place)) for place in ("2", DRILL.serial))
    (circle,) = crossing.iterfind(".//*[@data-vehicle]/{*}circle")
    assert (float(circle.get("cx", "")), float(circle.get("cy", ""))) == point("2")
    (beside,) = docked.iterfind(".//*[@data-vehicle]/{*}circle")
    assert (float(beside.get("cx", "")), float(beside.get("cy", ""))) != point(DRILL.serial)


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
