"""What the theme's file cannot say: a colour for charts, and what of Streamlit's own is not shown."""

from __future__ import annotations

import streamlit as st

ACCENT = "#1590ac"
"""Between the accents of the light and the dark theme, so that it can be seen on both."""

_HIDDEN = '<style>[data-testid="stStatusWidget"] {display: none}</style>'
"""Streamlit's sign for a run in progress would blink with every refresh of live figures, and offer to stop it."""


def apply_look() -> None:
    """To be called once in every run."""
    st.html(_HIDDEN)
