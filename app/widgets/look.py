"""What the theme's file cannot say: a colour for charts, and what of Streamlit's own is not shown."""

from __future__ import annotations

import streamlit as st

from app.widget_keys import Key

ACCENT = "#1590ac"
"""Between the accents of the light and the dark theme, so that it can be seen on both."""

TIME_CHARTS = (Key.TIMELINE_ACTIVITY, Key.TIMELINE_FIGURE, Key.FIELDS_FIGURE, Key.FOLLOW_FIGURE, Key.ORDERS_FIGURE)
_HIDDEN = '[data-testid="stStatusWidget"] {display: none}'
"""Streamlit's sign for a run in progress would blink with every refresh of live figures, and offer to stop it."""
_EDGES = """@media (min-width: 768px) {
    .stApp [data-testid="stMainBlockContainer"] {padding-left: 2.5rem; padding-right: 2.5rem}
}"""
"""Half of Streamlit's margin beside the pages, for which it has no option: tables need the room."""
_UNSEEN = '[data-testid="stElementContainer"]:has(> .stHtml > .look) {display: none}'
"""The element that carries these rules takes no room. It has a content, because Streamlit puts one of rules alone
beside the page, where it is lost when one run follows another quickly; then all pages jump."""

_PHONE = """@media (max-width: 640px) {
    .annotation-text tspan[style*="font-variant:normal"] {display: none}
    :is(CHARTS) .xtick:nth-child(even):not(:has(tspan)) text {display: none}
}""".replace("CHARTS", ", ".join(f'[class*="st-key-{key}"]' for key in TIME_CHARTS))
"""Beside the names of topics a chart has no room for words above it, only for their symbols, and below it for every
second time; one with a date stays."""


def apply_look() -> None:
    """To be called once in every run."""
    st.html(f'<style>{_HIDDEN} {_EDGES} {_UNSEEN} {_PHONE}</style><i class="look"></i>')
