"""The message streams of a session over time: lanes that are zoomed and moved, and whose messages can be opened."""

from __future__ import annotations

from html import unescape
from typing import NamedTuple

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analysis.figure_events import LABELLED_TOP_PX, part_shown
from analysis.figure_style import BOTTOM_PX, TOP_PX, WallClock, as_label
from analysis.figures import activity_figure, default_colour, figure_height, lane_colours, timeline_figure
from analysis.first_picture import CURVE_PX, bars_picture, lanes_picture
from analysis.overview import Overview
from analysis.timeline import Detail, Timeline
from app import format as fmt
from app.state import Key, chosen, zone
from app.widgets.analyse_view import View, ends_of, open_message, set_span
from app.widgets.cached import overview_of, stamp_of, timeline_of
from app.widgets.colour_legend import Meaning, colour_legend
from app.widgets.drawn_once import Mouse, drawn_once
from app.widgets.look import ACCENT
from app.widgets.text import plain
from app.widgets.timeline_place import greyed, place
from app.widgets.timeline_zoom import selected_message, selected_span, zoom_buttons
from aps.topics import CATEGORIES, COLOURS, LABELS, Category, category

BY_TOPIC, BY_CATEGORY = "Topics", "Categories"
CLICKS, DRAGS = "A click opens a message", "A drag zooms in"
"""Streamlit tells of clicks or of boxes drawn over a chart, never of both."""
SHOWN_NAMES = {LABELS[one]: COLOURS[one] for one in LABELS}
LABEL_GAP, LABEL_CHAR = 14, 6.2
"""Pixels beside a lane's name, and about what a character of it takes; a wider name moves its own figure only."""


class _LanesPlace(NamedTuple):
    place: DeltaGenerator
    mouse: str
    """What the mouse does there: CLICKS or DRAGS."""


def timeline_tab(view: View) -> None:
    """Draws it."""
    whole = overview_of(view.entry.path, stamp_of(view.entry))
    if not whole.messages:
        st.caption("No message has been recorded in this session.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = st.segmented_control("Lanes", [BY_TOPIC, BY_CATEGORY], default=BY_TOPIC, required=True,
                                  key=Key.TIMELINE_LANES)  # fmt: skip
        zoom_buttons(view)
    lanes = timeline_of(view.entry.path, stamp_of(view.entry), view.include, view.exclude, view.span,
                        by_category=by == BY_CATEGORY)  # fmt: skip
    left_px = room_for([lane.name for lane in lanes.lanes])
    above, below = _activity_place(whole, left_px), _lanes_place(view, lanes, left_px)
    with above:
        _activity(view, whole, left_px)
    if below is not None:
        with below.place:
            _figure(view, lanes, left_px, below.mouse)


def _activity_place(whole: Overview, left_px: int) -> DeltaGenerator:
    st.caption("Messages per second, all topics: drag across it to see a part")
    top_px = _top_px(whole)
    height_px = top_px + CURVE_PX + BOTTOM_PX
    return place(f"{Key.TIMELINE_ACTIVITY}-place", bars_picture(whole, ACCENT, left_px, top_px, height_px), height_px)


def _activity(view: View, whole: Overview, left_px: int) -> None:
    """Where the view lies in the session; a box drawn here moves it, and is gone with the chart that had it."""
    boxes = chosen(Key.TIMELINE_BOXES, 0)
    key = f"{Key.TIMELINE_ACTIVITY}-{view.entry.id}-{boxes}"

    def zoom() -> None:
        set_span(view.entry, selected_span(st.session_state[key], whole.origin_ns, ends_of(view.entry), zone().key))
        st.session_state[Key.TIMELINE_BOXES] = boxes + 1

    figure = _thumbnail(whole, left_px)
    st.plotly_chart(
        drawn_once(figure, "box"),
        key=key,
        theme=None,
        on_select=zoom,
        selection_mode="box",
        config={"displayModeBar": False},
        alt="Messages per second over the session; a box drawn here zooms the timeline",
    )
    clock = WallClock(zone().key, whole.origin_ns)
    part = None if view.span is None else part_shown(figure, clock, whole.origin_ns, view.span)
    greyed(part, left_px, figure.layout.margin.t, CURVE_PX)


