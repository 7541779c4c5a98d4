"""Orders are read from what the factory has said about them, whatever is missing, repeated or torn."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.progress import Cancelled
from aps.order_trace import order_trace
from aps.order_values import OrderState, OrderTrace
from core.message import FROM_DUMP, NS_PER_SECOND, Message
from store.reader import SessionReader
from tests.analysis.sessions import START_NS, session
from tests.aps.orders import (
    ORDER,
    PIECE,
    active,
    completed,
    module_order,
    module_state,
    order,
    request,
    response,
    said,
    stamp,
    step,
)
from tests.aps.simulator.traffic import simulate
from tests.hostile import write_hostile_session

HBW, AIQS, DPS, AGV = "SVR3QA0022", "SVR4H76530", "SVR4H73275", "5iO4"


COMPLETED = "ccu/order/completed"
RESPONSE = "ccu/order/response"
ORDER_LISTS = (RESPONSE, "ccu/order/active", COMPLETED)


def trace(*messages: Message) -> OrderTrace:
    with session(messages) as reader:
        return order_trace(reader)


def offset(at_ns: int | None) -> float | None:
    return None if at_ns is None else (at_ns - START_NS) / NS_PER_SECOND


def test_the_last_version_of_an_order_has_its_steps_and_their_waits():
    steps = [
        step("START>DPS", "FINISHED", 1, 3),
        step("DPS.DROP", "FINISHED", 4.5, 6),
        step("DPS>HBW", "IN_PROGRESS", 6),
    ]
    first = order(step("START>DPS", "IN_PROGRESS", 1), workpieceId=PIECE)
    (found,) = trace(
        request(first, 0.5), response(first, 0.6), active(order(*steps, workpieceId=PIECE), at_s=6.1)
    ).orders
    assert (found.id, found.type, found.colour, found.state) == (ORDER, "STORAGE", "RED", OrderState.OPEN)
    assert (found.workpiece_id, offset(found.requested_ns), found.ended_ns) == (PIECE, 0.5, None)
    assert [(one.name, one.duration_s, one.waited_s) for one in found.steps] == [
        ("START>DPS", 2.0, 1.0),
        ("DPS.DROP", 1.5, 1.5),
        ("DPS>HBW", None, 0.0),
    ]
    assert (found.waited_s, found.worked_s) == (2.5, 3.5)


def test_an_order_that_was_completed_before_the_session_is_not_of_the_session():
    old = order(state="FINISHED", stoppedAt=stamp(-60))
    assert trace(completed(old), active(), completed(old, order(orderId="another"))).orders == ()


def test_an_order_whose_request_was_not_recorded_counts_from_the_list_of_active_ones():
    (found,) = trace(
        active(order(received_s=-9), retain=FROM_DUMP), completed(order(received_s=-9, state="ERROR"), at_s=4)
    ).orders
    assert (found.state, offset(found.requested_ns), found.request) == (OrderState.ERROR, -9, None)


def test_an_order_that_has_ended_does_not_begin_again():
    done = order(step("START>DPS", "FINISHED", 1, 2), state="FINISHED", stoppedAt=stamp(2))
    (found,) = trace(active(order()), completed(done, at_s=2), active(order(), at_s=3)).orders
    assert (found.state, offset(found.ended_ns), len(found.steps)) == (OrderState.FINISHED, 2, 1)


def test_an_order_that_is_cancelled_before_it_began_ends_when_it_leaves_the_list():
    (found,) = trace(active(order()), said("ccu/order/cancel", [ORDER], 2), active(at_s=2.5)).orders
    assert (found.state, offset(found.ended_ns)) == (OrderState.CANCELLED, 2.5)


def test_a_reset_of_the_factory_cancels_what_is_active():
    (found,) = trace(active(order()), said("ccu/set/reset", {"timestamp": stamp(1)}, 1), active(at_s=1.1)).orders
    assert (found.state, offset(found.ended_ns)) == (OrderState.CANCELLED, 1.1)


def test_an_order_that_leaves_the_list_without_a_word_is_open_and_says_so():
    (found,) = trace(active(order()), active(at_s=2)).orders
    assert found.state is OrderState.OPEN
    assert "without a result" in found.note


def test_a_request_without_an_order_is_told():
    refused = order(workpieceId=PIECE)
    messages = [request(order(timestamp="other"), 0), request(refused, 1), active(order(timestamp="other"), at_s=1)]
    action = {"actions": [{"actionType": "cancelStorageOrder"}]}
    found = trace(*messages, said(f"module/v1/ff/{DPS}/instantAction", action, 1.01), said("x", 1, 9))
    assert [(one.workpiece_id, one.refused, one.request.id) for one in found.unanswered] == [(PIECE, True, 2)]


def test_requests_find_their_orders_by_their_ids_first():
    """Two requests of one moment, answered in the other order."""
    values = [order(orderId=name, requestId=f"OSF-UI_{name}", orderType="PRODUCTION") for name in "ab"]
    found = trace(
        request(values[0], 0), request(values[1], 1), response(values[1], 2), response(values[0], 3), said("x", 1, 9)
    )
    assert {one.id: offset(one.requested_ns) for one in found.orders} == {"a": 0, "b": 1}
    assert found.unanswered == ()


def test_the_times_of_a_clock_that_is_days_off_are_moved_onto_the_recorders():
    off = -11.5 * 86_400
    steps = [step("START>DPS", "FINISHED", off + 1, off + 3)]
    value = order(*steps, received_s=off, state="FINISHED", stoppedAt=stamp(off + 3))
    (found,) = trace(response(order(received_s=off), 0.25), completed(value, at_s=3.25)).orders
    assert (offset(found.received_ns), offset(found.ended_ns)) == (0.25, 3.25)
    assert (offset(found.steps[0].started_ns), found.steps[0].duration_s) == (1.25, 2.0)


def test_steps_find_their_commands_and_states():
    value = order(step("START>HBW", "FINISHED", 1, 2), step("HBW.DROP", "FINISHED", 2, 5), orderType="PRODUCTION")
    nodes = [{"id": "1"}, {"id": HBW, "action": {"id": "START>HBW", "type": "DOCK"}}]
    (found,) = trace(
        said(f"fts/v1/ff/{AGV}/order", {"orderId": ORDER, "nodes": nodes}, 1),
        said(f"fts/v1/ff/{AGV}/state", {"actionState": {"id": "START>HBW", "state": "FINISHED"}}, 2),
        active(value, at_s=2.1),
        module_order(HBW, "HBW.DROP", "DROP", 2.2),
        module_state(HBW, "HBW.DROP", "RUNNING", 2.3),
        module_state(HBW, "HBW.DROP", "FINISHED", 5, result=PIECE),
        module_state(HBW, "HBW.DROP", "FINISHED", 6, result=PIECE),
    ).orders
    drive, drop = found.steps
    assert drive.place == "AGV-1"
    assert (drive.evidence.complete, drop.evidence.complete) == (True, True)
    assert [one.id for one in (drop.evidence.command, drop.evidence.running, drop.evidence.done) if one] == [4, 5, 6]
    assert found.workpiece_id == PIECE, "the store has said which one it gave"


def test_a_rejected_workpiece_is_marked_and_has_its_picture():
    value = order(step("AIQS.CHECK_QUALITY", "ERROR", 1, 9), state="ERROR", orderType="PRODUCTION", stoppedAt=stamp(9))
    check = "AIQS.CHECK_QUALITY"
    (found,) = trace(
        active(order()),
        module_order(AIQS, check, "CHECK_QUALITY", 1),
        module_state(f"NodeRed/{AIQS}", check, "RUNNING", 7, result="FAILED", command="CHECK_QUALITY"),
        said("/j1/txt/1/i/quality_check", {"result": "FAILED"}, 7.3),
        module_state(AIQS, check, "FINISHED", 8.5, result="FAILED"),
        completed(value, at_s=9),
    ).orders
    assert found.state is OrderState.ERROR
    assert found.failed_step is found.steps[0]
    picture = found.steps[0].evidence.picture
    assert picture
    assert picture.id == 4


def test_a_storage_order_begins_with_reading_the_workpiece_and_a_production_order_names_it():
    storage = order(workpieceId=PIECE, timestamp="s")
    goods_out = order(orderId="out", orderType="PRODUCTION", workpieceId=PIECE, received_s=30)
    found = trace(
        said(f"module/v1/ff/{DPS}/state", {"loads": [{"loadType": "UNKNOWN"}], "actionState": None}, 0),
        module_state(f"NodeRed/{DPS}", "x", "FINISHED", 15, command="INPUT_RGB"),
        said(f"module/v1/ff/{DPS}/state", {"loads": [{"type": "RED"}], "actionState": None}, 16),
        module_state(f"NodeRed/{DPS}", "0", "FINISHED", 20, command="RGB_NFC", result=PIECE),
        request(storage, 20.1),
        active(storage, at_s=20.2),
        active(goods_out, at_s=30),
    ).orders
    assert [one.type for one in found] == ["STORAGE", "PRODUCTION"]
    arrival = found[0].goods_in
    assert arrival
    assert [proof.id for proof in (arrival.started, arrival.colour_read, arrival.tag_read) if proof] == [1, 2, 4]
    assert (found[1].storage_order_id, found[1].goods_in) == (ORDER, None)


def test_a_workpiece_rides_along_while_the_vehicle_drives_for_another_order():
    def cleared(at_s: float, *, dropped: bool) -> Message:
        action = {"actionType": "clearLoadHandler", "metadata": {"loadDropped": dropped, "loadId": PIECE}}
        return said(f"fts/v1/ff/{AGV}/instantAction", {"actions": [action]}, at_s)

    def sent(order_id: str, at_s: float) -> Message:
        return said(f"fts/v1/ff/{AGV}/order", {"orderId": order_id, "nodes": [{"id": HBW}]}, at_s)

    (found,) = trace(
        active(order(workpieceId=PIECE)),
        sent(ORDER, 1),
        cleared(2, dropped=False),
        sent("another", 3),
        sent(ORDER, 4),
        cleared(5, dropped=True),
        sent(ORDER, 6),
    ).orders
    (ride,) = found.rides
    assert (ride.vehicle, ride.loaded.id, ride.unloaded and ride.unloaded.id) == (AGV, 3, 6)
    assert ride.moves == (("another", HBW), (ORDER, HBW))


def test_only_orders_that_touch_a_stretch_are_in_it():
    done = order(state="FINISHED", received_s=1, stoppedAt=stamp(3))
    found = trace(active(order(received_s=1), at_s=1), completed(done, at_s=3), said("x", 1, 60))
    at = [START_NS + second * NS_PER_SECOND for second in (0, 1, 3, 4)]
    assert [
        len(list(found.within(*span))) for span in ((None, None), (at[0], at[1]), (at[2], None), (at[3], None))
    ] == [1, 0, 1, 0]


def test_the_work_can_be_ended():
    def ends(done: int, total: int) -> None:
        raise Cancelled

    with session([active(order())]) as reader:
        try:
            order_trace(reader, ends)
        except Cancelled:
            return
    raise AssertionError("it went on")


def test_hostile_payloads_are_no_orders(tmp_path):
    _, path = write_hostile_session(tmp_path)
    with SessionReader.open(path) as reader:
        assert [one.id for one in order_trace(reader).orders] == []


def _naive(messages: list[Message]) -> dict[str, str]:
    """How each order ends, one order after the other: completed before it was active, it is of another time."""
    lists = [(one.topic, json.loads(one.payload)) for one in messages if one.topic in ORDER_LISTS]
    said = [(topic, one) for topic, found in lists for one in (found if isinstance(found, list) else [found])]
    ends: dict[str, str] = {}
    for order_id in {value["orderId"] for _, value in said}:
        older = False
        for topic, value in [one for one in said if one[1]["orderId"] == order_id]:
            if topic == COMPLETED and ends.get(order_id) == "OPEN":
                ends[order_id] = value["state"]
            elif topic == COMPLETED:
                older = True
            elif topic == RESPONSE or not older:
                ends.setdefault(order_id, "OPEN")
    return ends


TRAFFIC = [one for one in simulate(400) if "order" in one.topic or "state" in one.topic]
ABOUT_ORDERS = [one for one in TRAFFIC if one.topic.startswith("ccu/order")]


ANY = st.integers(0, len(TRAFFIC) - 1)


@settings(max_examples=40)
@given(
    st.permutations(range(len(ABOUT_ORDERS))),
    st.lists(ANY, max_size=20),
    st.lists(st.tuples(ANY, st.integers(0, 60)), max_size=5),
)
def test_torn_repeated_and_reordered_messages_never_raise_and_the_last_version_wins(order_of, repeated, cut):
    whole = [*(ABOUT_ORDERS[index] for index in order_of), *(TRAFFIC[index] for index in repeated)]
    torn = [TRAFFIC[index]._replace(payload=TRAFFIC[index].payload[:length]) for index, length in cut]
    messages = [*(one for one in torn if one.payload != b"[]"), *whole]
    found = trace(*(one._replace(at_ns=START_NS + index) for index, one in enumerate(messages)))
    assert {one.id: one.state for one in found.orders} == _naive(whole)
    assert all(each.waited_ns >= 0 for one in found.orders for each in one.steps)


def test_the_simulated_factory_ends_its_orders_and_every_step_has_its_messages():
    found = trace(*simulate(400))
    assert [(one.type, one.state) for one in found.orders[:2]] == [("STORAGE", "FINISHED"), ("PRODUCTION", "FINISHED")]
    assert all(each.evidence.complete for one in found.orders[:2] for each in one.steps)
