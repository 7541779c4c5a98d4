"""What lasted how long, side by side: bars on lanes, as a plotly figure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Final

import plotly.graph_objects as go

from analysis.figure_events import LABELLED_TOP_PX, draw_happenings
from analysis.figure_style import (
    GAP_COLOUR,
    GRID_COLOUR,
    LANE_GRID_COLOUR,
    WallClock,
    as_label,
    as_text,
    axis_title,
    default_colour,
    moment_ticks,
    neutral_layout,
)
from analysis.moments import Happenings
from core.message import NS_PER_MILLISECOND, NS_PER_SECOND

ROW_PX: Final = 26
BAR: Final = 0.78
"""How much of its row a bar fills."""
FAINT: Final = 0.3
MOST_ROWS: Final = 8
"""Of one lane: what overlaps even more shares the last one."""
SHORTEST: Final = 0.002
"""Share of the figure's width that a bar has at least: what lasted no time can still be seen and clicked."""
MOST_BARS: Final = 1_500
"""More make a browser slow: the caller shows a shorter stretch, or fewer lanes."""
LABELLED_BARS: Final = 400
"""With more than these no bar has its label in it: none would have room, and a browser measures each of them."""


@dataclass(frozen=True, slots=True)
class GanttBar:
    """Something that lasted from one moment to another."""

    lane: str
    label: str
    """Written into the bar where it fits, and in the hover text."""
    start_ns: int
    end_ns: int
    """Exclusive; equal to `start_ns` for a moment."""
    category: str
    """Bars of one category have one colour: see `colours_of`."""
    message_id: int | None = None
    """The message to open on a click."""
    detail: str = ""
    """More lines for the hover text, separated by line breaks; plain text."""
    marked: bool = False
    """Drawn hatched, with a red frame: it failed."""
    faint: bool = False
    """Drawn pale, if all of its category are: a time in which nothing was done."""


def gantt_figure(
    bars: Sequence[GanttBar],
    zone: str = "UTC",
    colour_of: Callable[[str], str] = default_colour,
    *,
    lanes: Sequence[str] = (),
    shown: Happenings = Happenings(),  # noqa: B008 - frozen
    origin_ns: int | None = None,
) -> go.Figure:
    """The bars on their lanes over the wall-clock time of `zone` (an IANA name, else UsageError).

    `colour_of` is asked with each category and answers #rrggbb. `lanes` gives the order from the top; others follow in
    the order of their first bar. What overlaps in a lane is drawn in rows below each other. `shown`, with offsets from
    `origin_ns`, draws the marks and gaps between the first bar and the last one. The customdata of each bar begins with
    its message id, -1 for none: see `clicked`.
    """
    begin = min((bar.start_ns for bar in bars), default=origin_ns or 0)
    end = max((bar.end_ns for bar in bars), default=begin)
    end = max(end, begin + NS_PER_MILLISECOND)
    clock, placed = WallClock(zone, begin), _placed(bars, lanes)
    figure = go.Figure()
    for category in dict.fromkeys(bar.category for bar in bars):
        members = [index for index, bar in enumerate(bars) if bar.category == category]
        rows = [placed.row_of[index] for index in members]
        trace = _trace([bars[index] for index in members], rows, clock, colour_of(category), end - begin)
        figure.add_trace(trace if len(bars) <= LABELLED_BARS else trace.update(text=None, textposition="none"))
    neutral_layout(figure, 64 + ROW_PX * max(1, placed.rows))
    figure.update_layout(barmode="overlay", uniformtext={"mode": "hide", "minsize": 9})
    figure.update_layout(dragmode=False)  # a click shall be a click
    origin = begin if origin_ns is None else origin_ns
    start_s, end_s = ((at_ns - origin) / NS_PER_SECOND for at_ns in (begin, end))
    draw_happenings(figure, clock, origin, (start_s, end_s), shown.within(start_s, end_s))
    labels_px = LABELLED_TOP_PX if figure.layout.annotations else 0
    figure.update_layout(height=figure.layout.height + labels_px, minreducedheight=ROW_PX)
    _lane_axis(figure, placed)  # its lines come after the shapes above, which take the place of all others
    _time_axis(figure, clock, begin, end)
    return figure


def colours_of(figure: go.Figure) -> list[tuple[str, str, float]]:
    """What the colours of a figure of this module mean, for a legend beside it: category, as plain text, #rrggbb and
    opacity, 0 to 1.

    A legend of the figure itself would take its height from the bars where it needs more than one line. Empty where
    there is but one category.
    """
    found = [(unescape(trace.name), str(trace.marker.color), float(trace.opacity)) for trace in figure.data]
    return found if len(found) > 1 else []


