"""What records on other environments than the one that the visitor looks at."""

from __future__ import annotations

import streamlit as st

from app.services import Services
from app.state import Key
from app.widgets.text import plain, shortened
from recorder.recorder import RecordingStatus
from store.metadata import Status


def recording_elsewhere(services: Services, here: str) -> None:
    """One line for each, with a button that switches to it; nothing if there is none."""
    for status in services.recorders.active():
        if status.environment != here:
            with st.container(border=True, horizontal=True, vertical_alignment="center"):
                st.markdown(
                    f":red[:material/radio_button_checked:] On **{plain(status.environment)}** {_doing(status)}: "
                    f"{plain(shortened(status.name))}",
                    width="stretch",
                )
                st.button("Show it", key=f"{Key.RECORD_ELSEWHERE}_{status.environment}",
                          icon=":material/arrow_forward:", on_click=_look_at, args=(status.environment,))  # fmt: skip


def _doing(status: RecordingStatus) -> str:
    if status.state is Status.PAUSED:
        return "a recording is paused"
    return "a recording runs" if status.state is Status.IN_PROGRESS else "a session waits for its beginning"


def _look_at(environment: str) -> None:
    st.session_state[Key.ENVIRONMENT] = environment
