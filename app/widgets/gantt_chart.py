"""A Gantt figure on a page: a click on a bar opens the message behind it."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from analysis.gantt import clicked, colours_of
from app.state import zone
from app.widgets.analyse_view import View, open_message
from app.widgets.colour_legend import Meaning, colour_legend
from app.widgets.text import plain


def gantt_chart(view: View, figure: go.Figure, key: str, alt: str) -> None:
    """Draws a figure of `analysis.gantt`. `key` differs for each; `alt` says what it shows."""

    def open_clicked() -> None:
        message_id = clicked(st.session_state[key])
        if message_id is not None:
            open_message(view.entry, message_id)

    st.caption(f":material/touch_app: A click on a bar opens the message behind it. Times in {plain(zone().key)}.")
    colour_legend(Meaning(*one) for one in colours_of(figure))
    st.plotly_chart(
        figure.update_xaxes(title=None),  # on a phone there is no room for it below the dates
        key=key,
        on_select=open_clicked,
        selection_mode="points",
        config={"displayModeBar": False},
        alt=f"{alt}; a click on a bar opens the message behind it",
    )
