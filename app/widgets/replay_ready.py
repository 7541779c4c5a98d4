"""Before a replay: where it goes, what may be in its way, the start, and the form."""

from __future__ import annotations

import streamlit as st

from app.mock_factory import NAME as MOCK
from app.services import Services
from app.state import Key, environment, zone
from app.widgets.connection import LOCAL, called, no_connection_hint
from app.widgets.factory import factory_switch
from app.widgets.problems import hint, succeeded
from app.widgets.replay_confirm import confirmation, confirmed
from app.widgets.replay_form import replay_form, replay_request, wants_proof
from app.widgets.replay_preflight import replay_preflight
from app.widgets.sessions import in_a_line
from app.widgets.text import plain
from replay.guard import why_not
from store.catalog import SessionEntry


def replay_ready(services: Services, entry: SessionEntry) -> None:
    """Draws it for one session."""
    st.caption(plain(in_a_line(entry, zone())))
    name = environment(services.environments.names(), services.default_environment)
    reason = why_not(services.client(name))
    place = services.environments.get(name)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container(gap="xxsmall", width="stretch"):
                st.markdown(f"Replay to {called(place)}")
                st.caption(f"{plain(place.display_url)} · choose another one in the sidebar")
            st.button("Start replay", key=Key.REPLAY_START, type="primary", icon=":material/play_arrow:",
                      disabled=bool(reason) and not confirmed(place), on_click=_start,
                      args=(services, entry, name))  # fmt: skip
        replay_preflight(services, name)
    if reason:
        confirmation(place)
        st.button(f"Switch to {LOCAL}", key=Key.REPLAY_SWITCH, icon=":material/swap_horiz:", on_click=_look_at,
                  args=(LOCAL,))  # fmt: skip
    if not reason or confirmed(place):
        no_connection_hint(services, name, "The replay starts and waits for it.")
    _other_publishers(services, name)
    replay_form(services, entry, name)


def _other_publishers(services: Services, name: str) -> None:
    factory = services.mock.status()
    if name == MOCK and factory is not None and factory.running:
        hint("The simulated factory publishes on this broker too. Stop it first, or both will mix.")
        factory_switch(services)


def _start(services: Services, entry: SessionEntry, name: str) -> None:
    address = confirmed(services.environments.get(name))

    def start() -> None:
        services.start_replay(replay_request(services, entry), name, prove=wants_proof(), confirmed=address)

    if succeeded(start):
        st.session_state[Key.REPLAY_CONFIRM] = ""  # the next replay is confirmed anew


def _look_at(name: str) -> None:
    st.session_state[Key.ENVIRONMENT] = name
