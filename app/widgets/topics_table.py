"""A table of topics as people read it."""

from __future__ import annotations

from datetime import tzinfo

import pandas as pd
import streamlit as st

from analysis import frames
from app import format as fmt
from app.widgets.look import ACCENT
from aps.topics import LABELS, category

JITTER_HELP = "Interquartile range of the times between messages: half of them differ by no more than this"

MESSAGES_COLUMN = st.column_config.NumberColumn("Messages", format="localized", width="small")
SHARE_COLUMN = st.column_config.ProgressColumn("Share (%)", format="%.1f %%", min_value=0, max_value=100, width=110)
RATE_COLUMN = st.column_config.NumberColumn("Rate (msg/s)", format="%.3f", width=105)
BYTES_COLUMN = st.column_config.NumberColumn("Payload (kB)", format="%.1f", width=105)
MEAN_COLUMN = st.column_config.NumberColumn("Mean (B)", format="%.0f", width=80)
TABLE_COLUMNS = {
    "Topic": st.column_config.TextColumn("Topic", width=300),
    "Messages": MESSAGES_COLUMN,
    "Activity": st.column_config.BarChartColumn("Activity", width=130, y_min=0, color=ACCENT),
    "Share": SHARE_COLUMN,
    "Rate": RATE_COLUMN,
    "Median": st.column_config.NumberColumn("Every (s)", format="%.3f", width=85,
                                            help="Median of the times between messages, exact or within 1 %"),
    "Jitter": st.column_config.NumberColumn("Jitter (s)", format="%.3f", width=85, help=JITTER_HELP),
    "QoS": st.column_config.TextColumn("QoS", width=55),
    "Retained": st.column_config.NumberColumn("Retained", format="localized", width=80,
                                              help="Messages with the retain flag"),
    "Mean": MEAN_COLUMN,
    "Smallest": st.column_config.NumberColumn("Smallest (B)", format="localized", width=100),
    "Largest": st.column_config.NumberColumn("Largest (B)", format="localized", width=100),
    "Bytes": BYTES_COLUMN,
    "First": st.column_config.TextColumn("First", width="medium"),
    "Last": st.column_config.TextColumn("Last", width="medium"),
    "Category": st.column_config.TextColumn("Category", width=150),
}  # fmt: skip


def table_for_people(table: pd.DataFrame, where: tzinfo) -> pd.DataFrame:
    """The analysis' table with the columns and moments as they are shown."""
    return pd.DataFrame(
        {
            "Topic": table[frames.TOPIC],
            "Messages": table[frames.MESSAGES],
            "Activity": table[frames.ACTIVITY],
            "Share": table[frames.SHARE],
            "Rate": table[frames.RATE],
            "Median": table[frames.MEDIAN],
            "Jitter": table[frames.JITTER],
            "QoS": table[frames.QOS_USED],
            "Retained": table[frames.RETAINED],
            "Mean": table[frames.MEAN_BYTES],
            "Smallest": table[frames.MIN_BYTES],
            "Largest": table[frames.MAX_BYTES],
            "Bytes": table[frames.BYTES] / 1000,
            "First": moments(table[frames.FIRST_AT], where),
            "Last": moments(table[frames.LAST_AT], where),
            "Category": [LABELS[category(topic)] for topic in table[frames.TOPIC]],
        }
    )


def moments(at: pd.Series, where: tzinfo) -> list[str]:
    """Times for people; a dash where there is none."""
    return [fmt.NOTHING if pd.isna(one) else fmt.moment(int(one.as_unit("ns").value), where) for one in at]
