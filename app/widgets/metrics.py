"""A row of figures that wraps on narrow screens."""

from __future__ import annotations

import streamlit as st

NARROWEST = 140
"""Pixels; two figures fit side by side on a phone."""


def metrics(figures: dict[str, str]) -> None:
    """Label and value of each; both are texts of our own, never data."""
    with st.grid("auto", min_column_width=NARROWEST):
        for label, value in figures.items():
            st.metric(label, value, border=True)
