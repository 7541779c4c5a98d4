"""The busiest topics of a running recording."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app.live_session import BUSIEST, BusyTopic

COLUMNS = {
    "Topic": st.column_config.TextColumn(width=240),
    "Messages": st.column_config.NumberColumn(format="localized", width=95),
    "Share": st.column_config.ProgressColumn(format="%.1f %%", min_value=0.0, max_value=100.0, width=140),
    "Now (msg/s)": st.column_config.NumberColumn(format="%.1f", width=105),
}


def busiest_topics(topics: Sequence[BusyTopic]) -> None:
    """A table of them; their figures are at most some seconds old."""
    st.caption("The busiest topics" if len(topics) >= BUSIEST else "The topics, busiest first")
    rows = [(one.topic, one.messages, 100 * one.share, one.rate_per_s) for one in topics]
    st.dataframe(pd.DataFrame(rows, columns=list(COLUMNS)), column_config=COLUMNS, hide_index=True, row_height=30)
