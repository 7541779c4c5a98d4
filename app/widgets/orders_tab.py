"""The factory's orders in a session: a list, who was busy when, and each order with its steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median

import pandas as pd
import streamlit as st

from analysis.moments import Happenings
from app import format as fmt
from app.state import Key, zone
from app.widgets.analyse_view import View
from app.widgets.cached import overview_of, stamp_of
from app.widgets.empty import empty_state
from app.widgets.gantt_chart import gantt_chart
from app.widgets.long_work import computed
from app.widgets.metrics import metrics
from app.widgets.order_details import RESULTS, order_details
from app.widgets.problems import hint
from aps.order_bars import titles
from aps.order_figures import drawn, session_figure, times_figure
from aps.order_times import step_times
from aps.order_trace import order_trace
from aps.order_values import Order, OrderState, OrderTrace

BY_ORDER, BY_STATION = "Orders", "Stations"
UNANSWERED_SHOWN = 5
ROW_PX = 30
SECONDS = ("Duration (s)", "In steps (s)", "Waiting (s)")
TIMES = (
    "Median (s)",
    "Shortest (s)",
    "Longest (s)",
    "Waiting, median (s)",
    "Waiting, longest (s)",
    "Waiting, in all (s)",
)
COLUMNS = {
    "No.": st.column_config.NumberColumn("No.", width=45),
    "Type": st.column_config.TextColumn("Type", width=105),
    "Colour": st.column_config.TextColumn("Colour", width=65),
    "Result": st.column_config.TextColumn("Result", width=75),
    "Failed at": st.column_config.TextColumn("Failed at", width=165),
    "Requested": st.column_config.TextColumn("Requested", width=185),
    "Steps": st.column_config.TextColumn("Steps", width=60),
    "Workpiece": st.column_config.TextColumn("Workpiece", width=125),
    **{name: st.column_config.NumberColumn(name, format="%.1f", width=95) for name in SECONDS},
    **{name: st.column_config.NumberColumn(name, format="%.1f") for name in TIMES},
}
MOST_CHOICES = 2_000
"""More make a list that nobody looks through."""


def orders_tab(view: View) -> None:
    """Draws it."""
    trace = computed("orders", view.entry, order_trace, doing="Reading the orders…")
    if trace is None:
        return
    _tell_unanswered(trace)
    if not trace.orders:
        empty_state("receipt_long", "No order in this session", "Orders of the factory (topics below ccu/order) are "
                    "listed here with their steps, once they are recorded.")  # fmt: skip
        return
    orders = list(trace.within(view.query.start_ns, view.query.end_ns))
    if not orders:
        st.caption(f"None of the {fmt.counted(len(trace.orders), 'order')} touches this stretch. Choose a longer one.")
        return
    metrics(_figures(trace, orders))
    if view.include or view.exclude:
        st.caption(":material/info: Orders are read from all their topics, whatever is chosen above.")
    tall = min(340, ROW_PX * (len(orders) + 1) + 3)
    st.dataframe(_table(trace, orders), column_config=COLUMNS, hide_index=True, row_height=ROW_PX, height=tall)
    _gantt(view, trace, orders)
    st.subheader("One order", anchor=False)
    order_details(view, trace, _choice(view, trace, orders))
    _times(orders)


def _figures(trace: OrderTrace, orders: Sequence[Order]) -> dict[str, str]:
    states = Counter(order.state for order in orders)
    ended = [trace.duration_s(order) for order in orders if order.ended_ns is not None]
    waited = [order.waited_s for order in orders]
    return {
        "Orders": fmt.number(len(orders)),
        "Finished": fmt.number(states[OrderState.FINISHED]),
        "Failed": fmt.number(states[OrderState.ERROR]),
        "Cancelled": fmt.number(states[OrderState.CANCELLED]),
        "Open": fmt.number(states[OrderState.OPEN]),
        "Median duration": fmt.duration(median(ended) if ended else None),
        "Median waiting": fmt.duration(median(waited)),
    }


def _table(trace: OrderTrace, orders: Sequence[Order]) -> pd.DataFrame:
    numbers = {order.id: number for number, order in enumerate(trace.orders, 1)}
    return pd.DataFrame(
        {
            "No.": [numbers[order.id] for order in orders],
            "Type": [order.type for order in orders],
            "Colour": [order.colour for order in orders],
            "Result": [RESULTS[order.state][0] for order in orders],
            "Failed at": [order.failed_step.name if order.failed_step else "" for order in orders],
            "Requested": [fmt.moment(order.begin_ns, zone()) for order in orders],
            "Duration (s)": [round(trace.duration_s(order), 1) for order in orders],
            "In steps (s)": [round(order.worked_s, 1) for order in orders],
            "Waiting (s)": [round(order.waited_s, 1) for order in orders],
            "Steps": [
                f"{sum(step.ended_ns is not None for step in order.steps)}/{len(order.steps)}" for order in orders
            ],
            "Workpiece": [order.workpiece_id for order in orders],
            "Order": [order.id for order in orders],
        }
    )


def _gantt(view: View, trace: OrderTrace, orders: Sequence[Order]) -> None:
    by = st.segmented_control("A lane for each of the", [BY_ORDER, BY_STATION], default=BY_ORDER, required=True,
                              key=Key.ORDERS_LANES)  # fmt: skip
    some = len(drawn(orders, stations_as_lanes=by == BY_STATION))
    if some < len(orders):
        st.caption(f":material/info: The first {fmt.number(some)} of {fmt.number(len(orders))} orders. A shorter range "
                   "above shows others.")  # fmt: skip
    whole = overview_of(view.entry.path, stamp_of(view.entry))
    shown = Happenings(whole.gaps, whole.pauses, whole.marks)
    figure = session_figure(trace, orders, zone().key, stations_as_lanes=by == BY_STATION, shown=shown)
    gantt_chart(view, figure, f"{Key.ORDERS_FIGURE}-{view.entry.id}-{by}", "The orders over time")


def _choice(view: View, trace: OrderTrace, orders: Sequence[Order]) -> Order:
    """The order to show in full: at first the first one that failed, or else the first."""
    if len(orders) > MOST_CHOICES:
        st.caption(f":material/info: The first {MOST_CHOICES:,} orders. A shorter range above shows others.")
    names, by_id = titles(trace), {order.id: order for order in orders[:MOST_CHOICES]}
    failed = next((number for number, order in enumerate(by_id.values()) if order.state is OrderState.ERROR), 0)
    picked = st.selectbox("Order", list(by_id), index=failed, key=f"{Key.ORDERS_ORDER}-{view.entry.id}",
                          format_func=lambda order_id: f"{names[order_id]} · {order_id}",
                          label_visibility="collapsed")  # fmt: skip
    return by_id.get(picked, orders[failed])


def _tell_unanswered(trace: OrderTrace) -> None:
    """Requests that no order followed."""
    for one in trace.unanswered[:UNANSWERED_SHOWN]:
        what = " ".join(part for part in (one.type, one.colour, one.workpiece_id) if part)
        at = fmt.moment(one.request.at_ns, zone())
        why = "was refused, the workpiece was given back" if one.refused else "had no answer in this session"
        hint(f"A request ({what}, {at}) {why}.")
    more = len(trace.unanswered) - UNANSWERED_SHOWN
    if more > 0:
        hint(f"{fmt.counted(more, 'more request')} had no answer.")


def _times(orders: Sequence[Order]) -> None:
    """Durations of all steps beside what was waited for them."""
    rows = step_times(orders)
    if not rows:
        return
    st.subheader("How long steps take", anchor=False)
    st.caption(
        "The median over these orders, and before it in grey the median of the time that was waited for the step."
    )
    st.plotly_chart(times_figure(rows), config={"displayModeBar": False}, key=Key.ORDERS_TIMES,
                    alt="Durations of steps beside waiting times")  # fmt: skip
    table = pd.DataFrame(
        {
            "Step": [row.name for row in rows],
            "What": [row.doing.value for row in rows],
            "Count": [row.count for row in rows],
            "Failed": [row.failed for row in rows],
            "Median (s)": [row.median_s for row in rows],
            "Shortest (s)": [row.shortest_s for row in rows],
            "Longest (s)": [row.longest_s for row in rows],
            "Waiting, median (s)": [row.waited_median_s for row in rows],
            "Waiting, longest (s)": [row.waited_longest_s for row in rows],
            "Waiting, in all (s)": [row.waited_total_s for row in rows],
        }
    )
    tall = ROW_PX * (len(rows) + 1) + 3
    st.dataframe(table, column_config=COLUMNS, hide_index=True, row_height=ROW_PX, height=min(700, tall))
