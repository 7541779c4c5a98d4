"""One order of the factory: what became of it, its steps, and the ways to the messages behind them."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from app import format as fmt
from app.state import Key, zone
from app.widgets.analyse_view import Stretch, View, ends_of, open_message, open_span, set_span
from app.widgets.cutting import cut_order
from app.widgets.gantt_chart import gantt_chart
from app.widgets.metrics import metrics
from app.widgets.problems import hint
from app.widgets.text import plain
from aps.modules import name_of
from aps.order_bars import titles
from aps.order_figures import order_figure
from aps.order_values import Order, OrderState, OrderTrace, Step
from core.message import NS_PER_SECOND

RESULTS: Final = {
    OrderState.FINISHED: ("finished", "green", ":material/check_circle:"),
    OrderState.ERROR: ("failed", "red", ":material/cancel:"),
    OrderState.CANCELLED: ("cancelled", "grey", ":material/block:"),
    OrderState.OPEN: ("open", "blue", ":material/pending:"),
}
"""How each result is written and marked."""
MARGIN_S: Final = 1.0
"""Before and after what is shown on the timeline."""
ROW_PX, MOST_TALL = 30, 700
COLUMNS: Final = {
    "No.": st.column_config.NumberColumn("No.", width=45),
    "Step": st.column_config.TextColumn("Step", width=165),
    "At": st.column_config.TextColumn("At", width=65),
    "State": st.column_config.TextColumn("State", width=90),
    "Began": st.column_config.TextColumn("Began", width=215),
    "Waited": st.column_config.TextColumn("Waited (s)", width=80, alignment="right"),
    "Duration": st.column_config.TextColumn("Duration (s)", width=90, alignment="right"),
    "Result": st.column_config.TextColumn("Result", width=120),
    "Messages": st.column_config.TextColumn("Messages", width=220),
}


def order_details(view: View, trace: OrderTrace, order: Order) -> None:
    """Draws it."""
    words, colour, icon = RESULTS[order.state]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(words, color=colour, icon=icon)  # type: ignore[arg-type]
        st.button("Only its time", key=Key.ORDERS_SPAN, icon=":material/fit_width:", on_click=set_span,
                  args=(view.entry, _span(view, _begin(order), trace.end_of(order))),
                  help="All tabs show the stretch of this order.")  # fmt: skip
    cut_order(view, order)
    failed = order.failed_step
    if failed is not None:
        result = f", result {failed.evidence.result}" if failed.evidence.result else ""
        hint(f"It failed at step {failed.index}, {failed.name}{result}.")
    if order.note:
        hint(order.note)
    metrics(_figures(trace, order))
    st.caption(plain(" ".join(_sentences(trace, order))))
    key = f"{Key.ORDERS_FIGURE}-{view.entry.id}-{order.id}"
    gantt_chart(view, order_figure(trace, order, zone().key), key, "The steps of the order over time")
    tall = min(MOST_TALL, ROW_PX * (len(order.steps) + 1) + 3)
    st.dataframe(_steps_table(order), column_config=COLUMNS, hide_index=True, row_height=ROW_PX, height=tall)
    _ways_to_messages(view, trace, order)


def _figures(trace: OrderTrace, order: Order) -> dict[str, str]:
    begun = sum(step.started_ns is not None for step in order.steps)
    return {
        "Requested at": fmt.offset((order.begin_ns - trace.origin_ns) / NS_PER_SECOND),
        "Duration": fmt.duration(trace.duration_s(order)),
        "In steps": fmt.duration(order.worked_s),
        "Waiting": fmt.duration(order.waited_s),
        "Steps begun": f"{begun} of {len(order.steps)}",
    }


def _sentences(trace: OrderTrace, order: Order) -> list[str]:
    """From goods in to goods out."""
    names = titles(trace)
    found = [f"Workpiece {order.workpiece_id}, requested at {fmt.moment(order.begin_ns, zone(), fraction=True)}."]
    if not order.workpiece_id:
        found = [f"No message says which workpiece; requested at {fmt.moment(order.begin_ns, zone(), fraction=True)}."]
    if order.goods_in is not None:
        read_s = (order.goods_in.tag_read.at_ns - order.goods_in.started.at_ns) / NS_PER_SECOND
        read = fmt.duration(read_s)
        found.append(f"Before its request the workpiece was put in, and its colour and tag were read in {read}.")
    if order.storage_order_id:
        found.append(f"Its workpiece had been put into the store by order {names[order.storage_order_id]}.")
    for ride in order.rides:
        others = sum(drive != order.id for drive, _ in ride.moves)
        if others:
            drives = fmt.counted(len(ride.moves), "drive")
            found.append(f"It was aboard {name_of(ride.vehicle)} for {drives}, {others} of them for something else.")
    return found


def _steps_table(order: Order) -> pd.DataFrame:
    steps = order.steps
    return pd.DataFrame(
        {
            "No.": [step.index for step in steps],
            "Step": [step.name for step in steps],
            "At": [step.place for step in steps],
            "State": [step.state.replace("_", " ").lower() for step in steps],
            "Began": [fmt.moment(step.started_ns, zone(), fraction=True) for step in steps],
            "Waited": [_written(step.waited_s if step.started_ns else None) for step in steps],
            "Duration": [_written(step.duration_s) for step in steps],
            "Result": [step.evidence.result for step in steps],
            "Messages": [_messages(step) for step in steps],
        }
    )


def _written(seconds: float | None) -> str:
    return fmt.NOTHING if seconds is None else f"{seconds:,.1f}"


def _messages(step: Step) -> str:
    """Which of the messages behind a step were recorded."""
    evidence = step.evidence
    parts = {
        "command": evidence.command,
        "running": evidence.running,
        "end": evidence.done,
        "picture": evidence.picture,
    }
    return ", ".join(name for name, proof in parts.items() if proof is not None)


def _ways_to_messages(view: View, trace: OrderTrace, order: Order) -> None:
    """Choose a step, then the message behind it."""
    if not order.steps:
        return
    start = order.failed_step.index if order.failed_step else 0
    index = st.selectbox("Messages of step", range(len(order.steps)), index=start, key=f"{Key.ORDERS_STEP}-{order.id}",
                         format_func=lambda one: f"{one}  {order.steps[one].name}")  # fmt: skip
    step = order.steps[index]
    evidence = step.evidence
    ways = {
        "Command": evidence.command,
        "Running": evidence.running,
        "End": evidence.done,
        "Picture": evidence.picture,
        "Request": order.request,
        "Last version of the order": order.last,
    }
    with st.container(horizontal=True):
        for name, proof in ways.items():
            if proof is not None:
                st.button(name, key=f"{Key.ORDERS_OPEN}-{name}", icon=":material/mail:", on_click=open_message,
                          args=(view.entry, proof.id))  # fmt: skip
        if step.started_ns is not None:
            end_ns = step.ended_ns if step.ended_ns is not None else trace.end_of(order)
            span = _span(view, step.started_ns, end_ns)
            st.button("On the timeline", key=f"{Key.ORDERS_OPEN}-timeline", icon=":material/timeline:",
                      on_click=open_span, args=(view.entry, span, "Timeline"))  # fmt: skip


def _begin(order: Order) -> int:
    return order.goods_in.started.at_ns if order.goods_in else order.begin_ns


def _span(view: View, start_ns: int, end_ns: int) -> Stretch:
    """Seconds since the session's start, with some room, within the session."""
    ends = ends_of(view.entry)
    low, high = ((at_ns - view.origin_ns) / NS_PER_SECOND for at_ns in (start_ns, end_ns))
    return round(max(ends[0], min(low - MARGIN_S, ends[1] - MARGIN_S)), 3), round(min(ends[1], high + MARGIN_S), 3)
