"""Record: what to record, and the running recording with its figures."""

from __future__ import annotations

import streamlit as st

from app import format as fmt
from app.mock_factory import NAME as MOCK
from app.services import Services, get_services
from app.state import Key, zone
from app.widgets.connection import called, no_connection_hint
from app.widgets.factory import factory_switch
from app.widgets.header import page_header
from app.widgets.links import analyse_link, replay_link
from app.widgets.live import FAST, live
from app.widgets.problems import problem, succeeded
from app.widgets.recorder_here import environment_here, recorder_here
from app.widgets.recording_controls import recording_controls
from app.widgets.recording_elsewhere import recording_elsewhere
from app.widgets.recording_figures import may_be_missing, recording_figures, was_paused
from app.widgets.recording_form import recording_form, recording_request
from app.widgets.recording_guided import delete_if_empty, guided_configuration, guided_steps
from app.widgets.recording_ring import recording_ring
from app.widgets.text import parts, plain
from recorder.machine import WAITING
from recorder.recorder import RecordingStatus
from store.metadata import Status

QUICK, GUIDED = "Quick", "Guided"


def _start(services: Services, name: str) -> None:
    if succeeded(services.start_recording, recording_request(services.settings), name):
        st.session_state[Key.RECORD_NAME] = ""  # the next recording is another one


def _ready(services: Services, name: str) -> None:
    mode = st.segmented_control(
        "How",
        [QUICK, GUIDED],
        default=QUICK,
        required=True,
        key=Key.RECORD_MODE,
        label_visibility="collapsed",
        help="Quick: one click starts. Guided: a session is created, gets its source, and then records.",
        persist_state="session",
    )
    place = services.environments.get(name)
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container(gap="xxsmall", width="stretch"):
            st.markdown(f"Ready to record from {called(place)}")
            st.caption(f"{plain(place.display_url)} · choose another one in the sidebar")
        if name == MOCK:
            factory_switch(services)
        if mode == QUICK:
            st.button("Start recording", key=Key.RECORD_START, type="primary", icon=":material/radio_button_checked:",
                      on_click=_start, args=(services, name))  # fmt: skip
    no_connection_hint(services, name, "The recording starts and waits for it.")
    if mode == QUICK:
        recording_form(services.settings)
    else:
        guided_configuration(services, name)


def _running(services: Services, status: RecordingStatus) -> None:
    with st.container(border=True):
        st.subheader(plain(status.name), anchor=False)
        since = f"since {fmt.moment(status.started_ns, zone())}"
        st.caption(parts(plain(status.environment), plain(status.broker), plain(status.source), plain(since)))
        recording_controls(services, paused=status.state is Status.PAUSED)
    live(recording_figures, FAST, services)


def _ended(services: Services, status: RecordingStatus) -> None:
    without = " without pauses and waiting" if was_paused(status, services.clock.now_ns()) else ""
    failed = status.state is Status.FAILED
    with st.container(border=True):
        what, links = st.columns([3, 2], vertical_alignment="center")
        with what, st.container(gap="xxsmall"):
            st.badge("Last recording: failed" if failed else "Last recording",
                     icon=":material/error:" if failed else ":material/check_circle:",
                     color="red" if failed else "green")  # fmt: skip
            st.text(status.name)
            why = "" if failed else plain(status.ended_reason)
            st.caption(
                f"{fmt.messages(status.messages)} on {fmt.counted(status.topics, 'topic')} in "
                f"{fmt.duration(status.elapsed_s)}{without}. {why}"
            )
            may_be_missing(status)
        with links, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
            if not status.messages and not status.problem:
                st.button("Delete the empty session", key=Key.RECORD_DELETE, icon=":material/delete:",
                          on_click=delete_if_empty, args=(services, status.session_id))  # fmt: skip
            analyse_link(status.session_id)
            replay_link(status.session_id)
    if status.problem:
        problem(status.problem)


def show(services: Services) -> None:
    """Draws the page."""
    page_header("Record", "Every message of a broker, with its exact time. It goes on when this browser is closed.")
    here, status = environment_here(services), recorder_here(services).status()
    recording_elsewhere(services, here)
    if status.active and status.state in WAITING:
        guided_steps(services, status)
    elif status.active:
        _running(services, status)
    else:
        if status.problem or (status.path is not None and status.path.exists()):  # it may have been deleted
            _ended(services, status)
        _ready(services, here)
    recording_ring(services, here)


show(get_services())
