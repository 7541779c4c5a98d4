"""What the simulated factory does when others publish: orders, commands by hand, charging, a reset."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from aps.command import Colour
from aps.generator import MessageGenerator
from aps.setup_generator import Calibration
from aps.simulator.layout import DELIVERED
from aps.simulator.orders import name_of_step
from aps.simulator.payloads import layout
from aps.simulator.plant import Scenario
from core.clock import ManualClock
from core.message import NS_PER_SECOND
from tests.aps.simulator.running import Running
from tests.aps.simulator.traffic import START_NS, value

DRILL, MILL, AIQS, HBW, DPS, AGV = "SVR4H76449", "SVR3QA2098", "SVR4H76530", "SVR3QA0022", "SVR4H73275", "5iO4"


def command(serial: str, number: int, name: str, order_id: str = "by hand") -> tuple[str, dict[str, Any]]:
    """Topic and value."""
    action = {"id": f"{order_id} {number}", "command": name, "metadata": {"type": "WHITE", "workpieceId": "04ab"}}
    ids = {"serialNumber": serial, "orderId": order_id, "orderUpdateId": number}
    return f"module/v1/ff/{serial}/order", {"timestamp": "t", **ids, "action": action}


def instant(kind: str, **metadata: Any) -> dict[str, Any]:
    """An instant action, for whom the topic says."""
    action = {"actionType": kind, "actionId": f"the {kind}", **({"metadata": metadata} if metadata else {})}
    return {"serialNumber": "any", "timestamp": "t", "actions": [action]}


def states(run: Running, serial: str) -> list[tuple[str, str]]:
    """Command and state of all actions that a station has told."""
    found = [one["actionState"] for one in run.on(f"module/v1/ff/{serial}/state") if one["actionState"]]
    return [(one["command"], one["state"]) for one in found]


def errors(run: Running, topic: str) -> list[str]:
    return [error.get("errorMessage", "") for one in run.on(topic) for error in one["errors"] if error]


def drive(*way: str, update_id: int = 0, **dock: Any) -> dict[str, Any]:
    nodes: list[dict[str, Any]] = [{"id": place, "linkedEdges": []} for place in way]
    for number, node in enumerate(nodes[1:-1]):
        node["action"] = {"id": f"pass {number}", "type": "PASS"}
    nodes[-1]["action"] = {"id": "dock", "type": "DOCK", "metadata": {"loadPosition": "1", **dock}}
    edges = [{"id": f"{a}-{b}", "length": DELIVERED.length_mm(a, b), "linkedNodes": [a, b]} for a, b in pairwise(way)]
    return {
        "timestamp": "t",
        "orderId": "drive",
        "orderUpdateId": update_id,
        "nodes": nodes,
        "edges": edges,
        "serialNumber": AGV,
    }


@pytest.mark.parametrize("colour", ["WHITE", "RED", "BLUE"])
def test_an_order_from_outside_is_answered_and_carried_out(colour):
    run = Running()
    run.order(colour, requestId="OSF-UI_1")
    run.run(1)
    assert run.last("ccu/order/response")["requestId"] == "OSF-UI_1"
    run.run(280)
    (done,) = run.last("ccu/order/completed")
    assert (done["type"], done["state"], done["requestId"]) == (colour, "FINISHED", "OSF-UI_1")
    assert run.last("ccu/order/active") == []


REJECTED = [
    ({"type": "GREEN"}, "type is 'GREEN', not 'WHITE', 'RED' or 'BLUE'"),
    ({"orderType": "REPAIR"}, "orderType is 'REPAIR', not 'PRODUCTION', 'STORAGE'"),
    ({"timestamp": None}, "timestamp should be a valid string"),
    ({"orderType": "STORAGE"}, "workpieceId is missing"),
]


@pytest.mark.parametrize(("changes", "reason"), REJECTED)
def test_a_request_that_makes_no_sense_is_not_answered_and_the_status_says_why(changes, reason):
    run = Running()
    run.send("ccu/order/request", {"type": "RED", "orderType": "PRODUCTION", "timestamp": "t", **changes})
    run.run(5)
    assert run.on("ccu/order/response") == []
    assert reason in run.factory.refusal


def test_production_without_stock_is_not_answered_and_a_full_store_sends_the_piece_away():
    run = Running()
    for _ in range(3):
        run.order("RED")
    run.order("WHITE", "STORAGE")
    run.order("WHITE", "STORAGE")  # two are there already: the first of these makes them three
    run.run(1)
    assert len(run.on("ccu/order/response")) == 3
    assert "3 WHITE workpieces" in run.factory.refusal
    actions = [one["actions"][0]["actionType"] for one in run.on(f"module/v1/ff/{DPS}/instantAction")]
    assert actions.count("cancelStorageOrder") == 1
    run.run(24)
    relayed = run.last(f"module/v1/ff/NodeRed/{DPS}/instantAction")["actions"][0]["actionType"]
    done = run.last(f"module/v1/ff/{DPS}/state")
    assert relayed == done["actionStates"][0]["command"] == "cancelStorageOrder"
    assert (done["actionState"]["state"], done["actionStates"][0]["warning"], done["orderUpdateId"]) == (
        "FINISHED",
        True,
        -1,
    )


def test_a_fifth_order_waits_and_can_be_cancelled():
    run = Running()
    for colour in ("RED", "RED", "WHITE", "WHITE", "BLUE"):
        run.order(colour)
    run.run(2)
    waiting = [one for one in run.last("ccu/order/active") if one["state"] == "ENQUEUED"]
    assert [one["type"] for one in waiting] == ["BLUE"]
    run.send("ccu/order/cancel", [one["orderId"] for one in run.last("ccu/order/active")])
    run.run(2)
    assert [one["state"] for one in run.last("ccu/order/completed")] == ["CANCELLED"]
    assert len(run.last("ccu/order/active")) == 4


@pytest.mark.parametrize(("serial", "process"), [(DRILL, "DRILL"), (MILL, "MILL"), (AIQS, "CHECK_QUALITY")])
def test_a_sequence_by_hand_runs_step_by_step(serial, process):
    run = Running()
    for number, name in enumerate(("PICK", process, "DROP"), 1):
        run.send(*command(serial, number, name))
        run.run(13)
    expected = [(name, state) for name in ("PICK", process, "DROP") for state in ("RUNNING", "FINISHED")]
    assert states(run, serial) == expected
    assert run.factory.stations[serial].free


def test_the_store_gives_and_takes_by_hand():
    run = Running()
    run.send(*command(HBW, 1, "DROP"))
    run.run(60)
    assert run.factory.pieces("WHITE") == 1
    run.send(*command(HBW, 2, "PICK"))
    run.run(60)
    assert run.factory.pieces("WHITE") == 2
    assert states(run, HBW) == [(name, state) for name in ("DROP", "PICK") for state in ("RUNNING", "FINISHED")]


REFUSED_COMMANDS = [
    ([command(DRILL, 1, "DRILL")], "accepts only PICK"),
    ([command(DRILL, 1, "MILL")], "not supported"),
    ([command(DRILL, 1, "PICK"), command(DRILL, 2, "DRILL")], "not IDLE"),
    ([(f"module/v1/ff/{DRILL}/order", [])], "not a JSON object"),
    ([(f"module/v1/ff/{DRILL}/order", command(DRILL, 1, "PICK")[1] | {"action": {}})], "action.id is missing"),
]


@pytest.mark.parametrize(("commands", "reason"), REFUSED_COMMANDS)
def test_a_command_at_the_wrong_time_is_an_error_in_the_state(commands, reason):
    run = Running()
    for topic, sent in commands:
        run.send(topic, sent)
        run.run(1)
    (message,) = errors(run, f"module/v1/ff/{DRILL}/state")
    assert reason in message
    assert reason in run.factory.refusal


def test_an_update_id_that_does_not_rise_and_a_station_of_somebody_else_are_refused():
    run = Running()
    run.send(*command(DRILL, 2, "PICK"))
    run.run(20)
    run.send(*command(DRILL, 2, "DRILL"))
    run.run(1)
    run.send(*command(DRILL, 3, "DRILL", order_id="another"))
    run.run(1)
    assert errors(run, f"module/v1/ff/{DRILL}/state") == ["OrderUpdateId not valid", "OrderId another not valid"]


def test_a_piece_that_is_left_in_a_station_by_hand_does_not_stop_the_factory_for_ever():
    run = Running()
    run.send(*command(DRILL, 1, "PICK"))
    run.order("WHITE")
    run.run(400)
    assert [one["state"] for one in run.last("ccu/order/completed")] == ["FINISHED"]


def test_a_way_by_hand_is_driven_and_the_load_handed_over():
    run = Running()
    run.send(f"fts/v1/ff/{AGV}/order", drive(HBW, "1", "2", DPS, loadType="RED", loadId="04ab"))
    run.run(20)
    state = run.last(f"fts/v1/ff/{AGV}/state")
    assert (state["lastNodeId"], state["driving"], state["waitingForLoadHandling"]) == (DPS, False, True)
    assert state["load"][0] == {"loadPosition": "1", "loadId": "04ab", "loadType": "RED"}
    cleared = {
        "actionType": "clearLoadHandler",
        "actionId": "c",
        "metadata": {"loadDropped": True, "loadPosition": "1"},
    }
    run.send(f"fts/v1/ff/{AGV}/instantAction", {"serialNumber": AGV, "timestamp": "t", "actions": [cleared]})
    run.run(1)
    state = run.last(f"fts/v1/ff/{AGV}/state")
    assert (state["waitingForLoadHandling"], state["load"][0]["loadId"]) == (False, None)
    assert run.factory.vehicle.ready


REFUSED_WAYS = [
    (drive(DPS, "2", "1", HBW), "does not lead on"),
    (drive(HBW, "1", "2", DPS) | {"edges": []}, "does not lead on"),
    ({"orderId": "x"}, "timestamp is missing"),
]


@pytest.mark.parametrize(("order", "reason"), REFUSED_WAYS)
def test_a_way_that_is_none_is_refused(order, reason):
    run = Running()
    run.send(f"fts/v1/ff/{AGV}/order", order)
    run.run(1)
    (message,) = errors(run, f"fts/v1/ff/{AGV}/state")
    assert reason in message


def test_a_vehicle_that_drives_takes_no_other_order_and_knows_its_own():
    run = Running()
    run.send(f"fts/v1/ff/{AGV}/order", drive(HBW, "1", "2", DPS, noLoadChange=True, update_id=2))
    run.run(2)
    run.send(f"fts/v1/ff/{AGV}/order", drive(HBW, "1", "2", DPS, update_id=2))
    run.send(f"fts/v1/ff/{AGV}/order", drive(HBW, "1", "2", DPS, update_id=1))
    run.send(f"fts/v1/ff/{AGV}/order", drive(HBW, "1", "2", DPS, update_id=3))
    run.run(20)
    kinds = [error["errorType"] for one in run.on(f"fts/v1/ff/{AGV}/state") for error in one["errors"]]
    assert kinds == ["orderUpdateError", "orderError"]
    assert run.last(f"fts/v1/ff/{AGV}/state")["lastNodeId"] == DPS


def test_a_vehicle_charges_until_it_is_told_to_stop_and_serves_no_order_meanwhile():
    run = Running()
    run.send("ccu/set/charge", {"serialNumber": AGV, "charge": True})
    run.run(25)
    state = run.last(f"fts/v1/ff/{AGV}/state")
    assert (state["lastNodeId"], state["batteryState"]["charging"], state["paused"]) == ("CHRG0", True, True)
    assert run.last("ccu/pairing/state")["transports"][0]["available"] == "BLOCKED"
    run.order("WHITE")
    run.run(30)
    assert run.last("ccu/order/active")[0]["productionSteps"][0]["state"] == "ENQUEUED"
    run.send("ccu/set/charge", {"serialNumber": AGV, "charge": False})
    run.run(200)
    assert run.last("ccu/order/completed")[0]["state"] == "FINISHED"


def test_to_stop_charging_without_charging_is_a_warning():
    run = Running()
    run.send("ccu/set/charge", {"serialNumber": AGV, "charge": False})
    run.run(3)
    assert run.last(f"fts/v1/ff/{AGV}/state")["errors"][0]["errorType"] == "stopCharging_ERROR"


def test_who_clicks_twice_to_end_charging_gets_a_warning_for_the_second():
    """As measured: people click two or three times, 90 milliseconds apart."""
    run = Running()
    run.send("ccu/set/charge", {"serialNumber": AGV, "charge": True})
    run.run(25)
    for _ in range(2):
        run.send("ccu/set/charge", {"serialNumber": AGV, "charge": False})
        run.run(0.09)
    run.run(3)
    kinds = [error["errorType"] for one in run.on(f"fts/v1/ff/{AGV}/state") for error in one["errors"]]
    assert kinds == ["stopCharging_ERROR"]
    last = run.last(f"fts/v1/ff/{AGV}/state")
    assert not last["batteryState"]["charging"]
    assert [one["command"] for one in last["actionStates"]].count("stopCharging") == 1


def test_a_reset_ends_everything_and_afterwards_the_factory_works_again():
    run = Running()
    for colour in ("RED", "WHITE"):
        run.order(colour)
    run.run(40)
    run.send("ccu/set/reset", {"timestamp": "t", "withStorage": False})
    quiet = [one.topic for one in run.run(25)]
    assert quiet.count("ccu/order/active") == quiet.count("ccu/order/completed") == 1
    assert "ccu/pairing/state" not in quiet[10:]
    assert "ccu/global" in quiet
    assert run.last("ccu/order/active") == run.last("ccu/order/completed") == []
    assert run.last(f"fts/v1/ff/{AGV}/state")["lastNodeId"] == "UNKNOWN"
    back = [one.topic for one in run.run(30)]
    assert {f"module/v1/ff/{serial}/state" for serial in (HBW, DRILL, MILL, DPS, AIQS)} <= set(back)
    assert run.last(f"fts/v1/ff/{AGV}/state")["lastNodeId"] == DPS
    run.order("BLUE")
    run.run(280)
    assert [one["state"] for one in run.last("ccu/order/completed")] == ["FINISHED"]


def test_a_reset_needs_a_timestamp_and_can_empty_the_store():
    run = Running()
    run.send("ccu/set/reset", {"withStorage": True})
    run.run(1)
    assert "timestamp" in run.factory.refusal
    assert run.factory.pieces("RED") == 2
    run.send("ccu/set/reset", {"timestamp": "t", "withStorage": True})
    run.run(60)
    assert {item["workpiece"]["id"] for item in run.last("ccu/state/stock")["stockItems"]} == {""}


def test_the_cloud_can_order_and_set_how_often_its_sensors_speak():
    run = Running()
    run.send("/j1/txt/1/f/o/order", {"type": "RED", "ts": "t"})
    run.send("/j1/txt/1/c/ldr", {"ts": "t", "period": 3})
    run.send("/j1/txt/1/c/cam", {"ts": "t", "on": True, "fps": 2})
    seen = [one.topic for one in run.run(90)]
    assert run.last("ccu/order/response")["type"] == "RED"
    assert 8 <= seen.count("/j1/txt/1/i/ldr") <= 30
    assert 80 <= seen.count("/j1/txt/1/i/cam") <= 95


@pytest.mark.parametrize(
    ("topic", "answer"),
    [(f"module/v1/ff/{HBW}", f"module/v1/ff/{HBW}/factsheet"), (f"fts/v1/ff/{AGV}", f"fts/v1/ff/{AGV}/factsheet")],
)
def test_a_factsheet_is_given_to_those_who_ask(topic, answer):
    run = Running()
    before = len(run.on(answer))
    run.send(f"{topic}/instantAction", instant("factsheetRequest"))
    run.run(1)
    assert len(run.on(answer)) == before + 1


def test_the_layout_is_said_as_it_was_set_without_a_station_that_was_taken_out_and_as_delivered_again():
    run, make = Running(), MessageGenerator(ManualClock(START_NS))
    for made in (make.layout([HBW, DRILL, DPS]), make.delete_module(DRILL), make.default_layout()):
        run.send(made.topic, made.payload)
        run.run(1)
    delivered, *said = ([one["serialNumber"] for one in value["modules"]] for value in run.on("ccu/state/layout"))
    assert said == [[HBW, DRILL, DPS], [HBW, DPS], delivered]
    run.send("ccu/set/layout", {"modules": 3})
    assert "modules should be a valid array" in run.factory.refusal


def without_road(*ends: str) -> dict[str, Any]:
    whole = layout()
    return whole | {"roads": [one for one in whole["roads"] if {one["from"], one["to"]} != set(ends)]}


def test_vehicles_drive_the_roads_of_the_layout_that_was_announced():
    run = Running()
    run.send("ccu/set/layout", without_road("1", "2"))
    run.order("RED", "STORAGE")
    run.run(100)
    assert [one["state"] for one in run.last("ccu/order/completed")] == ["FINISHED"]
    nodes = run.last(f"fts/v1/ff/{AGV}/order")["nodes"]
    turns = [one["action"].get("metadata", {}).get("direction") for one in nodes[1:-1]]
    assert [one["id"] for one in nodes] == [DPS, "2", "4", "3", "1", HBW]
    assert turns == ["LEFT", "RIGHT", "RIGHT", "LEFT"]
    run.send(f"fts/v1/ff/{AGV}/order", drive(HBW, "1", "2", DPS, noLoadChange=True))
    run.run(1)
    assert errors(run, f"fts/v1/ff/{AGV}/state") == [f"the way does not lead on from {HBW}"]


def test_an_order_waits_while_no_road_leads_to_its_station():
    run = Running()
    run.send("ccu/set/layout", without_road(DRILL, "3"))
    run.order("WHITE")
    run.run(300)
    steps = [step["state"] for step in run.last("ccu/order/active")[0]["productionSteps"]]
    assert steps == ["FINISHED"] * 2 + ["ENQUEUED"] * 10
    run.send("ccu/set/default_layout", {"timestamp": "t"})
    run.run(250)
    assert [one["state"] for one in run.last("ccu/order/completed")] == ["FINISHED"]


def test_orders_take_the_way_and_the_duration_that_were_set_and_as_many_run_at_a_time():
    run, make = Running(), MessageGenerator(ManualClock(START_NS))
    for made in (
        make.flows({Colour.WHITE: ["MILL"]}),
        make.config(dict.fromkeys(Colour, 60), 1, 10),
        make.module_duration(MILL, 20),
    ):
        run.send(made.topic, made.payload)
    run.run(1)
    assert run.last("ccu/state/flows")["WHITE"] == {"steps": ["MILL"]}
    assert run.last("ccu/state/config")["productionSettings"] == {"maxParallelOrders": 1}
    (mill,) = (one for one in run.last("ccu/pairing/state")["modules"] if one["serialNumber"] == MILL)
    assert mill["productionDuration"] == 20
    run.order("WHITE")
    run.order("RED")
    run.run(2)
    assert [one["state"] for one in run.last("ccu/order/active")] == ["IN_PROGRESS", "ENQUEUED"]
    run.run(300)
    names = [name_of_step(step) for step in run.last("ccu/order/completed")[0]["productionSteps"]]
    assert names == ["START>HBW", "HBW.DROP", "HBW>MILL", "MILL.PICK", "MILL.MILL", "MILL.DROP", "MILL>DPS", "DPS.PICK"]
    commands = [one["action"] for one in run.on(f"module/v1/ff/{MILL}/order")]
    assert [one["metadata"].get("duration") for one in commands] == [None, 20, None]
    at = {}
    for message in run.messages:
        if message.topic == f"module/v1/ff/{MILL}/state" and (action := value(message)["actionState"]):
            at[action["command"], action["state"]] = message.at_ns / NS_PER_SECOND
    assert 23 <= at["MILL", "FINISHED"] - at["MILL", "RUNNING"] <= 26  # nine with the usual five
    run.send("ccu/set/flows", {"WHITE": {"steps": ["OVEN"]}, "RED": {"steps": []}, "BLUE": {"steps": []}})
    assert "WHITE needs steps out of DRILL, MILL, AIQS" in run.factory.refusal


def test_a_station_is_calibrated_and_the_control_says_what_it_was_taught():
    run, make = Running(), MessageGenerator(ManualClock(START_NS))
    steps: list[tuple[Calibration, dict[str, float]]] = [
        ("startCalibration", {}),
        ("setCalibrationValues", {"x": 7}),
        ("storeCalibrationValues", {}),
        ("stopCalibration", {}),
        ("resetCalibration", {}),
    ]
    for what, values in steps:
        made = make.calibration(HBW, what, references=values)
        run.send(made.topic, made.payload)
        run.run(1)
    seven = [{"referenceKey": "x", "referenceValue": 7}]
    answers = [(one["calibrating"], one["references"]) for one in run.on(f"ccu/state/calibration/{HBW}")]
    assert answers == [(True, []), (True, seven), (True, seven), (False, seven), (False, [])]
    told = [one["actions"][0]["actionType"] for one in run.on(f"module/v1/ff/{HBW}/instantAction")]
    assert told == [what for what, _ in steps]
    modes = [one["operatingMode"] for one in run.on(f"module/v1/ff/{HBW}/state")[-5:]]
    assert modes == ["TEACHIN"] * 3 + ["AUTOMATIC"] * 2
    run.send("ccu/set/calibration", {"serialNumber": DRILL, "command": "startCalibration", "timestamp": "t"})
    assert "HBW, DPS or AIQS" in run.factory.refusal


def test_parking_calibrates_the_robot_and_the_store_at_their_position():
    run = Running()
    run.send("ccu/set/park", {"timestamp": "t"})
    run.run(1)
    for serial in (DPS, HBW):
        actions = [one["actions"][0] for one in run.on(f"module/v1/ff/{serial}/instantAction")]
        assert [one["metadata"] for one in actions if one["actionType"] == "startCalibration"] == [{"position": "PARK"}]
        assert run.last(f"ccu/state/calibration/{serial}")["calibrating"] is True


@pytest.mark.parametrize(
    "payload", [b"", b"\xff", b"null", b"[]", b"7", b'"x"', b"{}", b'{"actions": [{}], "action": 7, "nodes": 3}']
)
def test_whatever_is_sent_the_factory_goes_on(payload):
    """On every topic that it listens to."""
    run = Running()
    topics = ["ccu/order/request", "ccu/order/cancel", "ccu/set/reset", "ccu/set/charge", "ccu/pairing/pair_fts"]
    topics += [f"module/v1/ff/{serial}/{kind}" for serial in (HBW, DPS, "?") for kind in ("order", "instantAction")]
    topics += [f"fts/v1/ff/{serial}/{kind}" for serial in (AGV, "?") for kind in ("order", "instantAction")]
    settings = ("x", "layout", "flows", "config", "module-duration", "delete-module", "calibration", "park")
    for topic in [*topics, "/j1/txt/1/f/o/order", "/j1/txt/1/c/ldr", *(f"ccu/set/{one}" for one in settings)]:
        run.send(topic, payload)
    run.order("RED")
    run.run(250)
    assert [one["state"] for one in run.last("ccu/order/completed")] == ["FINISHED"]


def test_with_two_vehicles_no_two_stand_at_the_same_place_and_orders_are_faster():
    orders = ["red", "white", "blue", "red"]
    alone, together = (Running(Scenario(orders=orders, parallel=4, vehicles=count)) for count in (1, 2))
    alone.finish()
    together.finish()
    assert together.at_s < alone.at_s
    places: dict[str, str] = {}
    for one in together.messages:
        if one.topic.startswith("fts/") and one.topic.endswith("/state"):
            state = value(one)
            places[one.topic] = state["lastNodeId"]
            docked = [place for place in places.values() if place.startswith("SVR")]
            assert len(docked) == len(set(docked)), places
