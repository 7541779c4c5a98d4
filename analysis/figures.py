"""Results as plotly figures that fit a light and a dark theme; every name in them is shown as text, never as HTML."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.figure_events import LABELLED_TOP_PX, draw_happenings
from analysis.figure_style import (
    BOTTOM_PX,
    GRID_COLOUR,
    LANE_GRID_COLOUR,
    REST_COLOUR,
    TOP_PX,
    WallClock,
    as_label,
    as_text,
    axis_title,
    default_colour,
    faded,
    moment_ticks,
    neutral_layout,
    size_text,
)
from analysis.frames import AT_NS, BYTES, ID, LANE, MESSAGES, OFFSET, QOS, RATE, RETAIN, SIZE, TOPIC
from analysis.moments import Happenings
from analysis.overview import Overview
from analysis.timeline import Detail, Timeline
from core.message import FROM_DUMP, LIVE, LIVE_RETAINED, NS_PER_SECOND

__all__ = ["activity_figure", "default_colour", "figure_height", "lane_colours", "strengths", "timeline_figure"]

LANE_PX = 22
LANE_GAP_PX = 4
HALF_TICK = 0.42
"""Of a message's tick on its lane, in lanes."""
TICK_PX = 1.5
FAINTEST = 0.5
"""Opacity of a bucket with a single message: it must still be seen."""
RETAIN_TEXT = {LIVE: "", LIVE_RETAINED: ", retained", FROM_DUMP: ", initial state (stored at the broker before)"}


