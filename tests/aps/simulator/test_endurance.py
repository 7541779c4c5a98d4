"""Whatever people do to the simulated factory, left alone it works on."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from aps.simulator.plant import Scenario
from tests.aps.simulator.running import Running
from tests.aps.simulator.test_reactions import AGV, AIQS, DPS, DRILL, HBW, MILL, command, drive, instant


def by_hand(run: Running, random: Random, number: int) -> None:
    names = ["PICK", "DROP", "DRILL", "MILL", "CHECK_QUALITY"]
    order_id = f"hand {random.randint(1, 5)}"
    run.send(*command(random.choice([HBW, DRILL, MILL, AIQS, DPS]), number % 5, random.choice(names), order_id))


def way(run: Running, random: Random, number: int) -> None:
    ends = (HBW, "1", "2", DPS) if random.random() < 0.5 else (DPS, "2", "1", HBW)
    run.send(f"fts/v1/ff/{AGV}/order", drive(*ends, update_id=number) | {"orderId": f"way {number}"})


def charge(run: Running, random: Random, _: int) -> None:
    run.send("ccu/set/charge", {"serialNumber": AGV, "charge": random.random() < 0.5})


def action(run: Running, random: Random, number: int) -> None:
    kind = random.choice(["clearLoadHandler", "stopCharging", "findInitialDockPosition", "reset"])
    metadata = {"loadDropped": random.random() < 0.5, "nodeId": DPS, "loadType": "RED", "loadPosition": "2"}
    told = {"actionType": kind, "actionId": f"action {number}", "metadata": metadata}
    run.send(f"fts/v1/ff/{AGV}/instantAction", {"serialNumber": AGV, "timestamp": "t", "actions": [told]})


def order(run: Running, random: Random, _: int) -> None:
    run.order(random.choice(["RED", "WHITE", "BLUE"]), random.choice(["STORAGE", "PRODUCTION"]))


def cancel(run: Running, _: Random, __: int) -> None:
    run.send("ccu/order/cancel", [one.id for one in run.plant.orders.open])


def reset(run: Running, random: Random, _: int) -> None:
    if random.random() < 0.3:
        run.send("ccu/set/reset", {"timestamp": "t", "withStorage": random.random() < 0.3})


def fill(run: Running, _: Random, __: int) -> None:
    contents = {"A1": {"type": "RED"}, "B2": {"type": "BLUE", "workpieceId": "04bb"}}
    run.send(f"module/v1/ff/{HBW}/instantAction", instant("SET_STORAGE", contents=contents))


MEDDLING: list[Callable[[Running, Random, int], None]] = [by_hand, way, charge, action, order, cancel, reset, fill]


@pytest.mark.parametrize("seed", range(4))
def test_after_much_meddling_it_carries_out_orders_as_before(seed):
    random = Random(seed)
    run = Running(Scenario(seed=seed, vehicles=1 + seed % 2))
    for number in range(60):
        run.run(random.uniform(1, 20))
        random.choice(MEDDLING)(run, random, number)
    run.send("ccu/set/charge", {"serialNumber": AGV, "charge": False})
    run.run(200)  # to finish what is under way
    done = run.factory.orders_done
    run.run(600)
    assert run.factory.orders_done - done >= 3, run.factory.activity


def test_a_vehicle_that_is_reset_on_its_way_ends_the_order_and_is_put_on_its_way_again():
    run = Running()
    run.order("WHITE")
    run.run(50)
    assert run.factory.vehicle.driving
    told = {"actionType": "reset", "actionId": "r"}
    run.send(f"fts/v1/ff/{AGV}/instantAction", {"serialNumber": AGV, "timestamp": "t", "actions": [told]})
    run.run(5)
    (lost,) = run.last("ccu/order/completed")
    assert lost["state"] == "ERROR"
    assert {step["state"] for step in lost["productionSteps"]} == {"FINISHED", "ERROR", "CANCELLED"}
    run.run(80)
    run.order("RED")
    run.run(200)
    assert [one["state"] for one in run.last("ccu/order/completed")] == ["ERROR", "FINISHED"]


def test_who_is_not_to_charge_any_more_before_it_is_free_does_not():
    run = Running()
    run.order("RED")
    run.run(5)
    run.send("ccu/set/charge", {"serialNumber": AGV, "charge": True})
    run.send("ccu/set/charge", {"serialNumber": AGV, "charge": False})
    run.run(200)
    assert all(not state["batteryState"]["charging"] for state in run.on(f"fts/v1/ff/{AGV}/state"))
    assert run.last("ccu/order/completed")[0]["state"] == "FINISHED"
