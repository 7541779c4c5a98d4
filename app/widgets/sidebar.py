"""The sidebar: which environment, whether its broker answers, and what is recording or replaying."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from app import format as fmt
from app.replay_words import published_of, share_of, where
from app.services import Services
from app.state import Key, environment
from app.widgets.environment_choice import environment_choice
from app.widgets.live import FAST, SLOW, live, rerun_on_new_phase
from app.widgets.text import parts, plain, shortened
from core.ports import ConnectionState, ConnectionStatus
from recorder.recorder import RecordingStatus
from recorder.ring_status import RingStatus
from replay.player import ReplayStatus
from store.metadata import Status

_LOOK: dict[ConnectionState, tuple[str, str, Literal["green", "orange", "red", "gray"]]] = {
    ConnectionState.CONNECTED: ("Connected", ":material/check_circle:", "green"),
    ConnectionState.CONNECTING: ("Connecting", ":material/sync:", "orange"),
    ConnectionState.DISCONNECTED: ("Not connected", ":material/cloud_off:", "red"),
    ConnectionState.CLOSED: ("Closed", ":material/power_off:", "gray"),
}

LONGEST_NAME = 80
"""Characters; the sidebar is narrow."""


def sidebar(services: Services, page: str) -> None:
    """Draws it. Choosing another environment changes what this visitor looks at, and nothing that runs."""
    with st.sidebar:
        environment_choice(services, page)
        runs = bool(services.recorders.active()) or services.player.status().active
        live(_status, FAST if runs else SLOW, services)


def _status(services: Services) -> None:
    name = environment(services.environments.names(), services.default_environment)
    _connection(services.connection(name), services.environments.get(name).label)
    factory = services.mock.status()
    if factory is not None and factory.running:
        st.caption(":material/factory: The simulated factory is running.")
    elif factory is not None and factory.problem:
        st.caption(f":material/factory: {plain(factory.problem)}")
    _after_a_crash(services)
    for status in services.recorders.active():
        _recording(status)
    for ring in services.rings.noteworthy():
        _ring(ring)
    _replay(services.player.status())
    rerun_on_new_phase(services)


def _connection(status: ConnectionStatus, label: str) -> None:
    words, icon, colour = _LOOK[status.state]
    if status.state is ConnectionState.CONNECTED and status.protocol:
        words = f"{words}, {status.protocol}"
    st.caption(f"{plain(label)}  \n{plain(status.url)}" if label else plain(status.url))
    st.badge(plain(words), icon=icon, color=colour)
    if status.reason:
        st.caption(plain(status.reason))


def _after_a_crash(services: Services) -> None:
    """What the program does by itself because it had ended during a recording."""
    if name := services.start_up.repairing:
        name = shortened(name, LONGEST_NAME)
        st.caption(f":material/build: '{plain(name)}' was interrupted by the end of the program and gets its end now.")
    for continued in services.continued:
        name = shortened(continued.name, LONGEST_NAME)
        st.caption(
            f":material/history: Continued '{plain(name)}' after an interruption of {fmt.duration(continued.after_s)}"
        )
    if services.continued:
        st.button("Got it", key=Key.CONTINUED_SEEN, type="tertiary", on_click=services.dismiss_continued)


def _recording(status: RecordingStatus) -> None:
    if not status.active:
        return
    with st.container(border=True, gap="xsmall"):
        recording_badge(status)
        st.text(shortened(status.name, LONGEST_NAME))
        st.caption(
            parts(
                plain(status.environment),
                fmt.duration(status.elapsed_s),
                fmt.messages(status.messages),
                fmt.rate(status.rate_per_s),
            )
        )
        if status.problem:
            st.caption(f":orange[:material/warning: {plain(status.problem)}]")
        if status.in_gap:
            st.caption(":orange[:material/warning: There is no connection; it is tried again.]")


def recording_badge(status: RecordingStatus) -> None:
    """What it is doing at the moment."""
    match status.state:
        case Status.RECORDING:
            st.badge("Waits for its source", icon=":material/hourglass_empty:", color="blue")
        case Status.SOURCE_ASSIGNED:
            st.badge("Ready to start", icon=":material/hourglass_empty:", color="blue")
        case Status.PAUSED:
            st.badge("Recording paused", icon=":material/pause_circle:", color="orange")
        case _:
            st.badge("Recording", icon=":material/radio_button_checked:", color="red")


def _ring(status: RingStatus) -> None:
    doing = "is saving" if status.saving_until_ns is not None else "keeps"
    if status.active:
        st.caption(f":material/history: The ring of {plain(status.environment)} {doing} the last minutes.")
    else:
        st.caption(f":orange[:material/warning: The ring of {plain(status.environment)} has ended by itself.]")


def _replay(status: ReplayStatus) -> None:
    if not status.active:
        return
    with st.container(border=True, gap="xsmall"):
        st.badge(f"Replay: {status.state}", icon=":material/play_circle:", color="blue")
        st.text(shortened(status.session_name, LONGEST_NAME))
        st.progress(share_of(status), where(status))
        st.caption(parts(f"{published_of(status)} published", plain(fmt.speed(status.speed))))