def activity_figure(overview: Overview, zone: str = "UTC", colour: str = "#3b82f6") -> go.Figure:
    """Messages per second over a session, with gaps, pauses and marks. `zone` is an IANA name, else UsageError.

    The x values are the wall-clock time in the zone; a horizontal box selects a stretch.
    """
    clock, table, width_s = WallClock(zone, overview.origin_ns), overview.activity, overview.bucket_s
    starts = overview.origin_ns + table[OFFSET].astype("int64") * NS_PER_SECOND
    sizes = [size_text(size) for size in table[BYTES]]
    figure = go.Figure(
        go.Bar(
            x=clock.at(starts + width_s * NS_PER_SECOND // 2),
            y=table[RATE].tolist(),
            width=width_s * 1_000,  # date axes count in milliseconds
            marker={"color": colour, "line": {"width": 0}},
            customdata=list(zip(table[OFFSET], clock.text(starts), table[MESSAGES], sizes, strict=True)),
            hovertemplate="%{customdata[1]}<br>%{customdata[2]:,} messages, %{customdata[3]}"
            f" in {width_s:,} s<extra></extra>",
        )
    )
    neutral_layout(figure, height=200).update_layout(bargap=0, selectdirection="h")
    figure.update_yaxes(
        title=axis_title("messages/s"), rangemode="tozero", gridcolor=GRID_COLOUR, zeroline=False, automargin=True
    )
    first_s, last_s = (table[OFFSET].min(), table[OFFSET].max() + width_s) if len(table) else (0, 1)
    start_s, end_s = min(0.0, float(first_s)), max(overview.duration_s, float(last_s))
    _time_axis(figure, clock, overview.origin_ns, start_s, end_s)
    shown = Happenings(overview.gaps, overview.pauses, overview.marks)
    draw_happenings(figure, clock, overview.origin_ns, (start_s, end_s), shown)
    return figure


def timeline_figure(
    timeline: Timeline, zone: str = "UTC", colour_of: Callable[[str], str] = default_colour
) -> go.Figure:
    """The lanes over time, in the zone's wall-clock time (an IANA name, else UsageError).

    `colour_of` is asked with the name of each lane and answers #rrggbb. The customdata of a single message begins with
    its id.
    """
    clock = WallClock(zone, timeline.origin_ns)
    colours = lane_colours(timeline, colour_of)
    if timeline.detail is Detail.MESSAGES:
        figure = go.Figure(_messages(timeline, clock))
        figure.update_layout(shapes=_ticks(timeline, clock, colours))
    else:
        figure = go.Figure([_heat(timeline, clock, colours), _selectable(timeline, clock)])
    count = max(1, len(timeline.lanes))
    neutral_layout(figure, height=figure_height(timeline))
    figure.update_yaxes(
        tickvals=list(range(len(timeline.lanes))),
        ticktext=[as_label(lane.name) for lane in timeline.lanes],
        range=[count - 0.5, -0.5],
        gridcolor=LANE_GRID_COLOUR,
        zeroline=False,
        automargin=True,
        fixedrange=True,
    )
    _time_axis(figure, clock, timeline.origin_ns, timeline.start_s, timeline.end_s)
    shown = Happenings(timeline.gaps, timeline.pauses, timeline.marks)
    draw_happenings(figure, clock, timeline.origin_ns, (timeline.start_s, timeline.end_s), shown)
    return figure


def figure_height(timeline: Timeline) -> int:
    """Pixels of a `timeline_figure`: with BOTTOM_PX below it each lane has LANE_PX."""
    labelled = timeline.gaps or timeline.pauses or timeline.marks
    return (LABELLED_TOP_PX if labelled else TOP_PX) + LANE_PX * max(1, len(timeline.lanes)) + BOTTOM_PX


def lane_colours(timeline: Timeline, colour_of: Callable[[str], str]) -> list[str]:
    """#rrggbb of each lane; the one of everything else has its own."""
    return [REST_COLOUR if lane.rest else colour_of(lane.name) for lane in timeline.lanes]


def _messages(timeline: Timeline, clock: WallClock) -> go.Scatter:
    """Where each message is, for the mouse: nobody sees it, but for one point that plotly needs."""
    points = timeline.points
    return go.Scatter(
        x=clock.at(points[AT_NS]),
        y=points[LANE].tolist(),
        mode="markers",
        marker={"opacity": 0, "size": LANE_PX * 0.6, "maxdisplayed": 1},
        customdata=_shown_of(points),
        hovertemplate="<b>%{customdata[1]}</b><br>%{x|%Y-%m-%d %H:%M:%S.%L} " + clock.short + "<br>%{customdata[2]}"
        "<extra></extra>",
    )


def _ticks(timeline: Timeline, clock: WallClock, colours: list[str]) -> list[dict[str, object]]:
    """What is seen of it: every message as a tick on its lane, in one path for each colour.

    A browser needs a second and a half for thousands of markers, which are drawn, styled and measured one by one.
    """
    points, edges = timeline.points, [f",{lane - HALF_TICK:g}V{lane + HALF_TICK:g}" for lane in range(len(colours))]
    moments = [text.replace("T", "_") for text in np.datetime_as_string(clock.at(points[AT_NS]))]  # T is a curve there
    paths: dict[str, list[str]] = {}
    for moment, lane in zip(moments, points[LANE].tolist(), strict=True):
        paths.setdefault(colours[lane], []).append(f"M{moment}{edges[lane]}")
    line = {"width": TICK_PX}
    return [{"type": "path", "path": "".join(path), "line": {**line, "color": one}} for one, path in paths.items()]


def _shown_of(points: pd.DataFrame) -> np.ndarray:
    """Id, topic (escaped) and details of each message, as objects."""
    names = {topic: as_text(topic) for topic in points[TOPIC].unique()}
    shown = np.empty((len(points), 3), dtype=object)
    shown[:, 0] = points[ID].tolist()
    shown[:, 1] = [names[topic] for topic in points[TOPIC]]
    shown[:, 2] = [
        f"{size_text(size)}, QoS {qos}{RETAIN_TEXT.get(retain, '')}"
        for size, qos, retain in zip(points[SIZE], points[QOS], points[RETAIN], strict=True)
    ]
    return shown


def _heat(timeline: Timeline, clock: WallClock, colours: list[str]) -> go.Heatmap:
    """How much arrived per bucket as the opacity of the lane's colour, on a logarithmic scale.

    A heatmap knows one colour scale only, so the scale is cut into one section per colour: the whole part of z chooses
    the section, the fraction the opacity.
    """
    table, width_s = timeline.density, timeline.bucket_s
    first = table[OFFSET].min() if len(table) else timeline.start_s
    last = table[OFFSET].max() if len(table) else timeline.start_s
    columns = round((last - first) / width_s) + 1
    counts = np.zeros((len(timeline.lanes), columns))
    counts[table[LANE], ((table[OFFSET] - first) / width_s).round().astype("int64")] = table[MESSAGES]
    sections = list(dict.fromkeys(colours))
    section = np.array([sections.index(colour) for colour in colours], dtype="float64").reshape(-1, 1)
    edges = [first + column * width_s for column in range(columns + 1)]
    width = f"{width_s:,.0f} s" if width_s >= 1 else f"{width_s * 1_000:,.0f} ms"
    return go.Heatmap(
        x=clock.offsets(timeline.origin_ns, edges),
        y=list(range(len(timeline.lanes))),
        # Narrow numbers: they are sent as they are in memory, and with a million messages they are most of the page.
        z=np.where(counts > 0, section + 0.99 * strengths(counts), np.nan).astype("float32"),
        zmin=0,
        zmax=max(1, len(sections)),
        colorscale=_sections(sections),
        showscale=False,
        ygap=LANE_GAP_PX,
        hoverongaps=False,
        customdata=counts.astype("uint32"),
        hovertemplate=f"<b>%{{y}}</b><br>%{{customdata:,.0f}} messages in {width} around<br>"
        f"%{{x|%Y-%m-%d %H:%M:%S}} {clock.short}<extra></extra>",
    )


def strengths(counts: np.ndarray) -> np.ndarray:
    """How strong a bucket of so many messages looks, 0 to 1: on a logarithmic scale, the busiest of all is 1."""
    found: np.ndarray = np.log1p(counts) / np.log1p(counts.max(initial=1.0))
    return found


def _selectable(timeline: Timeline, clock: WallClock) -> go.Scatter:
    """A point that nobody sees: over a heatmap alone plotly lets nobody draw a box."""
    at = clock.offsets(timeline.origin_ns, [timeline.start_s])
    return go.Scatter(x=at, y=[0], mode="markers", marker={"opacity": 0}, hoverinfo="skip")


def _sections(colours: list[str]) -> list[list[object]]:
    count = max(1, len(colours))
    scale: list[list[object]] = []
    for index, colour in enumerate(colours or [REST_COLOUR]):
        scale.append([index / count, faded(colour, FAINTEST)])
        scale.append([1.0 if index == count - 1 else (index + 0.999) / count, faded(colour, 1.0)])
    return scale


def _time_axis(figure: go.Figure, clock: WallClock, origin_ns: int, start_s: float, end_s: float) -> None:
    margin = (end_s - start_s) * 0.005 or 0.5  # so that what happens at the very ends is not cut in half
    ends = clock.offsets(origin_ns, [start_s - margin, end_s + margin])
    figure.update_xaxes(
        type="date",
        range=[str(end) for end in ends],
        title=axis_title(f"time ({as_text(clock.label)})"),
        tickformatstops=moment_ticks(),
        tickangle=0,  # where there is little room plotly would turn them, and they would lie over each other
        gridcolor=GRID_COLOUR,
        zeroline=False,
        automargin=True,
    )
