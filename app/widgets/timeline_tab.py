"""The message streams of a session over time, with zoom and a choice of topics."""

from __future__ import annotations

from html import unescape
from typing import Any

import streamlit as st

from analysis.figure_style import WallClock, as_label
from analysis.figures import activity_figure, default_colour, timeline_figure
from analysis.overview import Overview
from analysis.timeline import Timeline
from app import format as fmt
from app.presets import presets
from app.services import get_services
from app.state import Key, zone
from app.widgets.analyse_view import View
from app.widgets.cached import overview_of, stamp_of, timeline_of, topics_of
from app.widgets.look import ACCENT
from app.widgets.problems import problems_shown
from app.widgets.text import plain
from aps.topics import COLOURS, LABELS, category
from core.message import NS_PER_SECOND
from store.catalog import SessionEntry

NO_PRESET = "Nothing"
"""Not the name of a preset: those have no capitals."""
BY_TOPIC, BY_CATEGORY = "Topics", "Categories"
SHOWN_NAMES = {LABELS[one]: COLOURS[one] for one in LABELS}
LABEL_GAP, LABEL_CHAR = 14, 6.2
"""Pixels beside a lane's name, and about what a character of it takes; a wider name moves its own figure only."""
SHORTEST_S = 0.1
"""Seconds; a narrower stretch cannot be chosen."""


def timeline_tab(view: View) -> None:
    """Draws it; a change of zoom or filter refreshes only this part of the page."""
    st.fragment(_draw)(view.entry)


def _draw(entry: SessionEntry) -> None:
    with problems_shown():
        whole = overview_of(entry.path, stamp_of(entry))
        if not whole.messages:
            st.caption("No message has been recorded in this session.")
            return
        include, exclude, by_category = _choices(entry)
        above = st.container()
        span = _zoom(entry, whole)
        lanes = timeline_of(entry.path, stamp_of(entry), include, exclude, span, by_category=by_category)
        left_px = room_for([lane.name for lane in lanes.lanes])
        with above:
            _activity(entry, whole, left_px)
        _figure(lanes, left_px, span)


def _choices(entry: SessionEntry) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    left, middle, right = st.columns([3, 2, 1.4])
    topics = list(topics_of(entry.path, stamp_of(entry))["topic"])
    picked = left.multiselect(
        "Topics or filters",
        topics,
        key=Key.TIMELINE_FILTER,
        accept_new_options=True,
        placeholder="All topics; type to search, or a filter such as ccu/#",
    )
    known = presets(get_services().settings)
    preset = middle.selectbox("Leave out", [NO_PRESET, *known], key=Key.TIMELINE_PRESET)
    lanes = right.segmented_control(
        "Lanes", [BY_TOPIC, BY_CATEGORY], default=BY_TOPIC, required=True, key=Key.TIMELINE_LANES
    )
    return tuple(picked), known.get(preset, ()), lanes == BY_CATEGORY


def _zoom(entry: SessionEntry, whole: Overview) -> tuple[float, float] | None:
    """The chosen stretch, from the slider or by dragging over the activity; None is the whole session."""
    end, key = _session_end(whole), _range_key(entry, whole)
    st.session_state.setdefault(key, (0.0, end))
    span: Any = st.slider(
        "Seconds since the start: drag here, or across the chart above (double-click there to see all)",
        0.0,
        end,
        step=SHORTEST_S,
        format="%.1f s",
        key=key,
    )
    low, high = span
    return None if (low, high) == (0.0, end) else (low, max(high, low + SHORTEST_S))


def _range_key(entry: SessionEntry, whole: Overview) -> str:
    return f"{Key.TIMELINE_RANGE}-{entry.id}-{_session_end(whole)}"  # while it is recorded the end moves on


def _session_end(whole: Overview) -> float:
    """Seconds from the start to the end, which is just after the last message or later; never 0."""
    last = whole.last_ns or whole.origin_ns
    return max(SHORTEST_S, round(max((last - whole.origin_ns) / 1e9 + SHORTEST_S, whole.duration_s), 1))


def _activity(entry: SessionEntry, whole: Overview, left_px: int) -> None:
    key = f"{Key.TIMELINE_ACTIVITY}-{entry.id}"

    def zoom_to_selection() -> None:
        end = _session_end(whole)
        st.session_state[_range_key(entry, whole)] = selected(st.session_state[key], whole, end, zone().key) or (
            0.0,
            end,
        )

    st.caption("Messages per second")
    st.plotly_chart(
        _thumbnail(whole, left_px),
        key=key,
        on_select=zoom_to_selection,
        selection_mode="box",
        config={"displayModeBar": False},
        alt="Messages per second over the session; a box drawn here zooms the timeline",
    )


def room_for(lanes: list[str]) -> int:
    """Pixels to the left of both figures for the names of the lanes, so that their times stand below each other."""
    longest = max((len(unescape(as_label(name))) for name in lanes), default=0)
    return round(LABEL_GAP + LABEL_CHAR * longest)


def _thumbnail(whole: Overview, left_px: int) -> object:
    figure = activity_figure(whole, zone().key, ACCENT)
    above_px = figure.layout.margin.t  # room for the labels of marks, gaps and pauses, where there are any
    margin = {"l": left_px, "b": 36}
    figure.update_layout(
        height=116 + above_px, margin=margin, minreducedheight=40, dragmode="select", selectdirection="h"
    )
    figure.update_xaxes(title=None)
    figure.update_yaxes(title=None)
    return figure


def selected(state: object, whole: Overview, end: float, where: str) -> tuple[float, float] | None:
    """The stretch of a box drawn over the activity of zone `where`, in seconds since the start; None without a box."""
    selection = state.get("selection", {}) if isinstance(state, dict) else {}
    boxes = selection.get("box") or []
    if not boxes:
        return None
    clock = WallClock(where, whole.origin_ns)  # the one the figure is drawn with
    offsets = sorted((clock.moment(str(x)) - whole.origin_ns) / NS_PER_SECOND for x in boxes[0]["x"])
    low, high = round(max(0.0, offsets[0]), 1), round(min(end, offsets[-1]), 1)
    return (low, high) if high - low >= SHORTEST_S else None


def _figure(lanes: Timeline, left_px: int, span: tuple[float, float] | None) -> None:
    where = f"from {fmt.offset(span[0])} to {fmt.offset(span[1])}" if span else "in the whole session"
    clock = WallClock(zone().key, lanes.origin_ns)
    st.caption(f"{fmt.messages(lanes.messages)} {where}, times in {plain(clock.label)}")
    for note in lanes.notes:
        st.caption(f":material/info: {plain(note)}")
    if not lanes.messages:
        st.caption("No message of the chosen topics lies in this stretch. Choose others, or a longer stretch.")
        return
    st.plotly_chart(
        timeline_figure(lanes, zone().key, _colour)
        .update_layout(margin_l=left_px)
        .update_xaxes(title=None),  # beside long names there is no room for it on a phone; it stands above
        config={"displaylogo": False},
        key="timeline_figure",
        alt="The messages of each topic over time",
    )


def _colour(lane: str) -> str:
    """A category's own colour; a topic has that of its category, what the factory does not know its own."""
    if lane in SHOWN_NAMES:
        return SHOWN_NAMES[lane]
    return COLOURS[category(lane)] if category(lane).value != "other" else default_colour(lane)