def clicked(selection: object) -> int | None:
    """The message id of the bar that a visitor clicked, from what Streamlit says about a chart's selection."""
    points = selection.get("selection", {}).get("points", []) if isinstance(selection, Mapping) else []
    data = points[0].get("customdata") if points else None
    first = data[0] if isinstance(data, list | tuple) and data else data
    return int(first) if isinstance(first, int | float) and first >= 0 else None


@dataclass(frozen=True)
class _Placed:
    """Which row each bar is drawn in, 0 is the top one."""

    row_of: tuple[int, ...]
    lanes: tuple[tuple[str, int, int], ...]
    """Name, first row and how many rows."""

    @property
    def rows(self) -> int:
        return sum(count for _, _, count in self.lanes)


def _placed(bars: Sequence[GanttBar], lanes: Sequence[str]) -> _Placed:
    members: dict[str, list[int]] = {lane: [] for lane in lanes}
    for index, bar in enumerate(bars):
        members.setdefault(bar.lane, []).append(index)
    row_of, found, first = [0] * len(bars), [], 0
    for lane, indexes in members.items():
        free_at: list[int] = []
        for index in sorted(indexes, key=lambda one: (bars[one].start_ns, bars[one].end_ns)):
            row_of[index] = first + _free_row(free_at, bars[index])
        found.append((lane, first, max(1, len(free_at))))
        first += max(1, len(free_at))
    return _Placed(tuple(row_of), tuple(found))


def _free_row(free_at: list[int], bar: GanttBar) -> int:
    """The first row that nothing occupies when `bar` begins; `free_at` has for each row when it is free again."""
    for row, free_ns in enumerate(free_at):
        if free_ns <= bar.start_ns:
            free_at[row] = bar.end_ns
            return row
    if len(free_at) == MOST_ROWS:
        return MOST_ROWS - 1
    free_at.append(bar.end_ns)
    return len(free_at) - 1


def _trace(bars: Sequence[GanttBar], rows: Sequence[int], clock: WallClock, colour: str, width_ns: int) -> go.Bar:
    shortest_ms = width_ns * SHORTEST / NS_PER_MILLISECOND
    moments = clock.text([bar.start_ns for bar in bars])
    return go.Bar(
        orientation="h",
        name=as_label(bars[0].category),
        opacity=FAINT if all(bar.faint for bar in bars) else 1.0,
        base=clock.at([bar.start_ns for bar in bars]),
        x=[max(shortest_ms, (bar.end_ns - bar.start_ns) / NS_PER_MILLISECOND) for bar in bars],
        y=list(rows),
        width=BAR,
        marker={
            "color": colour,
            "line": {"color": GAP_COLOUR, "width": [2 if bar.marked else 0 for bar in bars]},
            "pattern": {
                "shape": ["/" if bar.marked else "" for bar in bars],
                "fillmode": "overlay",
                "fgcolor": "#ffffff",
                "size": 7,
                "solidity": 0.35,
            },
        },
        text=["" if bar.faint else as_text(bar.label) for bar in bars],
        textposition="inside",
        insidetextanchor="middle",
        insidetextfont={"color": "#ffffff"},
        textangle=0,
        selected={
            "textfont": {"color": "#ffffff"}
        },  # without both plotly.js fails on a click: bars with text need them
        unselected={"textfont": {"color": "#ffffff"}, "marker": {"opacity": 0.6}},
        customdata=[
            [-1 if bar.message_id is None else bar.message_id, *_hover(bar, moment)]
            for bar, moment in zip(bars, moments, strict=True)
        ],
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
    )


def _hover(bar: GanttBar, moment: str) -> tuple[str, str]:
    seconds = (bar.end_ns - bar.start_ns) / NS_PER_SECOND
    lines: Iterable[str] = (bar.lane, f"{moment}, {seconds:,.1f} s", *bar.detail.splitlines())
    return as_text(bar.label), "<br>".join(as_text(line) for line in lines)


def _lane_axis(figure: go.Figure, placed: _Placed) -> None:
    edges = [first - 0.5 for _, first, _ in placed.lanes[1:]]
    for edge in edges:
        figure.add_hline(edge, line={"color": LANE_GRID_COLOUR, "width": 1})
    figure.update_yaxes(
        tickvals=[first + (count - 1) / 2 for _, first, count in placed.lanes],
        ticktext=[as_label(lane) for lane, _, _ in placed.lanes],
        range=[max(1, placed.rows) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
        automargin=True,
        fixedrange=True,
    )


def _time_axis(figure: go.Figure, clock: WallClock, begin: int, end: int) -> None:
    margin = max(1, (end - begin) // 100)
    figure.update_xaxes(
        type="date",
        range=[str(at) for at in clock.at([begin - margin, end + margin])],
        title=axis_title(f"time ({as_text(clock.label)})"),
        tickformatstops=moment_ticks(),
        tickangle=0,
        gridcolor=GRID_COLOUR,
        zeroline=False,
        automargin=True,
    )
