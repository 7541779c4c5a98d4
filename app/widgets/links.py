"""Links between the pages; a session travels in the address, so that a link can be kept and shared."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app.state import ENVIRONMENT_PARAMETER, SESSION_PARAMETER, Key

HOME = "screens/home.py"
RECORD = "screens/record.py"
SESSIONS = "screens/sessions.py"
ANALYSE = "screens/analyse.py"
REPLAY = "screens/replay.py"
SETTINGS = "screens/settings.py"
FACTORY = "screens/factory.py"


def analyse_link(session_id: str, label: str = "Analyse") -> None:
    """Opens the analysis of a session."""
    st.page_link(ANALYSE, label=label, icon=":material/query_stats:", query_params=_address(session_id))


def replay_link(session_id: str, label: str = "Replay") -> None:
    """Opens the replay of a session; with an empty id the page itself."""
    st.page_link(REPLAY, label=label, icon=":material/play_circle:", query_params=_address(session_id))


def record_link(label: str = "Record", environment: str = "") -> None:
    """Opens the page that records, on an environment if one is named."""
    st.page_link(RECORD, label=label, icon=":material/radio_button_checked:", query_params=_address("", environment))


def sessions_link(label: str = "Sessions", session_id: str = "") -> None:
    """Opens the list of sessions, with one of them selected if it is named."""
    st.page_link(SESSIONS, label=label, icon=":material/video_library:", query_params=_address(session_id))


def import_link() -> None:
    """Opens the page with the importer."""
    st.page_link(SESSIONS, label="Import", icon=":material/upload_file:", query_params=_address(""))


def first_steps() -> None:
    """The ways to a first session."""
    record_link()
    import_link()


def settings_link(label: str = "Settings") -> None:
    """Opens the settings."""
    st.page_link(SETTINGS, label=label, icon=":material/settings:", query_params=_address(""))


def factory_link(label: str = "Look at the factory") -> None:
    """Opens the overview of the factory."""
    st.page_link(FACTORY, label=label, icon=":material/factory:", query_params=_address(""))


def page_button(
    page: str,
    session_id: str,
    label: str,
    icon: str,
    *,
    key: Key,
    first: bool,
    before: Callable[[], None] | None = None,
) -> None:
    """A link that looks like a step to take, or `first` like the next one; does `before` on its way.

    To be drawn outside of fragments, which cannot leave their page.
    """
    if st.button(label, key=key, type="primary" if first else "secondary", icon=icon, on_click=before):
        st.switch_page(page, query_params=_address(session_id))


def _address(session_id: str, environment: str = "") -> dict[str, str] | None:
    """The environment that is looked at goes along, so that a link in a tab of its own keeps it, too."""
    here = environment or st.query_params.get(ENVIRONMENT_PARAMETER, "")
    address = {SESSION_PARAMETER: session_id, ENVIRONMENT_PARAMETER: here}
    return {name: value for name, value in address.items() if value} or None
