"""The hierarchy of the topics as an indented table with totals at every level."""

from __future__ import annotations

from datetime import tzinfo

import pandas as pd
import streamlit as st

from analysis import frames
from analysis.topic_tree import MAX_LEVELS, SEPARATOR, topic_tree
from app.state import Key, zone
from app.widgets.analyse_view import View, set_topics
from app.widgets.text import plain
from app.widgets.topics_table import (
    BYTES_COLUMN,
    MEAN_COLUMN,
    MESSAGES_COLUMN,
    RATE_COLUMN,
    SHARE_COLUMN,
    moments,
)
from core.topics import why_invalid_filter

USUAL_LEVELS = 4
MAX_NODES = 3_000
"""So many rows are shown, the first ones of the tree."""
INDENT = "\u2003"
EMPTY = "(empty)"
COLUMNS = {
    "Level": st.column_config.TextColumn("Topic", width=320),
    "Topics": st.column_config.NumberColumn("Topics", format="localized", width=75),
    "Messages": MESSAGES_COLUMN,
    "Share": SHARE_COLUMN,
    "Rate": RATE_COLUMN,
    "Bytes": BYTES_COLUMN,
    "Mean": MEAN_COLUMN,
    "First": st.column_config.TextColumn("First", width="medium"),
    "Last": st.column_config.TextColumn("Last", width="medium"),
}


def topics_tree(view: View, table: pd.DataFrame) -> None:
    """Draws it. `table` has the columns that `topic_tree` needs."""
    deepest = min(MAX_LEVELS, int(table[frames.TOPIC].str.count(SEPARATOR).max()) + 1)
    levels = deepest
    if deepest > 1:
        levels = st.slider("Levels", 1, deepest, min(USUAL_LEVELS, deepest), key=f"{Key.TOPICS_LEVELS}-{deepest}",
                           width=320)  # fmt: skip
    tree = topic_tree(table, levels)
    if len(tree) > MAX_NODES:
        st.caption(f":material/info: The first {MAX_NODES:,} of {len(tree):,} rows. Choose fewer levels.")
        tree = tree.iloc[:MAX_NODES]
    chosen = st.dataframe(
        for_people(tree, zone()),
        column_config=COLUMNS,
        hide_index=True,
        height=520,
        key=f"{Key.TOPICS_TREE}-{levels}-{len(tree)}",
        on_select="rerun",
        selection_mode="single-row",
    )
    rows = [row for row in chosen["selection"]["rows"] if row < len(tree)]
    _only_button(view, filter_of(str(tree[frames.PATH].iat[rows[0]])) if rows else "")


def _only_button(view: View, wanted: str) -> None:
    """Makes the branch that a filter means the choice of all tabs; empty: none is ticked."""
    words = f"Only {plain(wanted)}, on all tabs" if wanted else "Only this branch, on all tabs"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(words, key=Key.TOPICS_ONLY, icon=":material/filter_alt:", disabled=not wanted,
                  on_click=set_topics, args=(view.entry, (wanted,), ()))  # fmt: skip
        st.caption("Tick a row to see only what is at and below it.")


def filter_of(path: str) -> str:
    """The filter that matches a node and all below it; empty where none can."""
    found = f"{path}/#"
    return "" if why_invalid_filter(found) else found


def for_people(tree: pd.DataFrame, where: tzinfo) -> pd.DataFrame:
    """The tree with the columns and moments as they are shown; deeper levels are indented."""
    return pd.DataFrame(
        {
            "Level": [
                INDENT * (level - 1) + (name or EMPTY)
                for level, name in zip(tree[frames.LEVEL], tree[frames.NAME], strict=True)
            ],
            "Topics": tree[frames.TOPICS],
            "Messages": tree[frames.MESSAGES],
            "Share": tree[frames.SHARE],
            "Rate": tree[frames.RATE],
            "Bytes": tree[frames.BYTES] / 1000,
            "Mean": tree[frames.MEAN_BYTES],
            "First": moments(tree[frames.FIRST_AT], where),
            "Last": moments(tree[frames.LAST_AT], where),
        }
    )
