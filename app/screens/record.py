"""Record: what to record, and the running recording with its figures."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app import format as fmt
from app.mock_factory import NAME as MOCK
from app.services import Services, get_services
from app.state import Key, chosen, environment, zone
from app.widgets.connection import called, no_connection_hint
from app.widgets.factory import factory_switch
from app.widgets.header import page_header
from app.widgets.links import analyse_link, replay_link
from app.widgets.live import FAST, live
from app.widgets.problems import problem, steer, steered, succeeded
from app.widgets.recorder_here import recorder_here
from app.widgets.recording_figures import recording_figures, was_paused
from app.widgets.recording_form import recording_form, recording_request
from app.widgets.text import parts, plain
from recorder.recorder import RecordingStatus
from store.metadata import Status

MARK_SHORTCUT = "M"
"""Streamlit shows it on the button, and leaves it to the field while somebody types there."""


def _start(services: Services, name: str) -> None:
    if succeeded(services.start_recording, recording_request(services.settings), name):
        st.session_state[Key.RECORD_NAME] = ""  # the next recording is another one


def _runs(services: Services) -> bool:
    return recorder_here(services).status().active


def _mark(services: Services) -> None:
    if steered(partial(_runs, services), recorder_here(services).mark, chosen(Key.RECORD_MARK, "").strip()):
        st.session_state[Key.RECORD_MARK] = ""
        st.toast("Marked this moment.", icon=":material/flag:")


def _ready(services: Services) -> None:
    name = environment(services.environments.names(), services.default_environment)
    place = services.environments.get(name)
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container(gap="xxsmall", width="stretch"):
            st.markdown(f"Ready to record from {called(place)}")
            st.caption(f"{plain(place.display_url)} · another environment is chosen in the sidebar")
        if name == MOCK:
            factory_switch(services)
        st.button(
            "Start recording",
            key=Key.RECORD_START,
            type="primary",
            icon=":material/radio_button_checked:",
            on_click=_start,
            args=(services, name),
        )
    no_connection_hint(services, name, "The recording starts and waits for it.")
    recording_form(services.settings)


def _running(services: Services, status: RecordingStatus) -> None:
    with st.container(border=True):
        st.subheader(plain(status.name), anchor=False)
        since = f"since {fmt.moment(status.started_ns, zone())}"
        st.caption(parts(plain(status.environment), plain(status.broker), plain(since)))
        _controls(services, paused=status.state is Status.PAUSED)
    live(recording_figures, FAST, services)


def _controls(services: Services, *, paused: bool) -> None:
    recorder, runs = recorder_here(services), partial(_runs, services)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if paused:
            st.button("Resume", key=Key.RECORD_RESUME, icon=":material/play_arrow:", type="primary",
                      on_click=steer, args=(runs, recorder.resume))  # fmt: skip
        else:
            st.button("Pause", key=Key.RECORD_PAUSE, icon=":material/pause:", on_click=steer,
                      args=(runs, recorder.pause))  # fmt: skip
        st.button("Stop", key=Key.RECORD_STOP, icon=":material/stop:", type="secondary" if paused else "primary",
                  on_click=steer, args=(runs, recorder.stop))  # fmt: skip
        _mark_field(services)
    if paused:
        st.caption(":orange[:material/pause_circle: Paused: what arrives now is not recorded.]")


def _mark_field(services: Services) -> None:
    """A form, so that Enter marks too."""
    with (
        st.form(Key.RECORD_MARK_FORM, border=False, width="content"),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        st.text_input("What happens now", key=Key.RECORD_MARK, placeholder="e.g. order sent", width=280)
        st.form_submit_button("Mark", key=Key.RECORD_ADD_MARK, icon=":material/flag:", on_click=_mark, args=(services,),
                              shortcut=MARK_SHORTCUT)  # fmt: skip


def _ended(services: Services, status: RecordingStatus) -> None:
    without = " without pauses" if was_paused(status, services.clock.now_ns()) else ""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container(gap="xxsmall", width="stretch"):
            st.badge("Last recording", icon=":material/check_circle:", color="gray" if status.problem else "green")
            st.text(status.name)
            st.caption(
                f"{fmt.messages(status.messages)} on {fmt.counted(status.topics, 'topic')} in "
                f"{fmt.duration(status.elapsed_s)}{without}. {plain(status.ended_reason)}"
            )
        analyse_link(status.session_id)
        replay_link(status.session_id)
    if status.problem:
        problem(status.problem)


def show(services: Services) -> None:
    """Draws the page."""
    page_header("Record", "Every message of a broker, with its exact time. It goes on when this browser is closed.")
    status = recorder_here(services).status()
    if status.active:
        _running(services, status)
        return
    if status.state is not None:
        _ended(services, status)
    _ready(services)


show(get_services())
