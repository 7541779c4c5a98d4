"""The buttons of a running replay, as on a video recorder: pause, step, stop, back to the start, speed."""

from __future__ import annotations

from functools import partial
from typing import Final

import streamlit as st

from app import format as fmt
from app.services import Services
from app.state import Key, chosen, optional_number
from app.widgets.problems import steer
from app.widgets.replay_place import again, moved
from app.widgets.replay_speeds import FASTEST, SLOWEST, SPEEDS
from core.message import NS_PER_MILLISECOND
from replay.status import ReplayState, ReplayStatus

PAUSE_SHORTCUT: Final = "Space"
STEP_SHORTCUT: Final = "N"
GO_ON_SHORTCUT: Final = "G"
"""Streamlit shows them on the buttons, and leaves them to a field while somebody types there."""
_STEPPED: Final = f"{Key.REPLAY_STEP}_at"
ONE_PRESS_NS: Final = 30 * NS_PER_MILLISECOND
"""Nobody presses a key twice within this."""


def replay_transport(services: Services, status: ReplayStatus) -> None:
    """Draws them. To be drawn outside of fragments: what goes wrong is said at the head of the page."""
    if status.waits_for_key:
        _barrier(services)
    player, runs = services.player, partial(_runs, services)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button("Reset", key=Key.REPLAY_RESET, icon=":material/skip_previous:", on_click=moved,
                  args=(runs, player.reset), help="Back to the start, and paused there.")  # fmt: skip
        if status.state is ReplayState.PAUSED:
            st.button("Resume", key=Key.REPLAY_RESUME, icon=":material/play_arrow:", type="primary",
                      shortcut=PAUSE_SHORTCUT, on_click=moved, args=(runs, _hold, services, False))  # fmt: skip
        else:
            st.button("Pause", key=Key.REPLAY_PAUSE, icon=":material/pause:", type="primary",
                      shortcut=PAUSE_SHORTCUT, on_click=moved, args=(runs, _hold, services, True))  # fmt: skip
        st.button("Step", key=Key.REPLAY_STEP, icon=":material/skip_next:", shortcut=STEP_SHORTCUT, on_click=_step,
                  args=(services,), help="Publishes the next message, and pauses.")  # fmt: skip
        if status.duration_s > status.start_s:
            st.button("Again", key=Key.REPLAY_SEEK_AGAIN, icon=":material/replay:", on_click=again, args=(services,),
                      help="Goes once more to where the slider below stands.")  # fmt: skip
        st.button("Stop", key=Key.REPLAY_STOP, icon=":material/stop:", on_click=steer, args=(runs, player.stop))
    _speed(services, status)


def _runs(services: Services) -> bool:
    return services.player.status().active


def _step(services: Services) -> None:
    """While a page is drawn anew its button can be there twice, and one press of the key comes as two."""
    now_ns = services.clock.now_ns()
    if not 0 <= now_ns - chosen(_STEPPED, 0) < ONE_PRESS_NS:
        moved(partial(_runs, services), services.player.step)
    st.session_state[_STEPPED] = services.clock.now_ns()


def _hold(services: Services, wanted: bool) -> None:
    """Pauses or resumes; nothing is wrong if somebody else has clicked the same a moment ago."""
    player = services.player
    if wanted is not (player.status().state is ReplayState.PAUSED):
        _ = player.pause() if wanted else player.resume()


def _barrier(services: Services) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(":material/front_hand: **It waits for you** at a barrier.", width="stretch")
        st.button("Go on", key=Key.REPLAY_GO_ON, type="primary", icon=":material/lock_open:", shortcut=GO_ON_SHORTCUT,
                  on_click=steer, args=(partial(_waits, services), services.player.release))  # fmt: skip


def _waits(services: Services) -> bool:
    """Somebody else may have opened the barrier already."""
    return services.player.status().waits_for_key


def _speed(services: Services, status: ReplayStatus) -> None:
    """Presets, or any number. Both show the present speed, whoever has chosen it."""
    present = fmt.speed(status.speed)
    presets, any_other = _made_for(Key.REPLAY_LIVE_SPEED, status), _made_for(Key.REPLAY_ANY_SPEED, status)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control("Speed", list(SPEEDS), default=present if present in SPEEDS else None, key=presets,
                             required=present in SPEEDS, on_change=_choose_speed, args=(services, presets), wrap=True,
                             help="Times the original speed. max: as fast as the broker confirms.")  # fmt: skip
        low, high = min(SLOWEST, status.speed or SLOWEST), max(FASTEST, status.speed or FASTEST)
        st.number_input(f"Any speed, {low:g} to {high:,.0f}", low, high, status.speed, step=1.0, format="%g",
                        key=any_other, placeholder="max", width=200, on_change=_type_speed,
                        args=(services, any_other))  # fmt: skip


def _made_for(key: Key, status: ReplayStatus) -> str:
    """A widget is made anew for another speed. What comes from one that showed an earlier speed is no choice."""
    return f"{key}-{status.run_id}-{fmt.speed(status.speed)}"


def _choose_speed(services: Services, key: str) -> None:
    wanted = chosen(key, "")
    if wanted in SPEEDS and key == _made_for(Key.REPLAY_LIVE_SPEED, services.player.status()):
        _set_speed(services, SPEEDS[wanted])


def _type_speed(services: Services, key: str) -> None:
    speed = optional_number(key)
    if speed and key == _made_for(Key.REPLAY_ANY_SPEED, services.player.status()):
        _set_speed(services, speed)


def _set_speed(services: Services, speed: float | None) -> None:
    """A browser that has not yet taken away a page's widgets sends what they show once more: that is no choice."""
    if speed != services.player.status().speed:
        moved(partial(_runs, services), services.player.set_speed, speed)
