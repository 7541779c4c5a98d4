"""How late messages were, as a histogram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import plotly.graph_objects as go

from analysis.figure_style import GAP_COLOUR, GRID_COLOUR, PALETTE, axis_title, neutral_layout

HEIGHT_PX: Final = 220


def lateness_figure(columns: Sequence[tuple[float, int]], tolerated_ms: float, colour: str = PALETTE[0]) -> go.Figure:
    """`columns`: of each its upper end in milliseconds, inclusive, and its messages. It begins where the last one ends.

    What is later than `tolerated_ms` is red. Empty columns at the beginning are left out.
    """
    ends = [f"{upper_ms:g}" for upper_ms, _ in columns]
    first = next((number for number, (_, count) in enumerate(columns) if count), 0)
    shown = columns[first:]
    figure = go.Figure(
        go.Bar(
            x=ends[first:],
            y=[count for _, count in shown],
            marker={
                "color": [colour if upper_ms <= tolerated_ms else GAP_COLOUR for upper_ms, _ in shown],
                "line": {"width": 0},
            },
            text=[f"{count:,}" if count else "" for _, count in shown],
            textposition="outside",
            cliponaxis=False,
            customdata=["0", *ends][first : len(ends)],
            hovertemplate="%{customdata} to %{x} ms late: %{y:,} messages<extra></extra>",
        )
    )
    neutral_layout(figure, HEIGHT_PX).update_layout(bargap=0.12, margin_t=24)
    figure.update_xaxes(type="category", title=axis_title("late by at most (ms)"), tickangle=0, automargin=True)
    figure.update_yaxes(
        title=axis_title("messages"), rangemode="tozero", gridcolor=GRID_COLOUR, zeroline=False, automargin=True
    )
    return figure
