"""All topics of a session: how much each carries."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from analysis import frames
from analysis.figures import topic_share_figure
from app import format as fmt
from app.state import Key, zone
from app.widgets.analyse_view import View
from app.widgets.cached import stamp_of, topics_of
from aps.topics import COLOURS, LABELS, category

COLUMNS = {
    "Topic": st.column_config.TextColumn("Topic", width=340),
    "Category": st.column_config.TextColumn("Category", width=150),
    "Messages": st.column_config.NumberColumn("Messages", format="localized", width="small"),
    "Share": st.column_config.ProgressColumn("Share (%)", format="%.1f %%", min_value=0, max_value=100, width=120),
    "Rate": st.column_config.NumberColumn("Rate (msg/s)", format="%.3f", width=105),
    "First": st.column_config.TextColumn("First", width="medium"),
    "Last": st.column_config.TextColumn("Last", width="medium"),
    "Bytes": st.column_config.NumberColumn("Payload (kB)", format="%.1f", width="small"),
    "Smallest": st.column_config.NumberColumn("Smallest (B)", format="localized", width="small"),
    "Mean": st.column_config.NumberColumn("Mean (B)", format="%.0f", width="small"),
    "Largest": st.column_config.NumberColumn("Largest (B)", format="localized", width="small"),
}


def topics_tab(view: View) -> None:
    """Draws the table and the busiest topics as bars."""
    table = topics_of(view.entry.path, stamp_of(view.entry))
    if table.empty:
        st.caption("No message has been recorded in this session.")
        return
    text = st.text_input("Search topics", key=Key.TOPICS_SEARCH, placeholder="Part of a topic",
                         icon=":material/search:", label_visibility="collapsed")  # fmt: skip
    found = table[table[frames.TOPIC].str.contains(text or "", case=False, regex=False)]
    st.caption(
        f"{fmt.counted(len(found), 'topic')} with {fmt.messages(int(found[frames.MESSAGES].sum()))}, "
        f"times in {zone().key}. Click on a column's head to sort."
    )
    st.dataframe(for_people(found), column_config=COLUMNS, hide_index=True, height=420)
    st.plotly_chart(
        topic_share_figure(found, colour_of=lambda topic: COLOURS[category(topic)]),
        config={"displayModeBar": False},
        key="topic_share",
        alt="The busiest topics and their share of all messages",
    )


def for_people(table: pd.DataFrame) -> pd.DataFrame:
    """The analysis' table with the columns and moments as they are shown."""
    where = zone()
    return pd.DataFrame(
        {
            "Topic": table[frames.TOPIC],
            "Category": [LABELS[category(topic)] for topic in table[frames.TOPIC]],
            "Messages": table[frames.MESSAGES],
            "Share": table[frames.SHARE],
            "Rate": table[frames.RATE],
            "First": [fmt.moment(_ns(at), where) for at in table[frames.FIRST_AT]],
            "Last": [fmt.moment(_ns(at), where) for at in table[frames.LAST_AT]],
            "Bytes": table[frames.BYTES] / 1000,
            "Smallest": table[frames.MIN_BYTES],
            "Mean": table[frames.MEAN_BYTES],
            "Largest": table[frames.MAX_BYTES],
        }
    )


def _ns(at: pd.Timestamp) -> int:
    return int(at.as_unit("ns").value)
