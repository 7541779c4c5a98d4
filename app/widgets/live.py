"""Parts of a page that refresh by themselves, without running the page again."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app.services import Services
from app.state import Key
from app.widgets.problems import problems_shown
from replay.status import ReplayState

FAST = 1.0
"""Seconds between refreshes of figures while something runs."""
SLOW = 2.0
"""Seconds between looks at whether something was started elsewhere."""


def live(draw: Callable[..., None], seconds: float | None, *args: object) -> None:
    """Draws `draw(*args)` now, and again every `seconds`; None draws it once."""

    def guarded() -> None:
        with problems_shown():
            draw(*args)

    guarded.__qualname__ = draw.__qualname__  # Streamlit tells fragments apart by their name
    st.fragment(guarded, run_every=seconds)()


def phase(services: Services) -> str:
    """What goes on, as a short text that changes when a page must look different: something began, paused, ended,
    goes at another speed, waits for a person, or stands still at another place.
    """
    replay, factory = services.player.status(), services.mock.status()
    parts = (
        *((one.session_id, one.state, one.active) for one in services.recorders.statuses()),
        *((one.environment, one.active, one.saving_reason, len(one.saved)) for one in services.rings.noteworthy()),
        replay.run_id,
        replay.state,
        replay.active,
        replay.speed,
        replay.waits_for_key,
        replay.position_s if replay.state is ReplayState.PAUSED else "",
        factory is not None and factory.running,
    )
    return "|".join(str(part) for part in parts)


def remember_phase(services: Services) -> None:
    """To be called at the start of each full run."""
    st.session_state[Key.PHASE] = phase(services)


def rerun_on_new_phase(services: Services) -> None:
    """Runs the page again when something began or ended since it was drawn, here or in another browser."""
    if st.session_state.get(Key.PHASE) != phase(services):
        st.rerun()
