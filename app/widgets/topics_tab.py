"""All topics in view: how much each carries, in what rhythm, as a table or as a tree with totals at every level."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from analysis import frames
from analysis.rhythm import Rhythms, rhythms
from analysis.topic_figures import topic_share_figure
from analysis.topic_view import part_table, with_rhythm
from app import format as fmt
from app.state import Key, zone
from app.widgets.analyse_view import View, set_topics
from app.widgets.cached import stamp_of, topic_activity_of, topics_of
from app.widgets.long_work import computed
from app.widgets.topics_table import TABLE_COLUMNS, table_for_people
from app.widgets.topics_tree import topics_tree
from aps.topics import COLOURS, category

TABLE, TREE = "Table", "Tree"
ONLY_THESE = "Only these, on all tabs"
HIGHEST_PX, ROW_PX, EDGE_PX = 420, 35, 2
"""Of the table: no higher, and no higher than its rows; those are as high as Streamlit makes them."""


def topics_tab(view: View) -> None:
    """Draws it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        shape = st.segmented_control("Shape", [TABLE, TREE], default=TABLE, required=True, key=Key.TOPICS_SHAPE,
                                     label_visibility="collapsed", width="content")  # fmt: skip
        text = st.text_input("Search topics", key=Key.TOPICS_SEARCH, placeholder="Part of a topic",
                             icon=":material/search:", label_visibility="collapsed")  # fmt: skip
    progress = st.container()
    with progress:
        found = _rhythms(view)
    table = _table(view, found)
    if table is None:
        return
    if table.empty:
        st.caption("No message has been recorded in this session." if view.is_whole else
                   "No message lies in this view. Choose other topics or a longer stretch above.")  # fmt: skip
        return
    wanted = table[table[frames.TOPIC].str.contains(text or "", case=False, regex=False)]
    st.caption(
        f"{fmt.counted(len(wanted), 'topic')} with {fmt.messages(int(wanted[frames.MESSAGES].sum()))}, "
        f"times in {zone().key}"
    )
    if shape == TREE:
        topics_tree(view, wanted)
    else:
        _as_table(view, wanted)


def _rhythms(view: View) -> Rhythms | None:
    query = view.query
    return computed("rhythms", view.entry, lambda reader, progress: rhythms(reader, query, progress), query,
                    doing="Looking at the times between messages…")  # fmt: skip


def _table(view: View, found: Rhythms | None) -> pd.DataFrame | None:
    """The whole session's figures are there at once, those of a stretch of time when its messages have been counted."""
    path, stamp = view.entry.path, stamp_of(view.entry)
    activity = topic_activity_of(path, stamp, view.include, view.exclude, view.span)
    if view.span is None:
        table = topics_of(path, stamp, view.include, view.exclude)
    elif found is None:
        return None
    else:
        table = part_table(activity, found, view.span[1] - view.span[0])
    bars = dict(zip(activity[frames.TOPIC], activity[frames.ACTIVITY], strict=True))
    wider = with_rhythm(table, found)
    wider[frames.ACTIVITY] = pd.Series([bars.get(topic, []) for topic in table[frames.TOPIC]], dtype="object")
    return wider


def _as_table(view: View, table: pd.DataFrame) -> None:
    chosen = st.dataframe(
        table_for_people(table, zone()),
        column_config=TABLE_COLUMNS,
        hide_index=True,
        height=min(HIGHEST_PX, ROW_PX * (len(table) + 1) + EDGE_PX),
        placeholder=fmt.NOTHING,
        key=f"{Key.TOPICS_TABLE}-{len(table)}",
        on_select="rerun",
        selection_mode="multi-row",
    )
    rows = [row for row in chosen["selection"]["rows"] if row < len(table)]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(ONLY_THESE, key=Key.TOPICS_ONLY, icon=":material/filter_alt:", disabled=not rows,
                  on_click=set_topics, args=(view.entry, tuple(table[frames.TOPIC].iloc[rows]), ()))  # fmt: skip
        st.caption("Tick topics to see only these. Click on a column's head to sort.")
    st.plotly_chart(
        topic_share_figure(table, colour_of=lambda topic: COLOURS[category(topic)]),
        config={"displayModeBar": False},
        key="topic_share",
        alt="The busiest topics and their share of all messages",
    )
