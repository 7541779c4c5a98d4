"""The ids of a session to choose a case from: its orders and their workpieces first, then whatever else is shared."""

from __future__ import annotations

from itertools import islice
from typing import Final

import streamlit as st

from analysis.id_index import IdIndex, id_index
from analysis.progress import Progress
from app import format as fmt
from app.state import Key
from app.widgets.analyse_view import View
from app.widgets.long_work import computed
from aps.order_bars import titles
from aps.order_trace import order_trace
from aps.order_values import OrderTrace
from store.reading import Reader

MOST_CHOICES: Final = 1_000
"""More make a list that nobody looks through: any other id can be typed."""


def cut_choice(view: View) -> str:
    """Draws the list; the id that is chosen, empty if none is."""

    def look(reader: Reader, progress: Progress) -> IdIndex:
        return id_index(reader, view.query, progress)

    trace = computed("orders", view.entry, order_trace, doing="Reading the orders…")
    index = computed("ids", view.entry, look, view.query, doing="Looking for ids…") if trace is not None else None
    if trace is None or index is None:
        return ""
    words = _of_orders(view, trace)
    for value, text in _of_fields(index):
        words.setdefault(value, text)
    if not words:
        st.caption("No two messages in view share an id.")
        return ""
    options = list(islice(words, MOST_CHOICES))
    picked = st.selectbox("Id", options, index=None, placeholder=f"Choose one of {len(options):,}",
                          format_func=words.__getitem__, key=f"{Key.CUT_FOUND}-{view.entry.id}")  # fmt: skip
    return picked or ""


def _of_orders(view: View, trace: OrderTrace) -> dict[str, str]:
    """By id: the orders that touch the stretch in view, each followed by its workpiece."""
    names = titles(trace)
    found = {}
    for order in trace.within(view.query.start_ns, view.query.end_ns):
        found[order.id] = f"Order {names[order.id]} · {order.id}"
        if order.workpiece_id:
            found.setdefault(order.workpiece_id, f"Workpiece of order {names[order.id]} · {order.workpiece_id}")
    return found


def _of_fields(index: IdIndex) -> list[tuple[str, str]]:
    return [
        (one.value, f"{name} {one.value} · {fmt.messages(one.messages)}")
        for name, ids in index.by_field().items()
        for one in ids
    ]
