"""Every command that the generator builds is one that the factory takes, and no other is built."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.templates.yaml_form import from_yaml, to_yaml
from aps import sequences
from aps.action_values import VehicleOrder
from aps.command import ACTIONS, Action, Colour, Command
from aps.command_check import check_command, command_templates
from aps.command_values import Layout
from aps.generator import MessageGenerator
from aps.modules import AIQS, CHRG, DPS, DRILL, HBW, MILL, MODULES
from aps.sequences import ROUTES, drive_sequence, module_sequence
from aps.simulator.layout import DELIVERED, INTERSECTIONS, PLACES, ROADS, RoadMap
from aps.simulator.vehicle_order import why_refused
from aps.simulator.vehicle_state import Vehicle
from core.errors import UsageError
from tests.aps.built_commands import colours, commands, generator, orders, pieces, places, stations, targets


@given(commands())
def test_what_is_built_fits_its_template_and_survives_the_text_that_people_edit(command: Command):
    text = command.text.encode()
    assert check_command(command.topic, text) == ()
    assert json.loads(text) == command.payload


@given(commands(), st.data())
def test_a_command_without_one_of_its_required_fields_is_refused_by_that_field(command: Command, data: st.DataObject):
    template = next(one for one in command_templates().templates if one.topic.matches(command.topic))
    required = [name for name, field in template.payload.members if field.required]
    if not required:
        assert command.topic in ("ccu/order/cancel", "osf/arduino/alarm/enabled")
        return
    gone = data.draw(st.sampled_from(required))
    payload = {name: value for name, value in command.payload.items() if name != gone}
    found = check_command(command.topic, json.dumps(payload).encode())
    assert (f"$.{gone}", "is missing") in [(one.path, one.reason) for one in found]


def test_the_shipped_templates_survive_their_own_form():
    assert from_yaml(to_yaml(command_templates())) == command_templates()


@given(places, targets)
def test_a_way_leads_over_neighbouring_places_from_where_the_vehicle_stands(start: str, target: str):
    order = generator().drive("5iO4", start, target, "an order").payload
    way = [node["id"] for node in order["nodes"]]
    assert (way[0], way[-1]) == (start, target)
    assert all(place in INTERSECTIONS for place in way[1:-1])
    assert [edge["linkedNodes"] for edge in order["edges"]] == [list(pair) for pair in pairwise(way)]
    assert order["nodes"][-1]["action"]["type"] == "DOCK"


def test_the_manual_example_of_the_protocol():
    order = generator().drive("5iO4", CHRG.serial, HBW.serial, "an order").payload
    actions = [(node["id"], node["action"]["type"]) for node in order["nodes"][1:]]
    assert actions[0][0] == "4"
    assert actions[-1] == (HBW.serial, "DOCK")


@given(places, targets, orders)
def test_a_vehicle_takes_every_way_that_begins_where_it_stands(start: str, target: str, order_id: str):
    standing = Vehicle("5iO4", place=start)
    order = generator().drive("5iO4", start, target, order_id).value
    assert isinstance(order, VehicleOrder)
    assert why_refused(standing, order, DELIVERED) is None
    elsewhere = next(place for place in PLACES if place != start)
    assert why_refused(Vehicle("5iO4", place=elsewhere), order, DELIVERED) is not None


@given(stations, colours, pieces)
def test_a_bracket_has_one_order_and_rising_numbers(serial: str, colour: Colour, piece: str):
    actions = ACTIONS[next(module.name for module in MODULES if module.serial == serial)]
    made = module_sequence(generator(), serial, actions, "mine", colour=colour, workpiece_id=piece)
    assert [one.payload["action"]["command"] for one in made] == list(actions)
    assert [one.payload["orderUpdateId"] for one in made] == list(range(1, len(actions) + 1))
    assert {one.payload["orderId"] for one in made} == {"mine"}
    assert len({one.payload["action"]["id"] for one in made}) == len(made)


@pytest.mark.parametrize("name", ROUTES)
def test_a_route_begins_where_the_vehicle_stands(name: str):
    there = sequences.way(ROUTES[name], ROUTES[name][0])
    assert there == ROUTES[name]
    made = drive_sequence(generator(), "leJ4", sequences.way(ROUTES[name], CHRG.serial), "mine")
    assert made[0].payload["nodes"][0]["id"] == CHRG.serial
    assert [one.payload["nodes"][-1]["id"] for one in made] == list(ROUTES[name])
    assert [one.payload["orderUpdateId"] for one in made] == list(range(len(ROUTES[name])))


def test_a_way_leads_over_the_roads_of_the_layout_that_was_announced():
    whole = generator().layout([one.serial for one in MODULES]).payload
    other = {**whole, "roads": [one for one in whole["roads"] if (one["from"], one["to"]) != ("1", "2")]}
    roads = RoadMap.of(Layout.of(other))
    (made,) = drive_sequence(generator(), "5iO4", (DPS.serial, HBW.serial), "mine", roads=roads)
    nodes = made.payload["nodes"]
    assert [one["id"] for one in nodes] == [DPS.serial, "2", "4", "3", "1", HBW.serial]
    assert isinstance(made.value, VehicleOrder)
    standing = Vehicle("5iO4", place=DPS.serial)
    assert why_refused(standing, made.value, roads) is None
    with pytest.raises(UsageError, match="No road of the present layout leads from DPS to HBW"):
        drive_sequence(generator(), "5iO4", (DPS.serial, HBW.serial), "mine", roads=RoadMap((), ()))


def test_the_way_to_the_charger_ends_with_charging():
    made = drive_sequence(generator(), "5iO4", (DPS.serial, CHRG.serial), "mine")[0].payload
    assert made["nodes"][-1]["action"]["metadata"] == {"loadPosition": "2", "charge": True}


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda make: make.module(AIQS.serial, Action.MILL, "o", 1), "AIQS does not do MILL: it does PICK"),
        (lambda make: make.module("nobody", Action.PICK, "o", 1), "no station 'nobody'"),
        (lambda make: make.module(AIQS.serial, Action.PICK, " ", 1), "needs an orderId"),
        (lambda make: make.module(AIQS.serial, Action.PICK, "o", -1), "-1 is no orderUpdateId"),
        (lambda make: make.storage(Colour.RED, "xyz"), "14 hexadecimal digits"),
        (lambda make: make.charge("a/b", on=True), "no serial number of a vehicle"),
        (lambda make: make.drive("5iO4", "UNKNOWN", HBW.serial, "o"), "no way from 'UNKNOWN'"),
        (lambda make: make.cancel([]), "No order was named"),
        (lambda make: make.layout(["nowhere"]), "no station 'nowhere'"),
        (lambda make: make.flows({Colour.RED: ["DPS"]}), "No piece is processed at 'DPS'"),
        (lambda make: make.flows({Colour.RED: ["MILL", "MILL"]}), "once at most"),
        (lambda make: make.config({}, 4, 10), "needs a production time"),
        (lambda make: make.calibration(DRILL.serial, "startCalibration"), "DRILL cannot be calibrated"),
        (lambda make: make.calibration(HBW.serial, "selectCalibrationPosition"), "needs the name of a position"),
        (lambda make: make.calibration(HBW.serial, "setCalibrationValues"), "at least one value"),
        (lambda make: make.sampling("cam", 3), "bme680 and ldr"),
        (lambda make: make.clear_load("5iO4", dropped=True, position="7"), "positions 1, 2 and 3"),
    ],
)
def test_what_the_factory_would_not_take_is_not_built(build: Callable[[MessageGenerator], Command], said: str):
    with pytest.raises(UsageError, match=said):
        build(generator())


@pytest.mark.parametrize(
    ("topic", "payload", "said"),
    [
        ("ccu/set/emergency", "{}", "nobody in the factory listens"),
        ("ccu/order/request", "no JSON", "the payload is text, not json"),
        ("module/v1/ff/SVR4H76449/order", None, "is not that of the topic"),
    ],
)
def test_what_no_template_can_say_is_said_too(topic: str, payload: str | None, said: str):
    other = generator().module(MILL.serial, Action.PICK, "o", 1).text if payload is None else payload
    assert said in check_command(topic, other.encode())[0].reason


def test_a_storage_order_needs_its_workpiece():
    request = {"type": "RED", "orderType": "STORAGE", "timestamp": "2026-01-02T03:04:05.678Z"}
    assert check_command("ccu/order/request", json.dumps(request).encode())[0].path == "$.workpieceId"


def commands_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The commands in the recordings of a real factory."""
    known = [one.topic for one in command_templates().templates]
    for log in sorted(folder.glob("*.log")):
        for line in log.read_text("utf-8").splitlines():
            message = json.loads(line)
            if any(pattern.matches(message.get("topic", "")) for pattern in known):
                yield message["topic"], message["payload"].encode()


@pytest.mark.real_data
def test_the_templates_accept_the_commands_of_a_real_factory(real_recordings: Path):
    found = list(commands_of(real_recordings))
    wrong = [(topic, check_command(topic, payload)) for topic, payload in found]
    assert len(found) > 100
    assert [one for one in wrong if one[1] and "NodeRed" not in one[0]] == []


def test_a_layout_without_a_station_has_no_road_to_it():
    made = generator().layout([one.serial for one in MODULES if one is not MILL]).payload
    assert MILL.serial not in [one["serialNumber"] for one in made["modules"]]
    assert len(made["roads"]) == len(ROADS) - 1
    assert not [one for one in made["roads"] if MILL.serial in (one["from"], one["to"])]


def test_a_loaded_vehicle_says_what_it_carries_and_waits_for_the_station():
    dock = generator().drive("5iO4", DPS.serial, HBW.serial, "o", load=(Colour.RED, "04798eca341290"), position="2")
    assert dock.payload["nodes"][-1]["action"]["metadata"] == {
        "loadType": "RED", "loadId": "04798eca341290", "loadPosition": "2"}  # fmt: skip
