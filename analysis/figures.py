"""Results as plotly figures that fit a light and a dark theme; every name in them is shown as text, never as HTML."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import plotly.graph_objects as go

from analysis.overview import Overview
from analysis.timeline import Timeline


def default_colour(name: str) -> str:
    """A colour for a topic or category: always the same for the same name."""
    raise NotImplementedError


def activity_figure(overview: Overview, zone: str = "UTC", colour: str = "#3b82f6") -> go.Figure:
    """Messages per second over a session, with gaps, pauses and marks. `zone` is an IANA name, else UsageError.

    The bars can be selected (box, horizontal), the x values are the wall-clock time of the zone.
    """
    raise NotImplementedError


def timeline_figure(
    timeline: Timeline, zone: str = "UTC", colour_of: Callable[[str], str] = default_colour
) -> go.Figure:
    """The lanes over time. `colour_of` is asked with the name of each lane. A point's customdata begins with the message's id."""
    raise NotImplementedError


def topic_share_figure(
    table: pd.DataFrame, top: int = 15, colour_of: Callable[[str], str] = default_colour
) -> go.Figure:
    """The busiest topics of a `topic_table` as bars with their share; the others together in one."""
    raise NotImplementedError
