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
    if Key.GUIDED_SECONDS not in st.session_state:
        set_duration(USUAL)
    seconds = chosen_duration()
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    slider, exact = _widget(Key.GUIDED_STEP), _widget(Key.GUIDED_EXACT)
    left.select_slider(
        "Duration",
        STEPS,
        value=_nearest_step(seconds),
        key=slider,
        format_func=lambda step: "until I stop it" if step == UNTIL_STOPPED else fmt.duration(step),
        on_change=_slid,
        args=(slider,),
    )
    right.number_input(
        "Exactly (s)",
        min_value=1.0,
        value=seconds,
        step=1.0,
        format="%g",
        key=exact,
        placeholder="until I stop it",
        on_change=_typed,
        args=(exact,),
        help="Any duration. Empty: until it is stopped.",
    )


def set_duration(seconds: float | None) -> None:
    """Puts both to a duration; None: until it is stopped."""
    _keep(seconds, Key.GUIDED_STEP, Key.GUIDED_EXACT)


def chosen_duration() -> float | None:
    """Seconds; None: until it is stopped."""
    return optional_number(Key.GUIDED_SECONDS)


def _slid(slider: str) -> None:
    if slider == _widget(Key.GUIDED_STEP):
        step = chosen(slider, USUAL)
        _keep(None if step == UNTIL_STOPPED else step, Key.GUIDED_EXACT)


def _typed(exact: str) -> None:
    if exact == _widget(Key.GUIDED_EXACT):
        _keep(optional_number(exact), Key.GUIDED_STEP)


def _keep(seconds: float | None, *outdated: Key) -> None:
    """Remembers the duration, and has those widgets that show another one made anew.

    They are not merely set: a page on which somebody clicks before it has drawn them still sends what they showed, and
    that would count as another choice. From a widget that is no longer the present one it does not.
    """
    st.session_state[Key.GUIDED_SECONDS] = None if seconds is None else float(seconds)
    for key in outdated:
        st.session_state[f"{key}_number"] = chosen(f"{key}_number", 0) + 1


def _widget(key: Key) -> str:
    """The present one's key."""
    return f"{key}_{chosen(f'{key}_number', 0)}"


def _nearest_step(seconds: float | None) -> int:
    steps = [step for step in STEPS if step != UNTIL_STOPPED]
    return UNTIL_STOPPED if seconds is None else min(steps, key=lambda step: abs(step - seconds))
