"""Plotly charts that a browser draws once, with a look of our own in place of Streamlit's theme for them.

Streamlit hands each chart to Plotly twice: as it is, and again as soon as it knows its theme and what the mouse does.
Plotly compares the two, and takes a template (that is how the theme comes), arrays and a `clickmode` that it has not
seen before for changes, after which it draws everything anew: half of the time that a chart takes. Without a template,
with a revision that says that arrays are the same, and with all of it set from the beginning it finds nothing to do.
Streamlit makes a new chart whenever the figure changes, so the revision need not.
"""

from __future__ import annotations

from string import Template
from typing import Any, Final, Literal

import plotly.graph_objects as go

Mouse = Literal["box", "points"]
"""What `selection_mode` of the chart says."""
RULES: Final = Template("""
.st-key-$key .main-svg :is(.xtick, .ytick) text {fill: currentColor !important; opacity: 0.7}
""")
"""For a container with a key: names and times have the colour of the page's text, in light and dark."""
PAD_PX: Final = 8
"""Between the plot and what is written beside it; as in Streamlit's theme."""
FONT: Final = "Source Sans, sans-serif"
"""That of the pages, which comes with Streamlit."""
HOVER: Final = {"bgcolor": "#1a262d", "bordercolor": "#5f7580", "font": {"color": "#ffffff", "family": FONT}}
"""The same in light and dark."""


class _WithoutTemplate(go.Figure):  # type: ignore[misc]  # Plotly has no types
    """An empty template would still be one that Plotly has not seen before."""

    def to_dict(self) -> dict[str, Any]:
        """What Streamlit sends."""
        found: dict[str, Any] = super().to_dict()
        found["layout"].pop("template", None)
        return found


def drawn_once(figure: go.Figure, mouse: Mouse) -> go.Figure:
    """The figure, for `st.plotly_chart` with `theme=None` and a container that has RULES.

    Numbers along an axis must be lists: what comes as an array in binary is another one each time.
    """
    figure.__class__ = _WithoutTemplate  # a copy would take 10 to 20 ms
    return (
        figure.update_layout(
            datarevision=1,
            clickmode="event+select" if mouse == "points" else "event",
            dragmode="pan" if mouse == "points" else "select",
            font={"family": FONT, "size": 12},
            hoverlabel=HOVER,
            margin_pad=PAD_PX,
        )
        .update_xaxes(showgrid=False)
        .update_yaxes(ticks="")
    )