def room_for(lanes: list[str]) -> int:
    """Pixels to the left of both figures for the names of the lanes, so that their times stand below each other."""
    longest = max((len(unescape(as_label(name))) for name in lanes), default=0)
    return round(LABEL_GAP + LABEL_CHAR * longest)


def _thumbnail(whole: Overview, left_px: int) -> go.Figure:
    figure = activity_figure(whole, zone().key, ACCENT)
    figure.update_layout(height=figure.layout.margin.t + CURVE_PX + BOTTOM_PX, minreducedheight=40)
    figure.update_yaxes(title=None)
    return _framed(figure, left_px)


def _framed(figure: go.Figure, left_px: int) -> go.Figure:
    """With room for what is written around it: plotly would find out itself, and draw everything once more.

    The axis has no title: beside long names there is no room for it on a phone, and it stands above.
    """
    figure.update_layout(margin={"l": left_px, "b": BOTTOM_PX}, selectdirection="h")
    return figure.update_xaxes(title=None, automargin=False).update_yaxes(ticklabeloverflow="allow")


def _lanes_place(view: View, lanes: Timeline, left_px: int) -> _LanesPlace | None:
    """What stands above the lanes, and the place for them; None where there is nothing to show."""
    where = f"from {fmt.offset(view.span[0])} to {fmt.offset(view.span[1])}" if view.span else "in the whole session"
    clock = WallClock(zone().key, lanes.origin_ns)
    st.caption(f"{fmt.messages(lanes.messages)} {where}, times in {plain(clock.label)}")
    for note in lanes.notes:
        st.caption(f":material/info: {plain(note)}")
    if not lanes.messages:
        st.caption("No message of the chosen topics lies in this stretch. Choose others, or a longer stretch.")
        return None
    mouse = DRAGS
    if lanes.detail is Detail.MESSAGES:
        mouse = st.segmented_control("Mouse", [CLICKS, DRAGS], default=CLICKS, required=True, key=Key.TIMELINE_MOUSE,
                                     label_visibility="collapsed")  # fmt: skip
    legend([lane.name for lane in lanes.lanes])
    height_px, colours = figure_height(lanes), lane_colours(lanes, lane_colour)
    picture = lanes_picture(lanes, colours, left_px, _top_px(lanes), height_px)
    return _LanesPlace(place(f"{Key.TIMELINE_FIGURE}-place", picture, height_px), mouse)


def _top_px(shown: Overview | Timeline) -> int:
    """The room above a figure, with or without labels."""
    return LABELLED_TOP_PX if shown.gaps or shown.pauses or shown.marks else TOP_PX


def _figure(view: View, lanes: Timeline, left_px: int, mouse: str) -> None:
    key = f"{Key.TIMELINE_FIGURE}-{view.entry.id}-{hash((view.span, view.include, view.exclude, mouse))}"

    def take() -> None:
        state = st.session_state[key]
        span = selected_span(state, lanes.origin_ns, ends_of(view.entry), zone().key)
        message = selected_message(state)
        if span is not None:
            set_span(view.entry, span)
        elif message is not None:
            open_message(view.entry, message)

    takes: Mouse = "box" if mouse == DRAGS else "points"
    st.plotly_chart(
        drawn_once(_framed(timeline_figure(lanes, zone().key, lane_colour), left_px), takes),
        config={"displayModeBar": False},
        key=key,
        theme=None,
        on_select=take,
        selection_mode=takes,
        alt="The messages of each topic over time",
    )


def legend(lanes: list[str]) -> None:
    """What the colours of topics mean; lanes that are categories say it themselves."""
    found = {category(lane) for lane in lanes if lane not in SHOWN_NAMES and category(lane) is not Category.OTHER}
    colour_legend(Meaning(LABELS[one], COLOURS[one]) for one in CATEGORIES if one in found)


def lane_colour(lane: str) -> str:
    """A category's own colour; a topic has that of its category, what the factory does not know its own."""
    if lane in SHOWN_NAMES:
        return SHOWN_NAMES[lane]
    return COLOURS[category(lane)] if category(lane).value != "other" else default_colour(lane)
