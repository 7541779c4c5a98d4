"""Where a figure of the timeline stands, and what is seen there until the browser has drawn it."""

from __future__ import annotations

from string import Template
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analysis.first_picture import STYLE

_RULES: Final = Template("""
.st-key-$key {position: relative; min-height: ${height}px}
.st-key-$key > [data-testid="stElementContainer"]:has(> .stHtml > .first) {position: absolute; inset: 0 0 auto 0}
.st-key-$key:has(.main-svg) .first {display: none}
.st-key-$key:has(.first) [data-testid="stSkeleton"] {visibility: hidden}
""")
"""The figure takes the place of its picture when it is drawn (`.main-svg` is Plotly's), and nothing moves."""


def place(key: str, picture: str, height_px: int) -> DeltaGenerator:
    """A container as high as its figure, in which `picture`, HTML of our own, is seen until that is drawn."""
    found = st.container(key=key)
    rules = _RULES.substitute(key=key, height=height_px).replace("\n", " ")
    found.html(f"<style>{STYLE} {rules}</style>{picture}")
    return found
