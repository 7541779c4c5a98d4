"""Figures of orders: Gantt over the session or over one order, and durations beside waiting times."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

import plotly.graph_objects as go

from analysis.figure_style import GRID_COLOUR, PALETTE, as_label, as_text, axis_title, neutral_layout
from analysis.gantt import MOST_BARS, gantt_figure
from analysis.moments import Happenings
from aps.order_bars import DOING_COLOURS, Doing, by_order, by_station, colour_of, of_order, stations, titles
from aps.order_compare import OrderPair
from aps.order_times import StepTimes
from aps.order_values import Order, OrderTrace

MOST_LANES: Final = 40
"""Orders with a lane each: more can neither be read nor scrolled through."""
ROW_PX: Final = 24
ROOM: Final = 1.4
"""How much wider than the longest bar the figure is: for the difference behind it."""
MUCH: Final = 0.1
"""Share of what an order took in A; a larger difference is marked."""


def drawn(orders: Sequence[Order], *, stations_as_lanes: bool) -> Sequence[Order]:
    """The first of these orders, as many as a figure has room for."""
    if not stations_as_lanes:
        return orders[:MOST_LANES]
    ends = list(accumulate(len(order.steps) for order in orders))
    return orders[: bisect_right(ends, MOST_BARS)]


def session_figure(
    trace: OrderTrace,
    orders: Sequence[Order],
    zone: str,
    *,
    stations_as_lanes: bool,
    shown: Happenings = Happenings(),  # noqa: B008 - frozen
) -> go.Figure:
    """The orders of `drawn` over time: a lane for each, or a lane for each station and vehicle."""
    orders = drawn(orders, stations_as_lanes=stations_as_lanes)
    if stations_as_lanes:
        bars = by_station(trace, orders)
        lanes = stations(bars)
    else:
        names = titles(trace)
        bars = by_order(trace, orders)
        lanes = [names[order.id] for order in orders]
    return gantt_figure(bars[:MOST_BARS], zone, colour_of, lanes=lanes, shown=shown, origin_ns=trace.origin_ns)


def order_figure(trace: OrderTrace, order: Order, zone: str) -> go.Figure:
    """One order over time, with a lane for each station and vehicle."""
    return gantt_figure(of_order(trace, order)[:MOST_BARS], zone, colour_of)


def times_figure(rows: Sequence[StepTimes]) -> go.Figure:
    """For each step the median of its durations beside that of the waiting time before it, in seconds."""
    figure = go.Figure()
    waited = [row.waited_median_s for row in rows]
    figure.add_trace(_times(rows, waited, Doing.WAITING.value, [DOING_COLOURS[Doing.WAITING]] * len(rows)))
    figure.add_trace(
        _times(rows, [row.median_s for row in rows], "Duration", [DOING_COLOURS[row.doing] for row in rows])
    )
    neutral_layout(figure, 60 + ROW_PX * max(1, len(rows))).update_layout(barmode="stack", bargap=0.25)
    figure.update_xaxes(title=axis_title("seconds (median)"), gridcolor=GRID_COLOUR, zeroline=False)
    _lanes(figure, [row.name for row in rows])
    return figure


def pairs_figure(pairs: Sequence[OrderPair]) -> go.Figure:
    """How long each order took in A and in B, in seconds; where both ended, the difference behind the bars."""
    figure, shown = go.Figure(), pairs[:MOST_LANES]
    names = [f"{number} {pair.name}" for number, pair in enumerate(shown, 1)]
    in_a, in_b = [pair.left_s for pair in shown], [pair.right_s for pair in shown]
    for side, colour, seconds in (("A", PALETTE[0], in_a), ("B", PALETTE[1], in_b)):
        said = [difference_text(pair) if side == "B" else "" for pair in shown]
        figure.add_trace(
            go.Bar(
                orientation="h",
                name=side,
                x=seconds,
                y=list(range(len(shown))),
                marker={"color": colour, "line": {"width": 0}},
                text=said,
                textposition="outside",
                cliponaxis=False,
                customdata=[as_text(name) for name in names],
                hovertemplate=f"<b>%{{customdata}}</b><br>{side}: %{{x:,.1f}} s<extra></extra>",
            )
        )
    neutral_layout(figure, 84 + 2 * ROW_PX * max(1, len(shown))).update_layout(
        barmode="group", bargap=0.3, showlegend=True, legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0}
    )
    longest = max((seconds for seconds in (*in_a, *in_b) if seconds is not None), default=1.0)
    figure.update_xaxes(title=axis_title("seconds"), gridcolor=GRID_COLOUR, zeroline=False, range=[0, ROOM * longest])
    _lanes(figure, names)
    return figure


def difference_text(pair: OrderPair) -> str:
    """`+12.3 s`: how much longer it took in B; bold from a tenth on. Empty unless both have ended."""
    difference, before = pair.difference_s, pair.left_s
    if difference is None or before is None:
        return ""
    text = f"{difference:+,.1f} s"
    return f"<b>{text}</b>" if abs(difference) >= MUCH * before else text


def _lanes(figure: go.Figure, names: Sequence[str]) -> None:
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=[as_label(name) for name in names],
        range=[max(1, len(names)) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
        automargin=True,
        fixedrange=True,
    )


def _times(rows: Sequence[StepTimes], seconds: list[float], what: str, colours: list[str]) -> go.Bar:
    return go.Bar(
        orientation="h",
        name=what,
        x=seconds,
        y=list(range(len(rows))),
        marker={"color": colours, "line": {"width": 0}},
        customdata=[as_text(row.name) for row in rows],
        hovertemplate=f"<b>%{{customdata}}</b><br>{what} %{{x:,.1f}} s<extra></extra>",
    )
