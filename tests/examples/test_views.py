"""What the dashboard makes of the messages: stations, vehicles, stock, orders, plan; and that nothing can break it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from factory_view.feed import Broker, Feed, Snapshot
from factory_view.floor import plan_html, stations_html, stock_html, vehicles_html
from factory_view.lists import ALL, KINDS, active_html, completed_html, messages_html, status_html
from factory_view.orders import active_orders, completed_orders
from factory_view.plan import USUAL, draw_up, plan_of
from factory_view.stations import Piece, stations, stock, vehicles
from tests.examples.feeds import AGV, DRILL, HBW, START, after, say

PAIRING = "ccu/pairing/state"
FTS_STATE = f"fts/v1/ff/{AGV}/state"
STEP = {"type": "MANUFACTURE", "moduleType": "HBW", "command": "PICK", "state": "IN_PROGRESS"}
ORDER = {
    "orderId": "786cc710",
    "orderType": "STORAGE",
    "type": "WHITE",
    "state": "IN_PROGRESS",
    "productionSteps": [STEP],
}
EVERY_TOPIC = (
    PAIRING, FTS_STATE, f"fts/v1/ff/{AGV}/connection", f"module/v1/ff/{HBW}/state", f"module/v1/ff/{HBW}/connection",
    "ccu/state/layout", "ccu/state/stock", "ccu/order/active", "ccu/order/completed",
)  # fmt: skip
HOSTILE = "<script>alert(1)</script>"


def paired(**more: Any) -> dict[str, Any]:
    return {"modules": [{"serialNumber": DRILL, "subType": "DRILL", "connected": True, "available": "BUSY", **more}]}


def page(now: Snapshot) -> str:
    """Everything that the page shows."""
    standing, driving, moment = stations(now), vehicles(now), START + timedelta(seconds=9)
    return "".join(
        (
            status_html(now, "localhost:1883", UTC),
            plan_html(plan_of(now), standing, driving, moment),
            vehicles_html(driving, {one.serial: one.name for one in standing}, moment),
            stock_html(stock(now)),
            stations_html(standing, moment),
            active_html(active_orders(now), UTC),
            completed_html(completed_orders(now), UTC),
            *(messages_html(now.newest, kind, UTC) for kind in (ALL, *KINDS)),
        )
    )


def test_a_station_is_what_it_says_of_itself_and_what_the_control_says_of_it() -> None:
    state = {"actionState": {"command": "DRILL", "state": "RUNNING"}, "errors": [{}]}
    connection = {"connectionState": "CONNECTIONBROKEN"}
    (drill,) = stations(
        after(
            (PAIRING, paired(assigned=True)),
            (f"module/v1/ff/{DRILL}/state", state),
            (f"module/v1/ff/{DRILL}/connection", connection),
        )
    )
    assert (drill.name, drill.connection, drill.available) == ("DRILL", "CONNECTIONBROKEN", "BUSY")
    assert (drill.command, drill.state, drill.error) == ("DRILL", "RUNNING", "")
    assert drill.assigned
    assert drill.seen == START + timedelta(seconds=2)


def test_what_the_broker_had_in_store_is_not_taken_for_a_sign_of_life() -> None:
    feed = Feed(Broker())
    say(feed, f"module/v1/ff/{HBW}/connection", {"connectionState": "ONLINE"}, 1, stored=True)
    assert [(one.connection, one.seen) for one in stations(feed.snapshot())] == [("ONLINE", None)]
    say(feed, f"module/v1/ff/{HBW}/connection", {"connectionState": "ONLINE"}, 2)
    assert [one.seen for one in stations(feed.snapshot())] == [START + timedelta(seconds=2)]


def test_a_vehicle_is_where_it_was_last_with_its_load_and_its_battery() -> None:
    here = {
        "lastNodeId": "2",
        "driving": True,
        "load": [{"loadPosition": "1", "loadType": "RED", "loadId": "04"}, {"loadPosition": "2", "loadType": None}],
        "batteryState": {"percentage": 152, "currentVoltage": 8.5},
    }
    (agv,) = vehicles(after((FTS_STATE, here | {"lastNodeId": HBW}), (FTS_STATE, here)))
    assert (agv.node, agv.came_from, agv.driving, agv.battery, agv.voltage) == ("2", HBW, True, 152, 8.5)
    assert agv.load == {"1": Piece("RED", "04")}
    assert "Battery 152 %" in vehicles_html([agv], {}, START)
    assert "width:100%" in vehicles_html([agv], {}, START)


def test_a_vehicle_that_does_not_know_its_position_is_not_on_the_plan() -> None:
    now = after((FTS_STATE, {"lastNodeId": "UNKNOWN"}))
    assert vehicles(now)[0].node == ""
    drawn = plan_html(plan_of(now), stations(now), vehicles(now), START)
    assert "data-vehicle" not in drawn
    assert AGV in drawn


def test_stock_shows_free_used_and_reserved_bays() -> None:
    item = {"workpiece": {"id": "04", "type": "BLUE", "state": "RESERVED"}, "location": "B2"}
    empty = {"workpiece": {"id": "", "type": "", "state": "RAW"}, "location": "A1"}
    bays = stock(after(("ccu/state/stock", {"stockItems": [item, empty, {"location": "C3"}]})))
    assert bays is not None
    assert {location: one for location, one in bays.items() if one} == {"B2": Piece("BLUE", "04", reserved=True)}
    assert len(bays) == 9


def test_nothing_said_is_not_the_same_as_nothing_there() -> None:
    assert (stock(after()), active_orders(after()), completed_orders(after())) == (None, None, None)
    assert active_orders(after(("ccu/order/active", []))) == []


def test_an_order_moves_from_active_to_completed() -> None:
    active = after(("ccu/order/active", [ORDER]))
    (order,) = active_orders(active) or []
    assert (order.done, order.current and order.current.name) == (0, "HBW: PICK")
    ended = {"state": "FINISHED", "startedAt": "2026-08-07T09:00:00.000Z", "stoppedAt": "2026-08-07T09:01:02.500Z"}
    done = after(("ccu/order/active", []), ("ccu/order/completed", [ORDER | {"orderId": "old"}, ORDER | ended]))
    assert [(one.id, one.state, one.seconds) for one in completed_orders(done) or []] == [
        ("786cc710", "FINISHED", 62.5),
        ("old", "IN_PROGRESS", None),
    ]


def test_the_usual_plan_has_every_node_once_and_roads_of_one_step() -> None:
    plan = draw_up(USUAL)
    assert (plan.columns, plan.rows) == (4, 3)
    assert len(set(plan.points.values())) == len(plan.points) == 10
    assert plan.points["1"] < plan.points["2"]
    assert plan.points[HBW][1] == plan.points["1"][1]
    docked = plan.at(HBW)
    assert docked is not None
    assert plan.points[HBW][0] < docked[0] < plan.points["1"][0]
    assert plan.at("1") == plan.points["1"]


@pytest.mark.parametrize("topic", EVERY_TOPIC)
def test_what_messages_say_is_shown_as_text(topic: str) -> None:
    """In every place where a name, a state or an id of a message is shown."""
    good = {
        "serialNumber": HOSTILE, "subType": HOSTILE, "type": HOSTILE, "connectionState": HOSTILE, "available": HOSTILE,
        "lastNodeId": HOSTILE, "from": HOSTILE, "to": "1", "direction": "EAST", "orderId": HOSTILE, "state": HOSTILE,
        "orderType": HOSTILE, "location": "A1", "errors": [{"errorMessage": HOSTILE}],
    }  # fmt: skip
    nested = good | {
        "actionState": {"command": HOSTILE, "state": HOSTILE},
        "workpiece": {"id": HOSTILE, "type": HOSTILE},
        "load": [{"loadPosition": "1", "loadType": HOSTILE, "loadId": HOSTILE}],
        "productionSteps": [good | {"moduleType": HOSTILE, "command": HOSTILE}],
    }
    value = {key: [nested] for key in ("modules", "transports", "roads", "stockItems")} | nested
    now = after(
        (topic, [nested] if topic.startswith("ccu/order") else value), (f"module/v1/ff/{HOSTILE}/state", nested)
    )
    assert "<script" not in page(now)
    assert "&lt;script" in page(now)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.sampled_from(["ONLINE", "EAST", HBW, "1"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["modules", "transports", "roads", "from", "to", "direction", "stockItems", "workpiece", "type",
                         "serialNumber", "location", "load", "batteryState", "percentage", "lastNodeId", "actionState",
                         "errors", "productionSteps", "state", "startedAt", "stoppedAt"]),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


ODD: list[tuple[str, Any]] = [
    ("ccu/order/active", [{"startedAt": "9999-12-31T23:59:59-12:00", "stoppedAt": "0001-01-01T00:00:00+14:00"}]),
    (FTS_STATE, {"batteryState": {"percentage": 10**400, "currentVoltage": 1e308}}),
]


@given(st.lists(st.tuples(st.sampled_from(EVERY_TOPIC), JSON), max_size=6))
@example(ODD)
def test_nothing_that_arrives_can_break_the_page(messages: list[tuple[str, Any]]) -> None:
    assert page(after(*messages))


def recorded(path: Path) -> Iterator[tuple[str, str]]:
    """Topic and payload of each message of a log."""
    for line in path.read_text(encoding="utf-8").splitlines():
        message = json.loads(line)
        if "topic" in message:
            yield message["topic"], message["payload"]


@pytest.mark.real_data
def test_a_real_factory_is_shown_at_every_moment(real_recordings: Path) -> None:
    """Two vehicles and three orders: all of them are there at the end, and no moment breaks the page."""
    feed = Feed(Broker())
    seen: set[str] = set()
    for number, (topic, payload) in enumerate(
        recorded(real_recordings / "production-rw-agv2-b-agv1_20260512_125623.log")
    ):
        feed.take(topic, payload.encode(), START + timedelta(milliseconds=100 * number), stored=False)
        if number % 100 == 0:
            now = feed.snapshot()
            assert page(now)
            seen |= {order.id for order in active_orders(now) or []}
    now = feed.snapshot()
    assert len(seen) == 3
    assert sorted(order.state for order in completed_orders(now) or [] if order.id in seen) == [
        "ERROR",
        "FINISHED",
        "FINISHED",
    ]
    assert [vehicle.serial for vehicle in vehicles(now)] == ["5iO4", "leJ4"]
    assert {station.name for station in stations(now)} == {"HBW", "DRILL", "MILL", "DPS", "AIQS", "CHRG"}
    assert {station.connection for station in stations(now)} == {"ONLINE"}


@pytest.mark.parametrize(
    ("state", "available"),
    [
        ({"actionState": {"command": "DRILL", "state": "RUNNING"}}, "BUSY"),
        ({"actionState": {"command": "DRILL", "state": "FINISHED"}, "errors": [{}]}, "READY"),
        ({"actionState": None}, "READY"),
        ({"errors": [{"errorType": "PICK_failed", "errorLevel": "FATAL"}]}, "BLOCKED"),
        ({}, ""),
    ],
)
def test_where_the_central_control_is_not_heard_a_station_says_itself_whether_it_works(
    state: dict[str, Any], available: str
) -> None:
    own = (f"module/v1/ff/{DRILL}/state", state)
    assert [one.available for one in stations(after(own))] == [available]
    said = {"modules": [{"serialNumber": DRILL, "available": "BLOCKED"}]}
    assert [one.available for one in stations(after(own, (PAIRING, said)))] == ["BLOCKED"]
