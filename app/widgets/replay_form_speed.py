"""How fast a session is replayed."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app.state import Key, chosen, optional_number
from app.widgets.replay_speeds import FASTEST, SLOWEST, SPEEDS
from replay.status import ReplayRequest

OTHER = "other"
ORIGINAL = "1x"


def speed_fields() -> None:
    """Presets, `max`, or any number."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        picked = st.segmented_control(
            "Speed", [*SPEEDS, OTHER], default=ORIGINAL, required=True, key=Key.REPLAY_SPEED, persist_state="session",
            wrap=True,
            help="Times the original speed. max publishes as fast as the broker confirms.",
        )  # fmt: skip
        if picked == OTHER:
            st.number_input(f"Times the original, {SLOWEST:g} to {FASTEST:,.0f}", SLOWEST, FASTEST, 1.0, format="%g",
                            width=230,
                            key=Key.REPLAY_OTHER_SPEED, persist_state="session")  # fmt: skip


def with_speed(request: ReplayRequest) -> ReplayRequest:
    """With what the fields say; without a choice the original speed."""
    picked = chosen(Key.REPLAY_SPEED, ORIGINAL)
    speed = optional_number(Key.REPLAY_OTHER_SPEED) or 1.0 if picked == OTHER else SPEEDS.get(picked, 1.0)
    return replace(request, speed=speed)
