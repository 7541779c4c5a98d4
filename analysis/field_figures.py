"""Fields over time as one plotly figure: numbers as lines above, states as coloured bars below, one time axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import plotly.graph_objects as go

from analysis.fields import FieldSeries, NumberSeries, StateSeries
from analysis.figure_events import LABELLED_TOP_PX, draw_happenings
from analysis.figure_style import (
    GAP_COLOUR,
    GRID_COLOUR,
    PALETTE,
    REST_COLOUR,
    WallClock,
    as_text,
    axis_title,
    moment_ticks,
    neutral_layout,
)
from analysis.thinning import Bar
from core.message import NS_PER_SECOND

LINES_PX: Final = 170
"""Height of the part for one number, or of all if they share it."""
LANE_PX: Final = 46
"""Of a state: its name, and below it its bars."""
BAR: Final = 0.52
"""The part of it that the bars take."""
NAME_CHARS: Final = 90
LABEL_PX: Final = 22
"""A line of names above the part that they belong to."""
BETWEEN_PX: Final = 30
MARGIN_PX: Final = 96
WRITTEN_SHARE: Final = 0.02
"""A state is written into its bar from this share of the width on."""
FEW_POINTS: Final = 300
"""Up to so many values are drawn as points, too."""
BAD_WORDS: Final = ("ERROR", "FAIL", "FATAL", "BROKEN", "OFFLINE", "NOK", "REJECT", "ABORT")
USUAL_COLOURS: Final = {
    "RUNNING": PALETTE[0], "FINISHED": PALETTE[8], "WAITING": PALETTE[1], "INITIALIZING": PALETTE[6],
    "PENDING": PALETTE[4], "true": PALETTE[0], "false": REST_COLOUR,
}  # fmt: skip
"""Of words that are states nearly everywhere: they look alike in all charts."""
SEVERAL: Final = "several, in quick succession"


def field_label(topic: str, path: str) -> str:
    """What tells one field from another, for people: `temperature · osf/arduino/temperature/dht11-1/state`."""
    return f"{path.removeprefix('$').removeprefix('.') or '$'} · {topic}"


def state_colours(states: Sequence[str]) -> dict[str, str]:
    """A colour (#rrggbb) for each state: the same for the same states; red for what sounds like a failure."""
    bad = {state: GAP_COLOUR for state in states if _is_bad(state)}
    usual = {state: USUAL_COLOURS[state] for state in states if state in USUAL_COLOURS}
    free = [colour for colour in PALETTE if colour not in usual.values()] or list(PALETTE)
    others = [state for state in sorted(set(states)) if state not in bad and state not in usual]
    return {state: free[place % len(free)] for place, state in enumerate(others)} | usual | bad


def _is_bad(state: str) -> bool:
    return any(word in state.upper() for word in BAD_WORDS)


def fields_figure(series: FieldSeries, zone: str = "UTC", *, together: bool = False) -> go.Figure:
    """The fields over the wall-clock time of `zone` (an IANA name, else UsageError).

    With `together` all numbers share one axis, else each has its own. The customdata of each point and bar begins with
    its message's id: see `gantt.clicked`.
    """
    clock = WallClock(zone, series.origin_ns)
    rows = [list(series.numbers)] if together and series.numbers else [[one] for one in series.numbers]
    heights = [LINES_PX] * len(rows) + ([LANE_PX * len(series.states)] if series.states else [])
    inner = sum(heights) + BETWEEN_PX * max(0, len(heights) - 1)
    figure = neutral_layout(go.Figure(), MARGIN_PX + max(inner, LANE_PX))
    figure.update_layout(barmode="overlay", uniformtext={"mode": "hide", "minsize": 9}, dragmode=False)
    domains = list(_domains(heights, inner))
    draw_happenings(figure, clock, series.origin_ns, (series.start_s, series.end_s), series.shown)
    names_px = LABEL_PX * max((len(members) for members in rows[:1]), default=0)
    if figure.layout.annotations:  # they stand above the names of the first row
        figure.update_layout(height=figure.layout.height + LABELLED_TOP_PX, margin_t=LABELLED_TOP_PX + names_px)
        figure.for_each_annotation(lambda label: label.update(yshift=names_px))
    for place, (members, domain) in enumerate(zip(rows, domains, strict=False)):
        _lines(figure, members, place, domain, clock, series)
    if series.states:
        _bars(figure, series, len(rows), domains[-1], clock)
    _time_axis(figure, clock, series)
    top_px = max(figure.layout.margin.t, names_px)
    return figure.update_layout(margin_t=top_px).update_xaxes(anchor=_axis(max(0, len(domains) - 1))[1])


def _domains(heights: Sequence[int], inner: int) -> Iterator[tuple[float, float]]:
    """The part of the plot's height for each row, from the top."""
    top = float(inner)
    for height in heights:
        yield max(0.0, (top - height) / inner), top / inner
        top -= height + BETWEEN_PX


def _axis(place: int) -> tuple[str, str]:
    """The name of the `place`-th y axis in the layout and in a trace."""
    number = "" if place == 0 else str(place + 1)
    return f"yaxis{number}", f"y{number}"


def _lines(
    figure: go.Figure,
    members: Sequence[NumberSeries],
    place: int,
    domain: tuple[float, float],
    clock: WallClock,
    series: FieldSeries,
) -> None:
    layout_name, name = _axis(place)
    style = {"domain": domain, "gridcolor": GRID_COLOUR, "zeroline": False, "automargin": True, "fixedrange": True}
    figure.update_layout({layout_name: {**style, "anchor": "x"}})
    for number, one in enumerate(members):
        colour = PALETTE[(place + number) % len(PALETTE)]
        figure.add_trace(_line(one, clock, series.origin_ns, colour).update(yaxis=name))
    names = [f'<span style="color:{PALETTE[(place + number) % len(PALETTE)]}">■</span> {_title(one)}'
             for number, one in enumerate(members)]  # fmt: skip
    where = {"x": 0, "y": domain[1], "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    shown = "<br>".join(names)
    figure.add_annotation(text=shown, showarrow=False, align="left", font={"size": 12}, **where)


def _name(one: NumberSeries | StateSeries) -> str:
    return field_label(one.field.topic, one.field.path)


def _title(one: NumberSeries | StateSeries) -> str:
    """Its name above the part that it belongs to, where there is more room than beside an axis."""
    name = _name(one)
    return as_text(name if len(name) <= NAME_CHARS else f"{name[: NAME_CHARS - 1]}…")


def _line(one: NumberSeries, clock: WallClock, origin_ns: int, colour: str) -> go.Scatter:
    at = [origin_ns + round(point.offset_s * NS_PER_SECOND) for point in one.points]
    return go.Scatter(
        x=clock.at(at),
        y=[point.value for point in one.points],
        mode="lines+markers" if len(one.points) <= FEW_POINTS else "lines",
        line={"color": colour, "width": 1.5},
        marker={"color": colour, "size": 5},
        customdata=[[point.id, _title(one), moment] for point, moment in zip(one.points, clock.text(at), strict=True)],
        hovertemplate="<b>%{y}</b><br>%{customdata[1]}<br>%{customdata[2]}<extra></extra>",
    )


def _bars(figure: go.Figure, series: FieldSeries, place: int, domain: tuple[float, float], clock: WallClock) -> None:
    layout_name, name = _axis(place)
    colours = state_colours([str(bar.state) for one in series.states for bar in one.bars if bar.state is not None])
    for lane, one in enumerate(series.states):
        figure.add_trace(_lane(one, lane, colours, clock, series).update(yaxis=name))
        where = {"x": 0, "y": lane - 0.5, "xref": "paper", "yref": name, "xanchor": "left", "yanchor": "top"}
        figure.add_annotation(text=_title(one), showarrow=False, align="left", font={"size": 12}, **where)
    style = {"domain": domain, "anchor": "x", "range": [len(series.states) - 0.5, -0.5], "showticklabels": False}
    figure.update_layout({layout_name: {**style, "showgrid": False, "zeroline": False, "fixedrange": True}})


def _lane(one: StateSeries, lane: int, colours: dict[str, str], clock: WallClock, series: FieldSeries) -> go.Bar:
    ends = [bar.offset_s for bar in one.bars[1:]] + [series.end_s] * bool(one.bars)
    lasts = [max(0.0, end - bar.offset_s) for bar, end in zip(one.bars, ends, strict=True)]
    wide = (series.end_s - series.start_s) * WRITTEN_SHARE
    at = [series.origin_ns + round(bar.offset_s * NS_PER_SECOND) for bar in one.bars]
    words = [as_text(_word(bar)) for bar in one.bars]
    return go.Bar(
        orientation="h",
        base=clock.at(at),
        x=[last * 1_000 for last in lasts],
        y=[lane + (1 - BAR) / 2] * len(one.bars),
        width=BAR,
        marker={
            "color": [REST_COLOUR if bar.state is None else colours[str(bar.state)] for bar in one.bars],
            "line": {"width": 0},
        },
        text=[word if last >= wide else "" for word, last in zip(words, lasts, strict=True)],
        textposition="inside",
        insidetextanchor="middle",
        insidetextfont={"color": "#ffffff"},
        textangle=0,
        customdata=[
            [bar.id, word, f"{last:,.1f} s", _title(one), moment]
            for bar, word, moment, last in zip(one.bars, words, clock.text(at), lasts, strict=True)
        ],
        hovertemplate="<b>%{customdata[1]}</b> for %{customdata[2]}<br>%{customdata[3]}<br>%{customdata[4]}"
        "<extra></extra>",
    )


def _word(bar: Bar) -> str:
    return SEVERAL if bar.state is None else str(bar.state)


def _time_axis(figure: go.Figure, clock: WallClock, series: FieldSeries) -> None:
    margin = (series.end_s - series.start_s) * 0.005 or 0.5
    ends = clock.offsets(series.origin_ns, [series.start_s - margin, series.end_s + margin])
    figure.update_xaxes(
        type="date",
        range=[str(end) for end in ends],
        title=axis_title(f"time ({as_text(clock.label)})"),
        tickformatstops=moment_ticks(),
        tickangle=0,
        gridcolor=GRID_COLOUR,
        zeroline=False,
        automargin=True,
    )
