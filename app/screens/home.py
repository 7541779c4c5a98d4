"""Home: what is going on, the last sessions, and the first step for a newcomer."""

from __future__ import annotations

import streamlit as st

from app.services import Services, get_services
from app.state import zone
from app.widgets.activity import recording_cards, replay_card, ring_lines
from app.widgets.empty import empty_state
from app.widgets.header import page_header
from app.widgets.links import analyse_link, first_steps, replay_link, sessions_link
from app.widgets.live import FAST, live
from app.widgets.problems import hint
from app.widgets.sessions import in_a_line, own_sessions, started, status_words
from app.widgets.text import plain, shortened
from app.widgets.trial import invitation, trial_exists, trial_progress
from store.catalog import SessionEntry
from store.metadata import Status

SHOWN = 5  # of the last sessions


def _now(services: Services) -> None:
    left, right = st.columns(2)
    with left:
        recording_cards(services)
    with right:
        replay_card(services)
    ring_lines(services)


def _last_sessions(entries: list[SessionEntry]) -> None:
    st.subheader("Last sessions", anchor=False)
    if not entries:
        empty_state("video_library", "No sessions yet", "Record one, or import a recording that you have.", first_steps)
        return
    for entry in entries[:SHOWN]:
        _session(entry)
    if len(entries) > SHOWN:
        sessions_link(f"All {len(entries)} sessions")


def _session(entry: SessionEntry) -> None:
    with st.container(border=True):
        what, links = st.columns([3, 2], vertical_alignment="center")
        with what, st.container(gap="xxsmall"):
            st.text(shortened(entry.name))
            st.caption(plain(_about(entry)))
        with links, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
            _state_and_links(entry)


def _about(entry: SessionEntry) -> str:
    """Of a running one only its start: the card above has its figures, and they go on."""
    return f"since {started(entry, zone())}" if entry.recording else in_a_line(entry, zone())


def _state_and_links(entry: SessionEntry) -> None:
    if entry.metadata is None:
        st.badge(status_words(entry), icon=":material/error:", color="red")
        sessions_link(session_id=entry.id)
        return
    if entry.recording:
        writes = entry.metadata.status is Status.IN_PROGRESS
        st.badge(status_words(entry), icon=":material/radio_button_checked:", color="red" if writes else "orange")
    elif entry.interrupted:
        st.badge(status_words(entry), icon=":material/power_off:", color="orange")
    elif entry.metadata.status is Status.FAILED:
        st.badge(status_words(entry), icon=":material/error:", color="orange")
    analyse_link(entry.id)
    replay_link(entry.id)


def _recovered(services: Services, entries: list[SessionEntry]) -> None:
    """What a crash had left open was closed properly when the program started: nobody should have to find out."""
    names = {entry.path: entry.name for entry in entries}  # without those that have been deleted since
    found = [entry for entry in services.recovered if entry.path in names]
    whole = ", ".join(f"'{names[entry.path]}'" for entry in found if not entry.problem)
    if whole:
        hint(f"The program had ended during a recording. All that had arrived until then is in: {whole}.")
    for entry in found:
        if entry.problem:
            hint(f"The program had ended during the recording of '{names[entry.path]}'. {entry.problem}")


def show(services: Services) -> None:
    """Draws the page."""
    page_header("Home", "Record what flows through an MQTT broker, look at it, and replay it with its original timing.")
    entries = services.catalog.sessions()
    with st.container():  # each part has a place of its own, so that none is drawn where another one was
        _recovered(services, entries)
    with st.container():
        if trial_exists(services):
            trial_progress(services)
        elif not own_sessions(entries):
            invitation(services)
    runs = services.recorders.active() or services.rings.active() or services.player.status().active
    with st.container():
        live(_now, FAST if runs else None, services)
    with st.container():
        _last_sessions(entries)


show(get_services())
