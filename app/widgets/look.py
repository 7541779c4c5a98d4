"""What the theme's file cannot say: a colour for charts, and what of Streamlit's own is not shown."""

from __future__ import annotations

import streamlit as st

ACCENT = "#1590ac"
"""Between the accents of the light and the dark theme, so that it can be seen on both."""

_HIDDEN = '[data-testid="stStatusWidget"] {display: none}'
"""Streamlit's sign for a run in progress would blink with every refresh of live figures, and offer to stop it."""
_EDGES = """@media (min-width: 768px) {
    .stApp [data-testid="stMainBlockContainer"] {padding-left: 2.5rem; padding-right: 2.5rem}
}"""
"""Half of Streamlit's margin beside the pages, for which it has no option: tables need the room."""
_UNSEEN = '[data-testid="stElementContainer"]:has(> .stHtml > .look) {display: none}'
"""The element that carries these rules takes no room. It has a content, because Streamlit puts one of rules alone
beside the page, where it is lost when one run follows another quickly; then all pages jump."""


def apply_look() -> None:
    """To be called once in every run."""
    st.html(f'<style>{_HIDDEN} {_EDGES} {_UNSEEN}</style><i class="look"></i>')
