"""Links between the pages; a session travels in the address, so that a link can be kept and shared."""

from __future__ import annotations

import streamlit as st

from app.state import SESSION_PARAMETER, Key

HOME = "screens/home.py"
RECORD = "screens/record.py"
SESSIONS = "screens/sessions.py"
ANALYSE = "screens/analyse.py"
REPLAY = "screens/replay.py"
SETTINGS = "screens/settings.py"


def analyse_link(session_id: str, label: str = "Analyse") -> None:
    """Opens the analysis of a session."""
    st.page_link(ANALYSE, label=label, icon=":material/query_stats:", query_params=_address(session_id))


def replay_link(session_id: str, label: str = "Replay") -> None:
    """Opens the replay of a session; with an empty id the page itself."""
    st.page_link(REPLAY, label=label, icon=":material/play_circle:", query_params=_address(session_id))


def record_link(label: str = "Record") -> None:
    """Opens the page that records."""
    st.page_link(RECORD, label=label, icon=":material/radio_button_checked:")


def sessions_link(label: str = "Sessions") -> None:
    """Opens the list of sessions."""
    st.page_link(SESSIONS, label=label, icon=":material/video_library:")


def settings_link(label: str = "Settings") -> None:
    """Opens the settings."""
    st.page_link(SETTINGS, label=label, icon=":material/settings:")


def page_button(page: str, session_id: str, label: str, icon: str, *, key: Key) -> None:
    """A link that looks like the next step to take. To be drawn outside of fragments, which cannot leave their page."""
    if st.button(label, key=key, type="primary", icon=icon):
        st.switch_page(page, query_params=_address(session_id))


def _address(session_id: str) -> dict[str, str] | None:
    return {SESSION_PARAMETER: session_id} if session_id else None
