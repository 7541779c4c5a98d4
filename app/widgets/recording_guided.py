"""The guided way to a recording: configure it, assign its source, start the acquisition."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Literal

import streamlit as st

from app import format as fmt
from app.services import Services
from app.sources import as_known
from app.state import Key, chosen, forget, zone
from app.widgets.problems import last_problem, succeeded
from app.widgets.recording_duration import chosen_duration, recording_duration, set_duration
from app.widgets.recording_form import recording_form, recording_request, source_field
from app.widgets.text import parts, plain
from recorder.recorder import RecordingStatus
from store.metadata import Status

STEPS = ("Configure", "Assign the source", "Start the acquisition")


def step_bar(present: int) -> None:
    """All steps, from 1; those before the present one are done."""
    with st.container(horizontal=True, gap="small"):
        for number, name in enumerate(STEPS, 1):
            icon, colour = _step_look(number, present)
            st.badge(f"{number} {name}", icon=icon, color=colour)


def _step_look(number: int, present: int) -> tuple[str, Literal["green", "blue", "gray"]]:
    if number < present:
        return ":material/check_circle:", "green"
    if number == present:
        return ":material/radio_button_checked:", "blue"
    return ":material/radio_button_unchecked:", "gray"


def guided_configuration(services: Services, environment: str) -> None:
    """Step 1. Nothing has been created yet."""
    step_bar(1)
    recording_form(services.settings, guided=True)
    st.button(
        "Create session",
        key=Key.GUIDED_CREATE,
        type="primary",
        icon=":material/arrow_forward:",
        on_click=_create,
        args=(services, environment),
        help="Nothing is recorded before the acquisition is started.",
    )


def _create(services: Services, environment: str) -> None:
    request = recording_request(services.settings, guided=True)
    if succeeded(services.prepare_recording, request, environment):
        st.session_state[Key.RECORD_NAME] = ""  # the next recording is another one
        st.session_state[Key.GUIDED_SESSION] = services.recorders.of(environment).status().session_id


def guided_steps(services: Services, status: RecordingStatus) -> None:
    """Steps 2 and 3 of the session that was created; which one it is the recorder knows."""
    with st.container(border=True):
        st.subheader(plain(status.name), anchor=False)
        since = f"created {fmt.moment(status.started_ns, zone())}"
        st.caption(parts(plain(status.environment), plain(status.broker), plain(since)))
        if status.state is Status.RECORDING:
            step_bar(2)
            _source_step(services, status)
        else:
            step_bar(3)
            _start_step(services, status)


def _go_on(services: Services, status: RecordingStatus, action: Callable[..., object], *args: object) -> bool:
    """Takes a step, unless somebody else has taken one meanwhile. Tells whether it went well."""
    if _waits(services, status) and succeeded(action, *args):
        return True
    if not _waits(services, status):
        forget(Key.PROBLEM)
        st.toast("Somebody else has gone on with it.", icon=":material/info:")
    return False


def _waits(services: Services, status: RecordingStatus) -> bool:
    """Whether it still is this session, and nobody has gone on with it meanwhile."""
    now = services.recorders.of(status.environment).status()
    return now.active and (now.session_id, now.state) == (status.session_id, status.state)


def _source_step(services: Services, status: RecordingStatus) -> None:
    st.write("Where is it recorded? The session keeps the answer; “Unknown” is one, too.")
    source_field(services.settings, Key.GUIDED_SOURCE)
    with st.container(horizontal=True):
        st.button("Assign the source", key=Key.GUIDED_ASSIGN, type="primary", icon=":material/arrow_forward:",
                  on_click=_assign, args=(services, status))  # fmt: skip
        _cancel_button(services, status)


def _assign(services: Services, status: RecordingStatus) -> None:
    source = as_known(chosen(Key.GUIDED_SOURCE, ""), services.settings)
    _go_on(services, status, services.recorders.of(status.environment).assign_source, source)


def _start_step(services: Services, status: RecordingStatus) -> None:
    if chosen(Key.GUIDED_SESSION, "") != status.session_id:  # created in another browser, or before a reload
        st.session_state[Key.GUIDED_SESSION] = status.session_id
        set_duration(status.duration_s)
    st.markdown(f"Source: **{plain(status.source)}**. Nothing has been recorded yet.")
    recording_duration()
    with st.container(horizontal=True):
        st.button("Start the acquisition", key=Key.GUIDED_BEGIN, type="primary",
                  icon=":material/radio_button_checked:", on_click=_begin, args=(services, status))  # fmt: skip
        st.button("Back to the source", key=Key.GUIDED_BACK, icon=":material/arrow_back:",
                  on_click=_back, args=(services, status))  # fmt: skip
        _cancel_button(services, status)


def _back(services: Services, status: RecordingStatus) -> None:
    _go_on(services, status, services.recorders.of(status.environment).withdraw_source)


def _begin(services: Services, status: RecordingStatus) -> None:
    seconds = chosen_duration()
    begin = services.recorders.of(status.environment).begin
    _go_on(services, status, begin, inf if seconds is None else seconds)


def _cancel_button(services: Services, status: RecordingStatus) -> None:
    if st.button("Cancel", key=Key.GUIDED_CANCEL, type="tertiary", icon=":material/close:"):
        _ask_before_cancel(services, status)


@st.dialog("Cancel this recording?", icon=":material/close:")
def _ask_before_cancel(services: Services, status: RecordingStatus) -> None:
    st.text(status.name)
    st.write("The session ends, and it holds nothing. What was typed in the form stays there.")
    with st.container(horizontal=True):
        clicked = [
            st.button(":red[:material/delete_forever: Delete it]", key=Key.GUIDED_DELETE, on_click=_cancel,
                      args=(services, status, True)),
            st.button("Keep it, empty", key=Key.GUIDED_KEEP, on_click=_cancel, args=(services, status, False)),
            st.button("Go on with it", key=Key.GUIDED_GO_ON, type="primary"),
        ]  # fmt: skip
    last_problem()
    if any(clicked) and not chosen(Key.PROBLEM, ""):
        st.rerun()


def _cancel(services: Services, status: RecordingStatus, delete: bool) -> None:
    if _go_on(services, status, services.recorders.of(status.environment).stop) and delete:
        delete_if_empty(services, status.session_id)


def delete_if_empty(services: Services, session_id: str) -> None:
    """Deletes a session that has ended, unless it holds messages after all."""
    entry = services.catalog.get(session_id)
    if entry.summary is not None and not entry.summary.messages:
        succeeded(services.catalog.delete, session_id)
