"""The way to a broker that is not marked for publishing: its address has to be typed."""

from __future__ import annotations

import streamlit as st

from app.state import Key, chosen
from app.widgets.connection import called
from app.widgets.text import plain
from mqtt.environments import Environment

REPLAYED = (
    "machines and people that are connected to this broker would take replayed messages for real ones, orders and "
    "commands included"
)
COMMANDED = "machines that are connected to this broker obey: they move, drill, and drive"


def confirmation(place: Environment, done: str = "replayed", because: str = REPLAYED) -> bool:
    """Asks for the broker's address, and tells whether it was given. `done` and `because` are our own words."""
    st.warning(
        f"**Nothing is {done} to {called(place)} unless you confirm it.** It is not marked for publishing: {because}. "
        f"To go on all the same, type its address, {plain(place.display_url)}, and press Enter.",
        icon=":material/report:",
    )
    st.text_input("Address of the broker", key=Key.REPLAY_CONFIRM, placeholder="mqtt://host:port",
                  autocomplete="off")  # fmt: skip
    typed = chosen(Key.REPLAY_CONFIRM, "").strip()
    if typed and not confirmed(place):
        st.caption(f":material/close: This is not the address of {called(place)}, so nothing is {done} to it.")
    return bool(confirmed(place))


def confirmed(place: Environment) -> str:
    """The address, if it is this broker's; else an empty text. It is asked for anew for every replay."""
    typed = chosen(Key.REPLAY_CONFIRM, "").strip()
    return typed if typed == place.display_url else ""
