"""Orders as bars: each step once, in the right lane, with what it waited for and the message behind it."""

from __future__ import annotations

import pytest

from analysis.gantt import MOST_BARS, GanttBar
from aps.order_bars import (
    GOODS_IN_LANE,
    WAITING_LANE,
    Doing,
    by_order,
    by_station,
    colour_of,
    of_order,
    stations,
    titles,
)
from aps.order_figures import MOST_LANES, drawn, order_figure, session_figure, times_figure
from aps.order_times import step_times
from aps.order_trace import order_trace
from aps.order_values import OrderTrace
from core.message import Message
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
    said,
    stamp,
    step,
)

DPS = "SVR4H73275"


def trace(*messages: Message) -> OrderTrace:
    with session(messages) as reader:
        return order_trace(reader)


def two_orders() -> OrderTrace:
    """Goods in with a wait of two seconds, then goods out that fails and never reaches its last step."""
    stored = order(step("START>DPS", "FINISHED", 21, 22), step("DPS.DROP", "FINISHED", 24, 26), workpieceId=PIECE)
    steps = [step("AIQS.CHECK_QUALITY", "ERROR", 31, 35), step("AIQS.DROP", "CANCELLED")]
    failed = order(*steps, orderId="2", orderType="PRODUCTION", state="ERROR", received_s=31, stoppedAt=stamp(35))
    return trace(
        module_state(f"NodeRed/{DPS}", "x", "RUNNING", 1, command="INPUT_RGB"),
        module_state(f"NodeRed/{DPS}", "x", "FINISHED", 10, command="INPUT_RGB"),
        module_state(f"NodeRed/{DPS}", "0", "FINISHED", 20, command="RGB_NFC", result=PIECE),
        request(stored, 21),
        active({**stored, "receivedAt": stamp(21)}, at_s=24),
        module_order(DPS, "DPS.DROP", "DROP", 24.1),
        completed({**stored, "state": "FINISHED", "receivedAt": stamp(21), "stoppedAt": stamp(26)}, at_s=26),
        active({**failed, "state": "IN_PROGRESS"}, at_s=31),
        completed(failed, at_s=35),
        said("x", 1, 40),
    )


def spans(bars: list[GanttBar]) -> list[tuple[str, str, float, float]]:
    return [(bar.lane, bar.category, (bar.start_ns - START_NS) / 1e9, (bar.end_ns - START_NS) / 1e9) for bar in bars]


def test_one_order_has_a_lane_for_each_place_and_one_for_waiting():
    found = two_orders()
    assert spans(of_order(found, found.orders[0])) == [
        (GOODS_IN_LANE, Doing.READING, 1, 10),
        (GOODS_IN_LANE, Doing.READING, 10, 20),
        ("AGV", Doing.TRANSPORT, 21, 22),
        (WAITING_LANE, Doing.WAITING, 22, 24),
        ("DPS", Doing.HANDOVER, 24, 26),
    ]


def test_a_failed_step_is_marked_and_one_that_never_began_is_not_drawn():
    found = two_orders()
    (check,) = of_order(found, found.orders[1])
    assert (check.category, check.marked) == (Doing.CHECK, True)
    assert titles(found) == {ORDER: "1 STORAGE RED", "2": "2 PRODUCTION RED ✗"}


def test_a_bar_opens_the_first_message_behind_its_step():
    found = two_orders()
    drop = of_order(found, found.orders[0])[-1]
    assert drop.message_id == 6
    check = of_order(found, found.orders[1])[0]
    assert check.message_id == 9, "no message of the step was recorded: the last version of the order"


def test_the_stations_stand_in_the_factorys_order():
    found = two_orders()
    bars = by_station(found, found.orders)
    assert stations(bars) == ["DPS", "AIQS", "AGV"]
    assert {bar.category for bar in bars} == {"RED"}


def test_a_step_in_progress_goes_on_to_the_end_of_the_session():
    found = trace(active(order(step("START>DPS", "IN_PROGRESS", 1)), at_s=1), said("x", 1, 9))
    assert spans(of_order(found, found.orders[0]))[-1][2:] == (1, 9)


def test_times_count_what_began_and_ended():
    rows = {row.name: row for row in step_times(two_orders().orders)}
    assert list(rows) == ["START>DPS", "DPS.DROP", "AIQS.CHECK_QUALITY"]
    drop = rows["DPS.DROP"]
    assert (drop.count, drop.median_s, drop.waited_median_s, drop.failed) == (1, 2.0, 2.0, 0)
    assert rows["AIQS.CHECK_QUALITY"].failed == 1


@pytest.mark.parametrize("by_lanes", [True, False])
def test_figures_of_no_orders_and_of_many(by_lanes):
    empty = trace()
    session_figure(empty, empty.orders, "UTC", stations_as_lanes=by_lanes)
    many = trace(active(*(order(step("START>DPS", "IN_PROGRESS", 1), orderId=str(n)) for n in range(100))))
    figure = session_figure(many, many.orders, "UTC", stations_as_lanes=by_lanes)
    assert len(figure.layout.yaxis.ticktext) == (1 if by_lanes else MOST_LANES)


def test_a_figure_has_as_many_orders_as_there_is_room_for():
    orders = trace(active(*(order(step("A>B"), step("B>C"), orderId=str(n)) for n in range(1000)))).orders
    assert len(drawn(orders, stations_as_lanes=False)) == MOST_LANES
    assert len(drawn(orders, stations_as_lanes=True)) == MOST_BARS // 2
    assert len(drawn(orders[:3], stations_as_lanes=True)) == 3


def test_an_order_and_its_times_can_be_drawn():
    found = two_orders()
    assert len(order_figure(found, found.orders[0], "UTC").data) == 4
    waited, lasted = times_figure(step_times(found.orders)).data
    assert (list(waited.x), list(lasted.x)) == ([0, 2, 0], [1, 2, 4])
    assert len(times_figure([]).data) == 2


def test_every_category_has_a_colour_of_its_own():
    assert len({colour_of(one) for one in (*Doing, "RED", "BLUE", "WHITE")}) == len(Doing) + 3
    assert colour_of("PINK").startswith("#")


def test_by_order_each_order_has_one_lane():
    found = two_orders()
    assert {bar.lane for bar in by_order(found, found.orders)} == set(titles(found).values())
