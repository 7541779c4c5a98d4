"""A row of figures that wraps on narrow screens."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import streamlit as st

NARROWEST = 136
"""Pixels; two figures fit side by side on a phone, six in a window of 1280 pixels."""
FRAME = 34
"""Pixels that a figure's border and padding take."""
MOST_IN_ROW = 6
"""More wrap beside the sidebar of a window of 1280 pixels, and leave a lone one below."""
LABEL_CHAR_PX, HELP_PX = 6.3, 24
CHAR_PX = 10.9
OTHER_PX = {
    " ": 4.3,
    **dict.fromkeys(".,:;'ijl", 5.8),
    **dict.fromkeys("-/f", 7.0),
    "s": 9.1,
    **dict.fromkeys("mwMW%", 17.5),
}
"""What characters take in the font of the figures: most of them CHAR_PX."""


def metrics(figures: Mapping[str, str], explained: Mapping[str, str] = MappingProxyType({})) -> None:
    """Label and value of each; both are texts of our own, never data. All are as wide as the longest one needs, and
    together as wide as the page.

    `explained` says more about some of the labels.
    """
    labels = {label: label in explained for label in figures}
    with st.grid(columns_for(len(figures)), min_column_width=width_for(figures.values(), labels), gap="xsmall"):
        for label, value in figures.items():
            st.metric(label, value, border=True, help=explained.get(label))


def columns_for(count: int) -> int:
    """At most so many side by side: one row, or where that would be too many two that are about equally long."""
    return max(1, count if count <= MOST_IN_ROW else math.ceil(count / 2))


def width_for(values: Iterable[str], labels: Mapping[str, bool] = MappingProxyType({})) -> int:
    """Pixels in which each of the values has room: Streamlit would cut it off without a word. `labels`: whether there
    is a question mark behind each.
    """
    longest = max(map(_pixels, values), default=0.0)
    label = max((LABEL_CHAR_PX * len(text) + HELP_PX * helped for text, helped in labels.items()), default=0.0)
    return max(NARROWEST, math.ceil(FRAME + max(longest, label)))


def _pixels(value: str) -> float:
    return sum(OTHER_PX.get(char, CHAR_PX) for char in value)
