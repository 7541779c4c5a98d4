"""Orders: storage and production, by colour; and those that wait and can be taken back."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app.services import Services
from app.state import Key, chosen
from app.widgets.steering_draft import prepare
from app.widgets.steering_now import rerun_when_others_wait, waiting_orders
from app.widgets.text import plain
from aps.command import Colour
from aps.factory_state import FactoryState

PRODUCTION, STORAGE = "Production", "Storage"
WORDS = {
    PRODUCTION: "A workpiece from the store is processed and delivered. Without one of this colour nobody answers.",
    STORAGE: "A workpiece that lies at the goods station is put into the store.",
}


def colour_choice() -> Colour:
    """The colour that is chosen."""
    found = st.segmented_control("Colour", list(Colour), default=Colour.WHITE, required=True, key=Key.STEERING_COLOUR,
                                 persist_state="session")  # fmt: skip
    return Colour(found or Colour.WHITE)


def workpiece_field(services: Services, help_text: str) -> str:
    """The number of a workpiece; a new one at first."""
    st.session_state.setdefault(Key.STEERING_WORKPIECE, services.steering.generator.new_workpiece_id())
    st.text_input("Workpiece", key=Key.STEERING_WORKPIECE, help=help_text, persist_state="session", width=220)
    return str(chosen(Key.STEERING_WORKPIECE, "")).strip()


def orders(services: Services, name: str, state: FactoryState) -> None:
    """Draws the form."""
    make = services.steering.generator
    with st.container(horizontal=True, vertical_alignment="bottom"):
        colour = colour_choice()
        kind = st.segmented_control("Order", [PRODUCTION, STORAGE], default=PRODUCTION, required=True,
                                    key=Key.STEERING_KIND, persist_state="session")  # fmt: skip
        if kind == STORAGE:
            workpiece = workpiece_field(services, "The number on its NFC tag: 14 hexadecimal digits.")
            build = partial(make.storage, colour, workpiece)
        else:
            cloud = st.toggle("Through the cloud gateway", key=f"{Key.STEERING_KIND}-cloud")
            build = partial(make.cloud_order if cloud else make.production, colour)
        st.button("Prepare the order", key=Key.STEERING_PREPARE, icon=":material/edit_note:", on_click=prepare,
                  args=(build,))  # fmt: skip
    st.caption(WORDS[kind or PRODUCTION])
    _waiting(services, name, state)


def _waiting(services: Services, name: str, state: FactoryState) -> None:
    """Only what has not begun can be taken back."""
    waiting = waiting_orders(state)
    for order_id, words in waiting.items():
        st.button(plain(f"Cancel {words}, which waits"), key=f"{Key.STEERING_PREPARE}-cancel-{order_id}",
                  icon=":material/cancel:", on_click=prepare,
                  args=(services.steering.generator.cancel, [order_id]))  # fmt: skip
    rerun_when_others_wait(services, name, list(waiting))
