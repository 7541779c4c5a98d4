"""What the factory said last becomes what the page shows; what is no message of it says nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aps.factory_state import BAYS, FILTERS, TOLD, Piece, factory_state, place_name
from aps.floor_plan import DELIVERED
from core.message import FROM_DUMP, LIVE, Message
from core.topics import matches
from tests.analysis.sessions import START_NS

HBW, DRILL, AGV = "SVR3QA0022", "SVR4H76449", "5iO4"


def newest(*, retain: int = LIVE, **said: Any) -> dict[str, Message]:
    """By topic, written with `__` for each slash."""
    found = {}
    for name, value in said.items():
        topic = name.replace("__", "/")
        payload = value if isinstance(value, bytes) else json.dumps(value).encode()
        found[topic] = Message(topic, payload, 1, retain, START_NS)
    return found


def test_a_station_is_put_together_from_what_it_says_and_what_the_central_control_says() -> None:
    state = factory_state(newest(
        module__v1__ff__SVR4H76449__state={"actionState": {"command": "DRILL", "state": "RUNNING"}, "errors": [{}]},
        module__v1__ff__SVR4H76449__connection={"connectionState": "ONLINE"},
        ccu__pairing__state={"modules": [
            {"serialNumber": HBW, "subType": "HBW", "connected": False, "available": "BLOCKED"},
            {"serialNumber": DRILL, "subType": "DRILL", "available": "BUSY"},
        ]},
    ))  # fmt: skip
    store, drill = state.stations
    assert (store.name, store.connection, store.available, store.seen_ns) == ("HBW", "OFFLINE", "BLOCKED", None)
    assert (drill.name, drill.connection, drill.available) == ("DRILL", "ONLINE", "BUSY")
    assert (drill.command, drill.state, drill.error, drill.seen_ns) == ("DRILL", "RUNNING", "", START_NS)


def test_a_vehicle_tells_where_it_is_and_what_it_carries() -> None:
    said = {
        "lastNodeId": "2", "driving": True, "orderId": "o", "errors": [{"errorType": "COLLISION"}],
        "batteryState": {"percentage": -4, "currentVoltage": 8.2, "charging": False},
        "load": [{"loadPosition": "1", "loadType": "RED", "loadId": "p"}, {"loadPosition": "2", "loadType": None}],
    }  # fmt: skip
    (agv,) = factory_state(newest(fts__v1__ff__5iO4__state=said)).vehicles
    assert (agv.name, agv.place, agv.driving, agv.order_id, agv.error) == ("AGV-1", "2", True, "o", "COLLISION")
    assert (agv.battery_percent, agv.battery_volt, agv.loads) == (-4.0, 8.2, (Piece("RED", "p"),))
    assert place_name(agv.place) == "crossing 2"
    (lost,) = factory_state(newest(fts__v1__ff__5iO4__state={"lastNodeId": "UNKNOWN"})).vehicles
    assert (lost.place, place_name(lost.place)) == ("", "not known")


def test_stock_and_orders() -> None:
    steps = [{"type": "NAVIGATION", "source": "START", "target": "HBW", "state": "FINISHED"},
             {"type": "MANUFACTURE", "moduleType": "HBW", "command": "DROP", "state": "IN_PROGRESS"}]  # fmt: skip
    order = {
        "orderId": "o",
        "orderType": "PRODUCTION",
        "type": "BLUE",
        "state": "IN_PROGRESS",
        "productionSteps": steps,
    }
    item = {"workpiece": {"id": "p", "type": "BLUE", "state": "RESERVED"}, "location": "B2"}
    items = {"stockItems": [item, {"location": "A1"}, {"location": "Z9"}]}
    ended = [{}, {"state": "ERROR"}]
    state = factory_state(newest(ccu__order__active=[order], ccu__order__completed=ended, ccu__state__stock=items))
    assert state.stock is not None
    assert {bay: piece for bay, piece in state.stock.items() if piece} == {"B2": Piece("BLUE", "p", reserved=True)}
    assert tuple(state.stock) == BAYS
    (progress,) = state.active
    assert (progress.done, progress.steps, progress.current) == (1, 2, "HBW.DROP")
    assert (state.completed, state.failed) == (2, 1)


def test_what_the_broker_had_in_store_was_not_heard_now() -> None:
    state = factory_state(newest(retain=FROM_DUMP, module__v1__ff__SVR4H76449__state={}))
    assert (state.stations[0].seen_ns, state.heard_ns) == (None, None)


def test_the_layout_is_the_one_that_is_told() -> None:
    road = {"from": "OVEN1", "to": "9", "direction": "SOUTH", "length": 380}
    said = {"modules": [{"serialNumber": "OVEN1", "type": "OVEN"}], "intersections": [{"id": "9"}], "roads": [road]}
    told = factory_state(newest(ccu__state__layout=said))
    assert (told.layout, told.plan.places) == (TOLD, {"OVEN1": (0, 1), "9": (0, 0)})
    assert place_name("OVEN1", told.plan) == "OVEN"
    silent = factory_state({})
    assert (silent.layout, silent.plan) == ("", DELIVERED)
    assert told.roads.route("9", "OVEN1") == ["9", "OVEN1"]
    assert silent.roads.route("9", "OVEN1") == []
    wrong = factory_state(newest(ccu__state__layout={**said, "roads": [{**road, "to": "8"}]}))
    assert (wrong.layout, wrong.plan) == ("a road leads to '8', which it does not name", DELIVERED)


def test_what_cannot_be_drawn_is_no_text() -> None:
    (found,) = factory_state({
        topic: Message(topic, b'{"errors": [{"errorMessage": "a\\u0000b\\ud800"}]}', 1, LIVE, START_NS)
        for topic in ["module/v1/ff/x/state"]
    }).stations  # fmt: skip
    assert found.error == "a b "


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(("modules", "transports", "stockItems", "workpiece", "serialNumber", "actionState", "errors",
                         "load", "batteryState", "percentage", "productionSteps", "lastNodeId", "x", "roads",
                         "intersections", "id", "from", "to", "direction", "length")),
        inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
TOPICS = ("ccu/pairing/state", "ccu/state/layout", "ccu/state/stock", "ccu/order/active", "ccu/order/completed",
          "fts/v1/ff/x/state", "module/v1/ff/y/state", "module/v1/ff/y/connection",
          "module/v1/ff//state")  # fmt: skip


@given(st.dictionaries(st.sampled_from(TOPICS), ANY | st.binary(max_size=8)))
def test_whatever_is_said_there_is_a_state(said: dict[str, Any]) -> None:
    messages = {topic: newest(**{topic.replace("/", "__"): value})[topic] for topic, value in said.items()}
    state = factory_state(messages)
    assert all(station.serial for station in state.stations)
    assert all(vehicle.serial for vehicle in state.vehicles)


@pytest.mark.parametrize("payload", [b"", b"[" * 100_000, b"\xff", b"null", b'"x"'])
def test_hostile_payloads_say_nothing(payload: bytes) -> None:
    state = factory_state(newest(ccu__state__stock=payload, ccu__order__active=payload))
    assert (state.stock, state.active) == (None, ())


def test_no_message_fits_two_filters() -> None:
    for topic in (*TOPICS, "fts/v1/ff/x/connection"):
        assert sum(matches(one, topic) for one in FILTERS) <= 1
