"""What the colours of a chart mean, above it: text of the page, which takes as many lines as a phone needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

import streamlit as st


@dataclass(frozen=True, slots=True)
class Meaning:
    """One colour of a chart."""

    name: str
    colour: str
    """#rrggbb"""
    strength: float = 1.0
    """From 0, nothing is seen, to 1: as the chart draws it."""


def colour_legend(meanings: Iterable[Meaning]) -> None:
    """Draws nothing where there are none."""
    chips = [
        f'<span style="white-space: nowrap; margin-right: 1em"><i style="display: inline-block; width: 0.8em; '
        f'height: 0.8em; margin-right: 0.35em; background: {one.colour}; opacity: {one.strength}"></i>'
        f"{escape(one.name)}</span>"
        for one in meanings
    ]
    if chips:
        st.html(f'<div style="font-size: 0.8rem">{" ".join(chips)}</div>')
