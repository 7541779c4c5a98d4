"""A Gantt figure on a page: a click on a bar opens the message behind it."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from analysis.gantt import clicked
from app.widgets.analyse_view import View, open_message


def gantt_chart(view: View, figure: go.Figure, key: str, alt: str) -> None:
    """Draws a figure of `analysis.gantt`. `key` differs for each; `alt` says what it shows."""

    def open_clicked() -> None:
        message_id = clicked(st.session_state[key])
        if message_id is not None:
            open_message(view.entry, message_id)

    st.plotly_chart(
        figure,
        key=key,
        on_select=open_clicked,
        selection_mode="points",
        config={"displayModeBar": False},
        alt=f"{alt}; a click on a bar opens the message behind it",
    )
