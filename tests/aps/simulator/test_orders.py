"""Simulated orders: their steps, the ids that link their messages, and how long they take."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from aps.simulator import control
from aps.simulator.orders import name_of_step, production_steps
from aps.simulator.plant import Scenario, build_factory
from core.message import NS_PER_SECOND
from tests.aps.simulator.running import Running
from tests.aps.simulator.traffic import START_NS, offset_s, on, simulate, value

COLOURS = ("WHITE", "RED", "BLUE")
RUN_S = 900
"""Long enough for one order of each colour."""


def completed(seconds: float = RUN_S, seed: int = 1, orders: tuple[str, ...] | None = COLOURS) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = value(on(simulate(seconds, seed, 1.0, orders), "ccu/order/completed")[-1])
    return found


def seconds_between(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def test_each_colour_passes_its_stations():
    assert [len(production_steps(colour)) for colour in COLOURS] == [12, 12, 16]
    assert production_steps("RED") == [
        "START>HBW", "HBW.DROP", "HBW>MILL", "MILL.PICK", "MILL.MILL", "MILL.DROP",
        "MILL>AIQS", "AIQS.PICK", "AIQS.CHECK_QUALITY", "AIQS.DROP", "AIQS>DPS", "DPS.PICK",
    ]  # fmt: skip


def test_the_orders_given_are_carried_out_in_this_order():
    assert [(one["orderType"], one["type"], one["state"]) for one in completed()] == [
        ("PRODUCTION", colour, "FINISHED") for colour in COLOURS
    ]


def test_all_steps_of_an_ended_order_are_finished_one_after_the_other():
    for order in completed():
        for before, after in pairwise(order["productionSteps"]):
            assert after["dependentActionId"] == before["id"]
            assert before["stoppedAt"] <= after["startedAt"] <= after["stoppedAt"]
        assert {step["state"] for step in order["productionSteps"]} == {"FINISHED"}
        assert "dependentActionId" not in order["productionSteps"][0]


TOTALS_S = {"WHITE": (177, 7), "RED": (165, 8), "BLUE": (217, 11)}
"""From the response to the end, one order alone in the real factory: mean and standard deviation."""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_production_order_takes_as_long_as_in_the_real_factory(seed):
    for order in completed(seed=seed):
        mean, deviation = TOTALS_S[order["type"]]
        assert abs(seconds_between(order["receivedAt"], order["stoppedAt"]) - mean) <= 2.5 * deviation


STEPS_S = {  # the shortest and the longest that was measured
    "HBW.DROP": (39.8, 70.5), "HBW.PICK": (16.9, 21.5), "DPS.DROP": (14.0, 15.2), "DPS.PICK": (22.4, 24.4),
    "DRILL.PICK": (10.0, 11.6), "DRILL.DRILL": (8.9, 10.4), "DRILL.DROP": (9.0, 11.4),
    "MILL.PICK": (9.3, 10.8), "MILL.MILL": (8.8, 10.4), "MILL.DROP": (7.6, 10.2),
    "AIQS.PICK": (7.0, 8.6), "AIQS.CHECK_QUALITY": (7.6, 12.5), "AIQS.DROP": (7.0, 9.5),
    "START>DPS": (1.0, 13.7), "START>HBW": (1.0, 13.7), "DPS>HBW": (9.5, 13.7), "HBW>DRILL": (11.5, 18.5),
    "HBW>MILL": (8.5, 12), "DRILL>MILL": (11, 15), "MILL>AIQS": (12, 17), "DRILL>AIQS": (15, 21), "AIQS>DPS": (9, 12),
}  # fmt: skip


def test_each_step_takes_as_long_as_in_the_real_factory():
    seen = set()
    for order in [*completed(), *completed(1_500, orders=None)]:
        for step in order["productionSteps"]:
            name = name_of_step(step)
            low, high = STEPS_S[name]
            assert low <= seconds_between(step["startedAt"], step["stoppedAt"]) <= high, name
            seen.add(name)
    assert seen == set(STEPS_S)


def test_without_given_orders_goods_in_and_production_take_turns():
    kinds = [(one["orderType"], one["type"]) for one in completed(1_500, orders=None)]
    cycle = [(kind, colour) for colour in COLOURS for kind in ("STORAGE", "PRODUCTION")]
    assert len(kinds) >= 6
    assert kinds[:6] == cycle


def test_the_first_order_is_requested_within_a_second():
    assert offset_s(on(simulate(600), "ccu/order/request")[0]) <= 1


def test_a_storage_order_takes_about_a_minute():
    storages = [one for one in completed(1_500, orders=None) if one["orderType"] == "STORAGE"]
    assert len(storages) >= 3
    for one in storages:
        assert 40 <= seconds_between(one["receivedAt"], one["stoppedAt"]) <= 75


def test_the_response_repeats_what_the_request_said():
    messages = simulate(1_500)
    requests, responses = on(messages, "ccu/order/request"), on(messages, "ccu/order/response")
    assert len(requests) == len(responses) >= 6
    for request, response in zip(map(value, requests), map(value, responses), strict=True):
        assert request.items() <= response.items()
        assert response["state"] == "IN_PROGRESS"
    for request, response in zip(requests, responses, strict=True):
        assert 0.04 <= offset_s(response) - offset_s(request) <= 0.25


def test_a_commands_ids_are_those_of_its_step():
    steps = {
        step["id"]: (order["orderId"], index, step)
        for order in completed()
        for index, step in enumerate(order["productionSteps"])
    }
    commands = [value(m) for m in simulate(RUN_S, 1, 1.0, COLOURS) if m.topic.endswith("/order")]
    moves = [one for one in commands if "nodes" in one]
    works = [one for one in commands if "action" in one and one["orderUpdateId"] != 10]
    assert len(moves) == 4 + 4 + 5
    for one in moves:
        order_id, index, step = steps[one["nodes"][-1]["action"]["id"]]
        assert (one["orderId"], one["orderUpdateId"], step["type"]) == (order_id, index, "NAVIGATION")
    for one in works:
        order_id, index, step = steps[one["action"]["id"]]
        assert (one["orderId"], one["orderUpdateId"], step["command"]) == (order_id, index, one["action"]["command"])


def test_every_action_of_a_station_runs_and_then_is_finished():
    states: dict[str, list[str]] = {}
    for message in simulate(1_500):
        if message.topic.startswith("module/v1/ff/SVR") and message.topic.endswith("/state"):
            action = value(message)["actionState"]
            if action and action["id"] != "0":
                states.setdefault(action["id"], []).append(action["state"])
    assert len(states) > 30
    unfinished = [found for found in states.values() if found != ["RUNNING", "FINISHED"]]
    assert unfinished in ([], [["RUNNING"]])  # one may still be at work when the time is over


COUNTS = {  # messages of one production order, measured: vehicle states, orders, instant actions
    "WHITE": (62, 4, 6),
    "RED": (51, 4, 6),
    "BLUE": (75, 5, 8),
}


@pytest.mark.parametrize("colour", COLOURS)
def test_an_order_has_as_many_messages_as_in_the_real_factory(colour):
    messages = [m for m in simulate(300, 1, 1.0, (colour,)) if m.at_ns > START_NS + NS_PER_SECOND // 2]
    states, orders, actions = COUNTS[colour]
    assert abs(len(on(messages, "fts/v1/ff/5iO4/state")) - states) <= 0.15 * states
    assert len(on(messages, "fts/v1/ff/5iO4/order")) == orders
    assert len(on(messages, "fts/v1/ff/5iO4/instantAction")) == actions
    assert len(on(messages, "ccu/order/active")) == (18 if colour == "BLUE" else 14)
    assert len(on(messages, "ccu/state/stock")) == 4
    assert len(on(messages, "/j1/txt/1/i/quality_check")) == 1


def test_the_edges_of_a_way_chain_and_the_nodes_name_them():
    for order in map(value, on(simulate(1_500), "fts/v1/ff/5iO4/order")):
        nodes, edges = order["nodes"], order["edges"]
        assert [edge["linkedNodes"] for edge in edges] == [[a["id"], b["id"]] for a, b in pairwise(nodes)]
        for edge, (before, after) in zip(edges, pairwise(nodes), strict=True):
            assert edge["id"] in before["linkedEdges"]
            assert edge["id"] in after["linkedEdges"]
        assert sum(len(node["linkedEdges"]) for node in nodes) == 2 * len(edges)


def test_each_way_begins_where_the_last_one_ended():
    orders = [value(m)["nodes"] for m in on(simulate(1_500), "fts/v1/ff/5iO4/order")]
    assert all(after[0]["id"] == before[-1]["id"] for before, after in pairwise(orders))


def test_the_stock_is_what_went_in_and_came_out():
    messages = simulate(1_500)
    for stock, copy in zip(on(messages, "ccu/state/stock"), on(messages, "/j1/txt/1/f/i/stock"), strict=True):
        assert stock.payload == copy.payload
    counts = [
        sum(item["workpiece"]["id"] != "" for item in value(stock)["stockItems"])
        for stock in on(messages, "ccu/state/stock")
    ]
    assert set(counts) == {6, 7}


def test_a_production_order_learns_its_workpiece_from_the_store():
    messages = simulate(300, 1, 1.0, ("RED",))
    response = value(on(messages, "ccu/order/response")[0])
    handed_out = [
        value(message)["actionState"]["result"]
        for message in on(messages, "module/v1/ff/SVR3QA0022/state")
        if (value(message)["actionState"] or {}).get("result")
    ]
    assert "workpieceId" not in response
    assert [one["workpieceId"] for one in completed(300, orders=("RED",))] == handed_out


def test_a_colour_that_is_not_in_store_is_stored_first():
    kinds = [one["orderType"] for one in completed(1_200, orders=("RED", "RED", "RED"))]
    assert kinds == ["PRODUCTION", "PRODUCTION", "STORAGE", "PRODUCTION"]


def test_the_history_of_ended_orders_does_not_grow_for_ever(monkeypatch):
    monkeypatch.setattr(control, "HISTORY", 3)
    run = Running(Scenario())
    run.run(800)
    lengths = [len(orders) for orders in run.on("ccu/order/completed")]
    assert len(lengths) > 5
    assert lengths[-1] == max(lengths) == 3


def test_a_factory_with_given_orders_says_when_it_is_finished():
    factory = build_factory(START_NS, orders=("WHITE",))
    while not factory.finished:
        assert factory.engine.run_until((factory.engine.next_ns() or 0) + NS_PER_SECOND)
    assert factory.orders_done == 1
    assert factory.active == []
    assert 150 <= (factory.now_ns - START_NS) / NS_PER_SECOND <= 220
