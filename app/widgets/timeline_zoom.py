"""How the timeline is moved: buttons that zoom and pan, and a box drawn across a chart."""

from __future__ import annotations

import streamlit as st

from analysis.figure_style import WallClock
from app.state import Key
from app.widgets.analyse_view import Stretch, View, ends_of, set_span
from core.message import NS_PER_SECOND

NARROWEST_S = 0.01
"""Seconds; no closer look."""
DECIMALS = 3
"""Of a second: as exact as anybody can draw."""


def zoom_buttons(view: View) -> None:
    """In, out, back and forth."""
    ends = ends_of(view.entry)
    now = view.span or ends
    whole, length = view.span is None, now[1] - now[0]
    buttons = (
        ("zoom_in", "Zoom in", 0.5, 0.0, length <= 2 * NARROWEST_S),
        ("zoom_out", "Zoom out", 2.0, 0.0, whole),
        ("chevron_left", "Earlier", 1.0, -0.5, whole or now[0] <= ends[0]),
        ("chevron_right", "Later", 1.0, 0.5, whole or now[1] >= ends[1]),
    )
    with st.container(horizontal=True, gap="xsmall", width="content"):
        for icon, words, factor, shift, disabled in buttons:
            st.button("", key=f"{Key.TIMELINE_ZOOM}-{icon}", icon=f":material/{icon}:", help=words, disabled=disabled,
                      on_click=set_span, args=(view.entry, moved(now, ends, factor, shift)))  # fmt: skip


def moved(span: Stretch, ends: Stretch, factor: float = 1.0, shift: float = 0.0) -> Stretch | None:
    """A stretch `factor` times as long around the same middle, moved by `shift` lengths, within `ends`; None: all."""
    length = max(NARROWEST_S, (span[1] - span[0]) * factor)
    if length >= ends[1] - ends[0]:
        return None
    middle = (span[0] + span[1]) / 2 + shift * (span[1] - span[0])
    start = min(max(ends[0], middle - length / 2), ends[1] - length)
    return round(start, DECIMALS), round(start + length, DECIMALS)


def selected_span(state: object, origin_ns: int, ends: Stretch, zone: str) -> Stretch | None:
    """The stretch of a box drawn over a figure of `zone`, within `ends`; None without a box, or for one too narrow."""
    boxes = _selection(state).get("box") or []
    if not boxes:
        return None
    clock = WallClock(zone, origin_ns)  # the one the figure is drawn with
    offsets = sorted((clock.moment(str(x)) - origin_ns) / NS_PER_SECOND for x in boxes[0]["x"])
    low, high = round(max(ends[0], offsets[0]), DECIMALS), round(min(ends[1], offsets[-1]), DECIMALS)
    return (low, high) if high - low >= NARROWEST_S else None


def selected_message(state: object) -> int | None:
    """The id of the message that was clicked in a timeline of single messages."""
    points = _selection(state).get("points") or []
    custom = points[0].get("customdata") if points and isinstance(points[0], dict) else None
    number = custom[0] if isinstance(custom, list | tuple) and custom else None
    return number if isinstance(number, int) else None


def _selection(state: object) -> dict[str, list[dict[str, list[object]]]]:
    found = state.get("selection") if isinstance(state, dict) else None
    return found if isinstance(found, dict) else {}
