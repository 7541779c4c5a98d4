"""The curve of a running recording: messages per second over the last minutes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd
import streamlit as st

from app.live_session import LiveFigures
from app.state import Key
from app.widgets.look import ACCENT

SECONDS_PER_MINUTE: Final = 60
BUCKETS: Final = {2: 1, 10: 5, 60: 30}
"""Minutes -> seconds in one point of the curve, which has 120 of them."""
TICKS: Final = {2: 20, 10: 60, 60: 600}
"""Minutes -> seconds between the ticks of the axis."""


def recording_curve(figures: LiveFigures) -> None:
    """Draws it, with the choice of how far back it reaches."""
    minutes = st.segmented_control(
        "Messages per second in the last",
        list(BUCKETS),
        default=2,
        required=True,
        format_func=lambda one: f"{one} minutes",
        key=Key.RECORD_CURVE,
        persist_state="session",
    )
    st.vega_lite_chart(curve_table(figures.counts, figures.second, minutes), curve_spec(minutes))


def curve_table(counts: Mapping[int, int], second: int, minutes: int) -> pd.DataFrame:
    """Points by seconds from now, negative. `counts` are messages by second since the start, `second` is the present.

    It begins with the recording: before it nothing was counted, which is not the same as nothing having been sent. The
    present second is left out, it is not complete.
    """
    bucket = BUCKETS[minutes]
    first = max(0, -(-(second - minutes * SECONDS_PER_MINUTE) // bucket))
    places = range(first, second // bucket)
    messages = dict.fromkeys(places, 0)
    for at, count in counts.items():
        if at // bucket in messages:
            messages[at // bucket] += count
    return pd.DataFrame(
        {
            "second": [place * bucket - second for place in places],
            "rate": [messages[place] / bucket for place in places],
        }
    )


def curve_spec(minutes: int) -> dict[str, Any]:
    """The chart in the words of Vega-Lite: made by hand, because it is drawn each second."""
    span = minutes * SECONDS_PER_MINUTE
    in_minutes = minutes > min(BUCKETS)
    title = "minutes from now" if in_minutes else "seconds from now"
    labels = f"datum.value / {SECONDS_PER_MINUTE}" if in_minutes else "datum.value"
    return {
        "height": 170,
        "mark": {"type": "area", "color": ACCENT},
        "encoding": {
            "x": {
                "field": "second",
                "type": "quantitative",
                "title": title,
                "axis": {"values": list(range(-span, 1, TICKS[minutes])), "grid": False, "labelExpr": labels},
                "scale": {"domain": [-span, 0], "nice": False},
            },
            "y": {
                "field": "rate",
                "type": "quantitative",
                "title": "msg/s",
                "axis": {"tickCount": 4, "tickMinStep": 1},
            },
            "tooltip": [
                {"field": "second", "type": "quantitative", "title": "seconds from now"},
                {"field": "rate", "type": "quantitative", "title": "msg/s", "format": ",.1f"},
            ],
        },
    }
