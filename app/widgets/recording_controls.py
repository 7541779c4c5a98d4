"""Pause, resume, stop and mark."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app.services import Services
from app.state import Key, chosen
from app.widgets.problems import steer, steered
from app.widgets.recorder_here import recorder_here

MARK_SHORTCUT = "M"
"""Streamlit shows it on the button, and leaves it to the field while somebody types there."""


def recording_controls(services: Services, *, paused: bool) -> None:
    """Draws them for the recording on the visitor's environment."""
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


def _runs(services: Services) -> bool:
    return recorder_here(services).status().active


def _mark(services: Services) -> None:
    if steered(partial(_runs, services), recorder_here(services).mark, chosen(Key.RECORD_MARK, "").strip()):
        st.session_state[Key.RECORD_MARK] = ""
        st.toast("Marked this moment.", icon=":material/flag:")


def _mark_field(services: Services) -> None:
    """A form, so that Enter marks too."""
    with (
        st.form(Key.RECORD_MARK_FORM, border=False, width="content"),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        st.text_input("What happens now", key=Key.RECORD_MARK, placeholder="e.g. order sent", width=280)
        st.form_submit_button("Mark", key=Key.RECORD_ADD_MARK, icon=":material/flag:", on_click=_mark, args=(services,),
                              shortcut=MARK_SHORTCUT)  # fmt: skip
