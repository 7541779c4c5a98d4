"""What runs at the moment, as cards with live figures."""

from __future__ import annotations

import streamlit as st

from app import format as fmt
from app.services import Services
from app.widgets.links import record_link, replay_link
from app.widgets.sidebar import progress, recording_badge
from app.widgets.text import plain
from recorder.recorder import RecordingStatus


def recording_cards(services: Services) -> None:
    """A card for each running recording, or one that says that there is none."""
    for status in services.recorders.active() or [RecordingStatus()]:
        _recording_card(status)


def _recording_card(status: RecordingStatus) -> None:
    with st.container(border=True, height="stretch"):
        if not status.active:
            st.badge("Nothing is recording", icon=":material/radio_button_unchecked:", color="gray")
            st.caption("A recording keeps every message of a broker with its exact time.")
            record_link("Record something")
            return
        recording_badge(status)
        st.text(status.name)
        st.markdown(f"**{fmt.messages(status.messages)}** · {fmt.rate(status.rate_per_s)} · {fmt.size(status.bytes)}")
        st.caption(f"{fmt.duration(status.elapsed_s)} on {plain(status.environment)}, {plain(status.broker)}")
        if status.problem:
            st.caption(f":orange[:material/warning: {plain(status.problem)}]")
        record_link("Open the recording", status.environment)


def replay_card(services: Services) -> None:
    """The running replay, or that there is none."""
    status = services.player.status()
    with st.container(border=True, height="stretch"):
        if not status.active:
            st.badge("Nothing is replaying", icon=":material/play_circle:", color="gray")
            st.caption("A replay publishes a recording to a local broker with its original timing.")
            replay_link("", "Replay a session")
            return
        st.badge(f"Replay: {status.state}", icon=":material/play_circle:", color="primary")
        st.text(status.session_name)
        st.progress(progress(status))
        st.markdown(f"**{fmt.number(status.published)}** of {fmt.messages(status.planned)} · {fmt.speed(status.speed)}")
        st.caption(f"{fmt.duration(status.elapsed_s)} to {plain(status.environment)}")
        replay_link("", "Open the replay")
