"""Faults are switched on by name and probability, and the factory behaves as with them."""

from __future__ import annotations

import pytest

from aps.simulator.faults import Fault, Faults
from aps.simulator.plant import Scenario
from core.errors import UsageError
from tests.aps.simulator.running import Running
from tests.aps.simulator.traffic import value

DRILL, HBW, AGV = "SVR4H76449", "SVR3QA0022", "5iO4"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("quality", Fault("quality")),
        ("quality:red=0.25", Fault("quality", "RED", 0.25)),
        ("blocked:Drill", Fault("blocked", "DRILL")),
        ("silent-fts:5io4=0.5", Fault("silent-fts", "5iO4", 0.5)),
        ("sensor:flame-1", Fault("sensor", "flame-1")),
    ],
)
def test_a_fault_is_read_from_its_text_and_written_as_such(text, fault):
    assert Fault.parse(text) == fault
    assert Fault.parse(str(fault)) == fault


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("fire", "no fault 'fire'"),
        ("quality:green", "no target 'green'"),
        ("quality=often", "not a number"),
        ("quality=0", "not possible"),
        ("quality=1.5", "not possible"),
        ("quality=nan", "not possible"),
    ],
)
def test_a_fault_that_does_not_exist_is_refused_with_the_choice(text, reason):
    with pytest.raises(UsageError, match=reason):
        Fault.parse(text)


def test_faults_are_switched_on_and_off_by_name_and_target():
    faults = Faults((Fault("quality"), Fault("quality", "RED", 0.5)))
    assert (faults.probability("quality", "RED"), faults.probability("quality", "BLUE")) == (0.5, 1.0)
    faults.switch_off("quality")
    assert faults.active() == (Fault("quality", "RED", 0.5),)
    faults.clear()
    assert faults.probability("quality", "RED") == 0


def test_a_bad_piece_ends_its_order_and_the_vehicle_leaves_empty():
    run = Running(None, "quality:WHITE")
    run.order("WHITE")
    run.run(200)
    (order,) = run.last("ccu/order/completed")
    steps = [step["state"] for step in order["productionSteps"]]
    assert (order["state"], steps[8:]) == ("ERROR", ["ERROR", "CANCELLED", "CANCELLED", "CANCELLED"])
    picture = run.last("/j1/txt/1/i/quality_check")
    assert (picture["result"], picture["num"]) == ("FAILED", 4)
    away = run.last(f"fts/v1/ff/{AGV}/order")
    assert away["nodes"][-1]["action"]["metadata"]["noLoadChange"] is True
    assert away["orderId"] != order["orderId"]
    state = run.last(f"fts/v1/ff/{AGV}/state")
    assert (state["lastNodeId"], state["waitingForLoadHandling"], state["load"][0]["loadId"]) == (HBW, False, None)


def test_a_blocked_station_fails_is_blocked_for_a_while_and_then_works_again():
    run = Running(None, "blocked:DRILL")
    run.order("WHITE")
    while not run.factory.jammed:
        run.run(1)
    run.run(0.5)
    drill = next(one for one in run.last("ccu/pairing/state")["modules"] if one["subType"] == "DRILL")
    assert drill["available"] == "BLOCKED"
    state = run.last(f"module/v1/ff/{DRILL}/state")
    assert (state["actionState"]["state"], state["errors"][0]["errorLevel"]) == ("FAILED", "FATAL")
    lamp = run.last("module/v1/ff/SVR4H73275/instantAction")["actions"][0]["metadata"]
    assert lamp == {"green": False, "red": True, "yellow": False}
    run.faults.clear()
    run.run(20)
    run.order("WHITE")
    run.run(200)
    assert [one["state"] for one in run.last("ccu/order/completed")] == ["ERROR", "FINISHED"]


def test_a_silent_vehicle_answers_when_the_fault_is_switched_off():
    run = Running(None, "silent-fts")
    run.order("RED")
    run.run(1)
    before = len(run.on(f"fts/v1/ff/{AGV}/state"))
    run.run(200)
    assert len(run.on(f"fts/v1/ff/{AGV}/state")) == before
    assert "does not answer" in run.factory.activity
    run.faults.switch_off("silent-fts")
    run.run(200)
    assert [one["state"] for one in run.last("ccu/order/completed")] == ["FINISHED"]


