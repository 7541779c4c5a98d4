"""Steering: commands to the factory by hand, each shown before it is sent, and its answer."""

from __future__ import annotations

import streamlit as st

from app.mock_factory import NAME as MOCK
from app.services import Services, get_services
from app.state import Key
from app.widgets.connection import called, no_connection_hint
from app.widgets.factory import factory_switch
from app.widgets.header import page_header
from app.widgets.problems import attempt
from app.widgets.recorder_here import environment_here
from app.widgets.replay_confirm import COMMANDED, confirmation
from app.widgets.steering_calibration import calibration
from app.widgets.steering_draft import draft
from app.widgets.steering_factory import factory_commands
from app.widgets.steering_now import present_state
from app.widgets.steering_orders import orders
from app.widgets.steering_sent import sent_commands
from app.widgets.steering_setup import setup_commands
from app.widgets.steering_stations import stations
from app.widgets.steering_vehicles import vehicles
from app.widgets.steering_workflows import workflows
from app.widgets.text import plain
from aps.factory_state import FactoryState

ORDERS, VEHICLES, STATIONS, FACTORY = "Orders", "Vehicles", "Stations", "Factory"
SETUP, CALIBRATION = "Setup", "Calibration"
SECTIONS = [ORDERS, VEHICLES, STATIONS, FACTORY, SETUP, CALIBRATION]


def _section(services: Services, name: str, state: FactoryState) -> None:
    section = st.segmented_control("What to steer", SECTIONS, default=ORDERS,
                                   required=True, key=Key.STEERING_SECTION, persist_state="session",
                                   label_visibility="collapsed")  # fmt: skip
    if section == VEHICLES:
        vehicles(services, name, state)
    elif section == STATIONS:
        stations(services, name)
    elif section == FACTORY:
        factory_commands(services)
    elif section == SETUP:
        setup_commands(services, state)
    elif section == CALIBRATION:
        calibration(services)
    else:
        orders(services, name, state)


def _simulated(services: Services) -> None:
    """A factory that works by itself has no hands free for what is steered."""
    st.session_state[Key.STEERING_IDLE] = services.mock.idle
    st.toggle("It waits for commands", key=Key.STEERING_IDLE, on_change=_change_idle, args=(services,),
              help="Otherwise the simulated factory orders by itself, one piece after the other. Changing this starts "
              "it anew.")  # fmt: skip
    factory_switch(services)


def _change_idle(services: Services) -> None:
    attempt(services.mock.be_idle, bool(st.session_state[Key.STEERING_IDLE]))


def show(services: Services) -> None:
    """Draws the page."""
    page_header("Steering", "Commands to the factory by hand: shown and checked before they are sent, then followed.")
    name = environment_here(services)
    place = services.environments.get(name)
    state = present_state(services, name)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{called(place)} · {plain(place.display_url)}", width="stretch")
        if name == MOCK:
            _simulated(services)
    no_connection_hint(services, name, "Nothing can be sent until it does.")
    if not place.may_publish:
        confirmation(place, "sent", COMMANDED)
    _section(services, name, state)
    draft(services, name)
    workflows(services, name)
    sent_commands(services, name)


show(get_services())
