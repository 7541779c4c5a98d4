"""The orders of two sessions side by side: how long each took, as a chart and in figures, and the steps of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd
import streamlit as st

from app import format as fmt
from aps.order_compare import OrderPair
from aps.order_figures import MOST_LANES, pairs_figure

ROW_PX: Final = 30
SECONDS: Final = {name: st.column_config.NumberColumn(name, format="%.1f") for name in ("A (s)", "B (s)", "B - A (s)")}


def compared_orders(pairs: Sequence[OrderPair], key: str) -> None:
    """Draws them; nothing where neither session has any."""
    if not pairs:
        return
    st.subheader("Orders", anchor=False)
    _chart(pairs, f"{key}-chart")
    _figures(
        {
            "Order": [pair.name for pair in pairs],
            "Result in A": [pair.left.state.value.lower() if pair.left else fmt.NOTHING for pair in pairs],
            "Result in B": [pair.right.state.value.lower() if pair.right else fmt.NOTHING for pair in pairs],
            "A (s)": [pair.left_s for pair in pairs],
            "B (s)": [pair.right_s for pair in pairs],
            "B - A (s)": [pair.difference_s for pair in pairs],
        }
    )
    number = st.selectbox("Steps of order", range(len(pairs)), key=key,
                          format_func=lambda one: f"{one + 1}  {pairs[one].name}")  # fmt: skip
    steps = pairs[number].steps
    _figures(
        {
            "Step": [step.name for step in steps],
            "State in A": [step.left.state.lower() if step.left else fmt.NOTHING for step in steps],
            "State in B": [step.right.state.lower() if step.right else fmt.NOTHING for step in steps],
            "A (s)": [step.left.duration_s if step.left else None for step in steps],
            "B (s)": [step.right.duration_s if step.right else None for step in steps],
            "B - A (s)": [step.difference_s for step in steps],
        }
    )


def _chart(pairs: Sequence[OrderPair], key: str) -> None:
    """Only where an order has ended: without a duration there is nothing to draw."""
    if all(pair.left_s is None and pair.right_s is None for pair in pairs):
        st.caption("No order has ended in either session: there are no durations to compare.")
        return
    if len(pairs) > MOST_LANES:
        st.caption(f":material/info: The first {MOST_LANES} of {fmt.counted(len(pairs), 'order')}.")
    st.caption(
        "Seconds from the request to the end, and how much longer B took; in bold where that is a tenth or more."
    )
    st.plotly_chart(pairs_figure(pairs), config={"displayModeBar": False}, key=key,
                    alt="Durations of the orders in A beside those in B")  # fmt: skip


def _figures(columns: dict[str, list[str] | list[float | None]]) -> None:
    """What is not known is a dash, not a word."""
    table = pd.DataFrame(columns)
    for name in SECONDS:
        table[name] = table[name].astype(float).round(1) + 0.0  # no -0.0
    st.dataframe(table, hide_index=True, row_height=ROW_PX, column_config=SECONDS, placeholder=fmt.NOTHING)
