"""How long a guided recording lasts: a slider with sensible steps, and a field for any other number of seconds."""

from __future__ import annotations

from typing import Final

import streamlit as st

from app import format as fmt
from app.state import Key, chosen, optional_number

UNTIL_STOPPED: Final = 0
STEPS: Final = (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1_800, 3_600, UNTIL_STOPPED)
"""Seconds."""
USUAL: Final = 15


def recording_duration() -> None:
    """Draws both; the field is what counts, the slider shows the nearest step."""
    if Key.GUIDED_STEP not in st.session_state:
        set_duration(USUAL)
    slider, exact = st.columns([2, 1], vertical_alignment="bottom")
    slider.select_slider(
        "Duration",
        STEPS,
        key=Key.GUIDED_STEP,
        format_func=lambda step: "until I stop it" if step == UNTIL_STOPPED else fmt.duration(step),
        on_change=_slid,
        persist_state="session",
    )
    exact.number_input(
        "Exactly (s)",
        min_value=1.0,
        value=None,
        step=1.0,
        format="%g",
        key=Key.GUIDED_SECONDS,
        placeholder="until I stop it",
        on_change=_typed,
        persist_state="session",
        help="Any duration. Empty: until it is stopped.",
    )


def set_duration(seconds: float | None) -> None:
    """Puts both to a duration; None: until it is stopped."""
    st.session_state[Key.GUIDED_SECONDS] = None if seconds is None else float(seconds)
    _typed()


def chosen_duration() -> float | None:
    """Seconds; None: until it is stopped."""
    return optional_number(Key.GUIDED_SECONDS)


def _slid() -> None:
    step = chosen(Key.GUIDED_STEP, USUAL)
    st.session_state[Key.GUIDED_SECONDS] = None if step == UNTIL_STOPPED else float(step)


def _typed() -> None:
    seconds = chosen_duration()
    steps = [step for step in STEPS if step != UNTIL_STOPPED]
    nearest = UNTIL_STOPPED if seconds is None else min(steps, key=lambda step: abs(step - seconds))
    st.session_state[Key.GUIDED_STEP] = nearest
