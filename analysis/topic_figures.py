"""The busiest topics as a plotly figure."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import plotly.graph_objects as go

from analysis.figure_style import (
    GRID_COLOUR,
    REST_COLOUR,
    as_label,
    as_text,
    axis_title,
    default_colour,
    neutral_layout,
)
from analysis.frames import MESSAGES, SHARE, TOPIC


def topic_share_figure(
    table: pd.DataFrame, top: int = 15, colour_of: Callable[[str], str] = default_colour
) -> go.Figure:
    """The `top` busiest topics of a `topic_table` as bars with their share; the others together in one more."""
    bars = _share_bars(table, top, colour_of)
    rows = list(range(len(bars)))
    figure = go.Figure(
        go.Bar(
            x=bars[SHARE],
            y=rows,
            orientation="h",
            marker={"color": bars["colour"], "line": {"width": 0}},
            text=[f"{share:.1f} %" for share in bars[SHARE]],
            textposition="outside",
            cliponaxis=False,
            customdata=list(zip(bars["name"], bars[MESSAGES], strict=True)),
            hovertemplate="%{customdata[0]}<br>%{customdata[1]:,} messages, %{x:.2f} %<extra></extra>",
        )
    )
    neutral_layout(figure, height=56 + 26 * max(1, len(rows))).update_layout(
        bargap=0.3,
        margin_r=56,
        minreducedheight=20,  # plotly's 64 would leave no room below a single bar for what is written there
    )
    figure.update_xaxes(
        title=axis_title("share of messages (%)"), rangemode="tozero", gridcolor=GRID_COLOUR, zeroline=False
    )
    figure.update_yaxes(
        tickvals=rows, ticktext=bars["label"], range=[max(1, len(rows)) - 0.5, -0.5], showgrid=False, automargin=True
    )
    return figure


def _share_bars(table: pd.DataFrame, top: int, colour_of: Callable[[str], str]) -> pd.DataFrame:
    """A row per bar: name and label (both escaped), colour, SHARE and MESSAGES."""
    names = [str(name) for name in table[TOPIC].iloc[:top]]
    bars = (
        table[[SHARE, MESSAGES]]
        .iloc[:top]
        .assign(
            name=[as_text(name) for name in names],
            label=[as_label(name) for name in names],
            colour=[colour_of(name) for name in names],
        )
    )
    rest = table.iloc[top:]
    if rest.empty:
        return bars
    name = f"{len(rest):,} other topics" if len(rest) > 1 else "1 other topic"
    sums = {SHARE: rest[SHARE].sum(), MESSAGES: rest[MESSAGES].sum()}
    last = pd.DataFrame([{**sums, "name": name, "label": name, "colour": REST_COLOUR}])
    return pd.concat([bars, last], ignore_index=True)
