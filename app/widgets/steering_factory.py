"""The factory as a whole: reset, layout, parking."""

from __future__ import annotations

import streamlit as st

from app.services import Services
from app.state import Key
from app.widgets.steering_draft import prepare


def factory_commands(services: Services) -> None:
    """Draws the buttons."""
    make = services.steering.generator
    empties = st.toggle("The reset also empties the store", key=Key.STEERING_STORAGE)
    choices = (
        ("Factory reset", "restart_alt", lambda: make.reset(with_storage=empties)),
        ("Default layout", "map", make.default_layout),
        ("Park for transport", "local_shipping", make.park),
    )
    with st.container(horizontal=True):
        for label, icon, build in choices:
            st.button(label, key=f"{Key.STEERING_PREPARE}-{label}", icon=f":material/{icon}:", on_click=prepare,
                      args=(build,))  # fmt: skip
    st.caption(
        "A reset ends all orders at once and lets all stations start anew. It is asked for once more before it is sent."
    )
