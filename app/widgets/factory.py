"""The switch of the simulated factory."""

from __future__ import annotations

import streamlit as st

from app.services import Services
from app.state import Key
from app.widgets.problems import attempt


def factory_switch(services: Services, place: str = "") -> None:
    """One button: starts the factory if it stands still, stops it if it runs. `place`: for a second one on a page."""
    status = services.mock.status()
    if status is not None and status.running:
        st.button(
            "Stop the simulated factory",
            key=f"{Key.FACTORY_STOP}{place}",
            icon=":material/stop_circle:",
            on_click=attempt,
            args=(services.mock.stop,),
        )
    else:
        st.button(
            "Start the simulated factory",
            key=f"{Key.FACTORY_START}{place}",
            icon=":material/factory:",
            on_click=attempt,
            args=(services.start_factory,),
        )
