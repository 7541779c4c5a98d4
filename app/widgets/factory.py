"""The switch of the simulated factory."""

from __future__ import annotations

import streamlit as st

from app.services import Services
from app.state import Key
from app.widgets.problems import attempt


def factory_switch(services: Services) -> None:
    """One button: starts the factory if it stands still, stops it if it runs."""
    status = services.mock.status()
    if status is not None and status.running:
        st.button(
            "Stop the simulated factory",
            key=Key.FACTORY_STOP,
            icon=":material/stop_circle:",
            on_click=attempt,
            args=(services.mock.stop,),
        )
    else:
        st.button(
            "Start the simulated factory",
            key=Key.FACTORY_START,
            icon=":material/factory:",
            on_click=attempt,
            args=(services.start_factory,),
        )
