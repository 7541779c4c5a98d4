"""Has the browser load what draws the timeline while somebody reads the overview.

Streamlit loads Plotly, 5 MB of JavaScript, when the first chart comes: a browser needs a second to compile and run it,
in which it shows nothing. In an idle moment before that nobody waits for it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st


def load_plotly_early() -> None:
    """To be called where no chart is drawn, but one may be soon."""
    name = _module()
    if name:
        script = f'(window.requestIdleCallback || setTimeout)(() => import("/static/js/{name}").catch(() => 0))'
        st.html(f'<script>{script}</script><i class="look"></i>', unsafe_allow_javascript=True)  # class: takes no room


@cache
def _module() -> str:
    """The file of Streamlit's own that draws Plotly's charts; empty if this version of Streamlit has no such file."""
    folder = Path(st.__file__).with_name("static") / "static" / "js"
    return next((found.name for found in sorted(folder.glob("PlotlyChart.*.js"))), "")
