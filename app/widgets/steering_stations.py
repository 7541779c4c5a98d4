"""Sequences of a station: PICK, process, DROP in one bracket."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from app.services import Services
from app.state import Key
from app.widgets.steering_draft import prepare
from app.widgets.steering_now import station_now
from app.widgets.steering_orders import colour_choice, workpiece_field
from app.widgets.steering_sequences import add, begin
from app.widgets.text import plain
from aps.command import ACTIONS, Action, Colour, Command, titled
from aps.modules import BY_NAME, DPS, HBW
from aps.sequences import module_sequence

SINGLE = (HBW.name, DPS.name)
"""They do one thing at a time: the store stores or retrieves, the goods station takes in or gives out."""
WORDS = {
    "HBW": "PICK puts a workpiece from the vehicle into the store, DROP takes one of this colour out.",
    "DPS": "DROP puts a workpiece that was delivered onto the vehicle, PICK gives one out.",
}
USUAL_WORDS = "PICK takes the workpiece off the vehicle, DROP puts it back. One order id, rising update ids."


def stations(services: Services, name: str) -> None:
    """Draws the form."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        station = st.segmented_control("Station", list(ACTIONS), default="DRILL", required=True,
                                       key=Key.STEERING_STATION, persist_state="session") or "DRILL"  # fmt: skip
        colour = colour_choice()
        workpiece = workpiece_field(services, "Its number, as far as it is known; empty: nobody knows it.")
    serial, make = BY_NAME[station].serial, services.steering.generator
    steps = _steps(station)
    title = titled(serial, " → ".join(steps))
    sequence = partial(
        module_sequence, make, serial, [Action(one) for one in steps], colour=colour, workpiece_id=workpiece
    )
    with st.container(horizontal=True):
        st.button("Prepare the sequence", key=Key.STEERING_PREPARE, icon=":material/edit_note:", disabled=not steps,
                  on_click=begin, args=(services, name, title, sequence))  # fmt: skip
        st.button("Ask for its factsheet", key=f"{Key.STEERING_PREPARE}-factsheet", icon=":material/description:",
                  on_click=prepare, args=(make.module_action, serial, "factsheetRequest"))  # fmt: skip
        st.button("Reset the station", key=f"{Key.STEERING_PREPARE}-reset", icon=":material/restart_alt:",
                  on_click=prepare, args=(make.module_action, serial, "reset"))  # fmt: skip
        if serial == DPS.serial:
            st.button("Throw away what lies in it", key=f"{Key.STEERING_PREPARE}-cancel", icon=":material/delete:",
                      on_click=prepare, args=(make.cancel_storage,))  # fmt: skip
        _additions(services, name, serial, steps, partial(_more, sequence))
    if serial == DPS.serial:
        _announcement(services, colour)
    st.caption(WORDS.get(station, USUAL_WORDS))
    station_now(services, name, serial)


def _additions(services: Services, name: str, serial: str, steps: list[str], more: Callable[..., object]) -> None:
    """More commands for the open orders of this station."""
    for one in services.steering.orders.open(name):
        if one.steps[0].topic == f"module/v1/ff/{serial}/order":
            st.button(plain(f"Add to order {one.order_id[:8]}"), key=f"{Key.STEERING_PREPARE}-add-{one.order_id}",
                      icon=":material/playlist_add:", disabled=not steps, on_click=add,
                      args=(services, one.order_id, " → ".join([one.title, *steps]), more))  # fmt: skip


def _announcement(services: Services, colour: Colour) -> None:
    """The goods station is told which order will bring it a piece."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order_id = st.text_input("Order that will bring a workpiece", key=f"{Key.STEERING_PREPARE}-order", width=340)
        st.button("Announce it", key=f"{Key.STEERING_PREPARE}-announce", icon=":material/campaign:", on_click=prepare,
                  args=(services.steering.generator.announce_output, order_id.strip(), colour))  # fmt: skip


def _more(sequence: Callable[..., tuple[Command, ...]], order_id: str, first: int) -> tuple[Command, ...]:
    return sequence(order_id, first=first)


def _steps(station: str) -> list[str]:
    """In the order in which the station does them."""
    possible = [action.value for action in ACTIONS[station]]
    key = f"{Key.STEERING_STEPS}-{station}"
    if station in SINGLE:
        found = st.segmented_control("Command", possible, default=possible[0], required=True, key=key)
        return [found or possible[0]]
    picked = st.pills("Commands", possible, selection_mode="multi", default=possible, key=key)
    return [one for one in possible if one in picked]
