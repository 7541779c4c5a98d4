"""What runs at the moment, as cards with live figures."""

from __future__ import annotations

import streamlit as st

from app import format as fmt
from app.replay_words import published_of, share_of, where
from app.services import Services
from app.state import Key
from app.widgets.links import record_link, replay_link
from app.widgets.problems import attempt
from app.widgets.recording_ring import SECONDS_PER_MINUTE, in_minutes
from app.widgets.sidebar import recording_badge
from app.widgets.text import plain
from recorder.recorder import RecordingStatus
from recorder.ring_status import RingStatus


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


def ring_lines(services: Services) -> None:
    """A line for each ring that runs, with a button that saves what it holds, or with why it has ended by itself."""
    for status in services.rings.noteworthy():
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            if status.active:
                st.markdown(_ring_words(status), width="stretch")
                st.button("Save it", key=f"{Key.RING_SAVE}-{status.environment}", icon=":material/save:",
                          on_click=attempt, args=(services.rings.save, status.environment),
                          disabled=status.saving_by_hand,
                          help="Makes a session of all that it holds.")  # fmt: skip
            else:
                why = f"The ring of {status.environment}: {status.problem}"
                st.markdown(f":orange[:material/warning: {plain(why)}]", width="stretch")
            record_link("Open the ring", status.environment)


def _ring_words(status: RingStatus) -> str:
    figures = f"{fmt.messages(status.messages)}, {fmt.size(status.bytes)}"
    if status.saving_until_ns is not None:
        return f":material/save: The ring of {plain(status.environment)} is saving: {plain(status.saving_reason)}"
    gap = " :orange[No connection; it is tried again.]" if status.in_gap else ""
    return (
        f":material/history: The ring of {plain(status.environment)} keeps the last "
        f"{in_minutes(status.keep_s / SECONDS_PER_MINUTE)}: **{figures}**.{gap}"
    )


def replay_card(services: Services) -> None:
    """The running replay, or that there is none."""
    status = services.player.status()
    with st.container(border=True, height="stretch"):
        if not status.active:
            st.badge("Nothing is replaying", icon=":material/play_circle:", color="gray")
            st.caption("A replay publishes a recording to a local broker with its original timing.")
            replay_link("", "Replay a session")
            return
        st.badge(f"Replay: {status.state}", icon=":material/play_circle:", color="blue")
        st.text(status.session_name)
        st.progress(share_of(status), where(status))
        st.markdown(f"**{published_of(status)}** published · {fmt.speed(status.speed)}")
        st.caption(f"{fmt.duration(status.elapsed_s)} to {plain(status.environment)}")
        replay_link("", "Open the replay")
