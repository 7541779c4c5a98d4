"""Factory: what its stations and vehicles do at this moment, what is in store, and how far the orders are."""

from __future__ import annotations

import streamlit as st

from app.mock_factory import NAME as MOCK
from app.services import Services, get_services
from app.state import zone
from app.widgets.connection import called, no_connection_hint
from app.widgets.empty import empty_state
from app.widgets.factory import factory_switch
from app.widgets.factory_faults import factory_faults
from app.widgets.factory_floor import factory_floor
from app.widgets.header import page_header
from app.widgets.links import replay_link, settings_link
from app.widgets.live import FAST, live
from app.widgets.recorder_here import environment_here
from app.widgets.text import plain
from aps.factory_state import factory_state


def _first_steps(services: Services, name: str) -> None:
    """Into a broker that is not marked for publishing nobody replays in passing: is it the right one?"""
    if name != MOCK and services.environments.get(name).may_publish:
        replay_link("", "Replay a session")
    elif name != MOCK:
        settings_link("Test the connection")
    elif not _runs(services):
        factory_switch(services, "-first")


def _runs(services: Services) -> bool:
    status = services.mock.status()
    return status is not None and status.running


def _now(services: Services, name: str) -> None:
    """What is known at this moment."""
    state = factory_state(services.factory_watch.newest(services.client(name)))
    before = "What is shown is what was known before."
    no_connection_hint(services, name, before if state.known else "It is tried again.")
    if state.known and name == MOCK and not _runs(services):
        st.caption(f":material/pause_circle: The simulated factory stands still. {before}")
    if state.known:
        factory_floor(state, services.clock.now_ns(), zone())
        return
    empty_state("factory", "Nothing heard of a factory yet",
                "No message of its stations, vehicles or orders has come from this broker. The page fills by itself.",
                lambda: _first_steps(services, name))  # fmt: skip


def show(services: Services) -> None:
    """Draws the page."""
    page_header(
        "Factory", "What the stations and vehicles do at this moment, what is in store, how far the orders are."
    )
    name = environment_here(services)
    place = services.environments.get(name)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{called(place)} · {plain(place.display_url)}", width="stretch")
        if name == MOCK:
            factory_switch(services)
    if name == MOCK:
        factory_faults(services)
    live(_now, FAST, services, name)


show(get_services())
