"""What goes wrong in the simulated factory: said while it is on, switched on and off."""

from __future__ import annotations

import streamlit as st

from app.services import Services
from app.state import Key, chosen
from app.widgets.live import FAST, live
from app.widgets.problems import attempt
from app.widgets.text import plain
from aps.fault_words import NAMES, fault_words, target_words
from aps.simulator.faults import TARGETS, Fault

ALL = ""
"""The target that is all of them."""
USUAL_PERCENT = 100


def factory_faults(services: Services) -> None:
    """Draws it."""
    live(_on, FAST, services)
    with st.expander("Let something go wrong", key=Key.FAULT_BOX, icon=":material/bolt:"):
        _switch(services)


def _on(services: Services) -> None:
    """Those that are on; another visitor may have switched them on."""
    faults = services.mock.faults
    active = faults.active()
    with st.container(gap="xxsmall"):
        for fault in active:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(f":orange[:material/bolt: {plain(fault_words(fault))}]", width="content")
                st.button("Switch off", key=f"{Key.FAULT_OFF}-{fault.name}-{fault.target}", type="tertiary",
                          icon=":material/power_settings_new:", on_click=faults.switch_off,
                          args=(fault.name, fault.target))  # fmt: skip
        if len(active) > 1:
            st.button("Switch all off", key=Key.FAULT_CLEAR, type="tertiary", on_click=faults.clear)
    status = services.mock.status()
    if active and (status is None or not status.running):
        st.caption("The simulated factory stands still: this happens when it is started.")


def _switch(services: Services) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("What goes wrong", list(TARGETS), format_func=NAMES.__getitem__, key=Key.FAULT_NAME,
                            persist_state="session", width=240)  # fmt: skip
        if chosen(Key.FAULT_TARGET, ALL) not in (ALL, *TARGETS[name]):
            st.session_state[Key.FAULT_TARGET] = ALL
        target = st.selectbox("With", [ALL, *TARGETS[name]], format_func=lambda one: target_words(name, one),
                              key=Key.FAULT_TARGET, persist_state="session", width=160)  # fmt: skip
        percent = st.number_input("How often, %", 1, 100, USUAL_PERCENT, key=Key.FAULT_SHARE, persist_state="session",
                                  width=130, help="Of the checks, commands, orders or readings.")  # fmt: skip
        fault = Fault(name, target, int(percent) / 100)
        st.button("Switch on", key=Key.FAULT_ON, icon=":material/bolt:", on_click=attempt,
                  args=(services.mock.faults.switch_on, fault))  # fmt: skip
    st.caption(f"{plain(fault_words(fault))}. On the command line: `session-manager simulate --fault {fault}`")
    if services.mock.seed is not None:
        again = f"simulate --seed {services.mock.seed} --camera{' --idle' if services.mock.idle else ''}"
        st.caption(f"This factory again, as long as nobody sends it a command: `session-manager {again}`")
