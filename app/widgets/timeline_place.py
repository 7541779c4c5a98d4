"""Where a figure of the timeline stands, what is seen there until the browser has drawn it, and what lies over it."""

from __future__ import annotations

from string import Template
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analysis.first_picture import RIGHT_PX, STYLE
from app.widgets.drawn_once import RULES

_RULES: Final = Template("""
.st-key-$key {position: relative; min-height: ${height}px}
.st-key-$key > [data-testid="stElementContainer"]:has(> .stHtml > .first) {position: absolute; inset: 0 0 auto 0}
.st-key-$key:has(.main-svg) .first {display: none}
.st-key-$key:has(.first) [data-testid="stSkeleton"] {visibility: hidden}
.st-key-$key > [data-testid="stElementContainer"]:has(> .stHtml > .outside) {position: absolute; inset: 0 0 auto 0;
 pointer-events: none}
.outside {position: relative} .outside > div {position: absolute} .outside i {position: absolute; height: 100%;
 background: rgba(128,128,128,0.25)}
""")
"""The figure takes the place of its picture when it is drawn (`.main-svg` is Plotly's), and nothing moves."""


def place(key: str, picture: str, height_px: int) -> DeltaGenerator:
    """A container as high as its figure, in which `picture`, HTML of our own, is seen until that is drawn."""
    found = st.container(key=key)
    rules = (_RULES.substitute(key=key, height=height_px) + RULES.substitute(key=key)).replace("\n", " ")
    found.html(f"<style>{STYLE} {rules}</style>{picture}")
    return found


def greyed(part: tuple[float, float] | None, left_px: int, top_px: int, height_px: int) -> None:
    """For a place with a figure: greys what lies outside of this part of its plot's width (0 to 1); None is all of it.

    Not drawn by the figure, which would be another one then, and be drawn anew.
    """
    start, end = part or (0.0, 1.0)
    where = f"left: {left_px}px; right: {RIGHT_PX}px; top: {top_px}px; height: {height_px}px"
    sides = f'<i style="left: 0; width: {start:.3%}"></i><i style="left: {end:.3%}; right: 0"></i>'
    st.html(f'<div class="outside" aria-hidden="true"><div style="{where}">{sides}</div></div>')