def test_a_vehicle_without_power_is_gone_and_comes_back_as_the_real_one_does():
    run = Running(None, f"fts-off:{AGV}")
    run.run(3)
    assert run.last(f"fts/v1/ff/{AGV}/connection")["connectionState"] == "CONNECTIONBROKEN"
    (gone,) = run.last("ccu/pairing/state")["transports"]
    assert (gone["connected"], gone["available"], gone["lastNodeId"]) == (False, "BLOCKED", "UNKNOWN")
    assert not {"ip", "pairedSince"} & set(gone)
    run.order("RED")
    assert not [one for one in run.run(30) if one.topic.startswith("fts/")]
    run.faults.clear()
    back = [one for one in run.run(3) if one.topic.startswith("fts/")]
    assert [one.topic.split("/")[-1] for one in back] == ["connection", "instantAction", "state", "factsheet", "state"]
    states = [value(one) for one in (back[2], back[4])]
    assert [one["lastNodeId"] for one in states] == ["UNKNOWN"] * 2
    assert [one["batteryState"]["currentVoltage"] > 0 for one in states] == [False, True]
    run.run(70)  # until somebody pairs it
    assert run.last("ccu/pairing/state")["transports"][0]["pairedSince"] > gone["lastSeen"]
    run.run(200)
    assert [one["state"] for one in run.last("ccu/order/completed")] == ["FINISHED"]


def test_a_vehicle_that_loses_its_power_on_the_way_ends_the_order_and_is_there_again():
    run = Running(None, "fts-off=0.99")
    run.order("WHITE")
    run.run(20)
    assert [one["state"] for one in run.last("ccu/order/completed")] == ["ERROR"]
    run.faults.clear()
    run.run(110)
    run.order("WHITE")
    run.run(250)
    assert [one["state"] for one in run.last("ccu/order/completed")] == ["ERROR", "FINISHED"]


@pytest.mark.parametrize("by", ["fault", "threshold"])
def test_the_control_lets_a_vehicle_charge_by_itself_when_its_battery_is_low(by):
    run = Running(None, *(["low-battery"] if by == "fault" else []))
    if by == "threshold":
        settings = {"productionSettings": {"maxParallelOrders": 4}, "ftsSettings": {"chargeThresholdPercent": 60}}
        durations = {"productionDurations": dict.fromkeys(("WHITE", "RED", "BLUE"), 500)}
        run.send("ccu/set/config", durations | settings)
    run.order("RED", "STORAGE")
    run.run(70)
    assert run.last(f"fts/v1/ff/{AGV}/order")["nodes"][-1]["action"]["metadata"] == {
        "loadPosition": "2",
        "charge": True,
    }
    state = run.last(f"fts/v1/ff/{AGV}/state")
    assert (state["lastNodeId"], state["batteryState"]["charging"]) == ("CHRG0", True)
    assert state["load"][0]["loadType"] == "RED"  # what it carries stays on it
    run.run(120)
    assert [one["state"] for one in run.last("ccu/order/completed")] == ["FINISHED"]
    charged = [one["batteryState"] for one in run.on(f"fts/v1/ff/{AGV}/state")]
    assert max(one["percentage"] for one in charged if not one["charging"]) > 80


def test_given_orders_that_cannot_end_end_with_the_reason():
    run = Running(Scenario(orders=["red"]), "silent-fts")
    run.finish()
    assert run.factory.problem == "The orders cannot end: vehicle 5iO4 does not answer its order."
    assert run.at_s < 400


def test_a_sensor_that_fails_is_silent_and_the_others_are_not():
    run = Running(None, "sensor:flame-1")
    run.run(60)
    assert run.on("osf/arduino/flame/flame-1/state") == []
    assert len(run.on("osf/arduino/gas/mq2-1/state")) > 20
    run.faults.clear()
    run.run(60)
    assert len(run.on("osf/arduino/flame/flame-1/state")) > 20


def test_a_probability_is_the_share_of_those_that_fail():
    run = Running(None, "sensor:mpu6050-1=0.25")
    run.run(1_000)
    assert 680 <= len(run.on("osf/arduino/vibration/mpu6050-1/state")) <= 800  # of about 980


@pytest.mark.parametrize("faults", [(), ("quality=0.5", "blocked=0.1", "silent-fts=0.2", "sensor=0.1")])
def test_the_same_seed_gives_the_same_messages_with_faults_and_parallel_orders(faults):
    scenario = Scenario(7, orders=["red", "white:storage", "blue"], parallel=3, vehicles=2, camera=True)
    first, second = (Running(scenario, *faults) for _ in range(2))
    assert first.finish() == second.finish()
    assert Running(Scenario(8, orders=["red"]), *faults).run(60) != Running(Scenario(9, orders=["red"])).run(60)


def test_the_rate_multiplies_the_background_and_leaves_orders_alone():
    counts = []
    for rate in (1, 50):
        run = Running(Scenario(orders=["red"], rate=rate))
        run.run(100)
        sensors = sum(one.topic.startswith("osf/") and one.topic.endswith("/state") for one in run.messages)
        states = [one.topic for one in run.messages if one.topic.startswith(("fts/", "module/", "ccu/"))]
        counts.append((sensors, states))
    assert 45 <= counts[1][0] / counts[0][0] <= 55
    assert counts[0][1] == counts[1][1]
