"""Settings: brokers and whether they answer, where sessions are kept, and how moments are shown."""

from __future__ import annotations

from zoneinfo import available_timezones

import pandas as pd
import streamlit as st

from app import format as fmt
from app.mock_factory import NAME as MOCK
from app.services import Services, get_services, product_version
from app.state import BROWSER_ZONE, Key, browser_zone, chosen, zone
from app.widgets.factory import factory_switch
from app.widgets.header import page_header
from app.widgets.origins import origins, settings_file
from app.widgets.problems import problem, problems_shown
from app.widgets.recording_settings import recording_settings
from app.widgets.text import plain
from mqtt.connection_test import test_connection
from mqtt.mosquitto import find_mosquitto

SETTING_COLUMNS = {
    "Setting": st.column_config.TextColumn(width=216),
    "Value": st.column_config.TextColumn(width=220),
    "Comes from": st.column_config.TextColumn(width=88),
    "Variable": st.column_config.TextColumn(width=392),
    "Flag of up": st.column_config.TextColumn(width=104),
}
"""So wide that nothing but a long path is cut off."""
Tests = dict[str, tuple[bool, str, int]]
"""By environment: whether its broker answered, the sentence about it, and when that was."""


def _environments(services: Services) -> None:
    st.subheader("Environments", anchor=False)
    names = services.environments.names()
    for name, card in zip(names, st.columns(len(names)), strict=True):
        with card, problems_shown():
            _environment(services, name)
    if find_mosquitto() is None:
        st.caption(
            "Mosquitto is not installed on this machine: a broker that this program starts is the embedded one (MQTT "
            "3.1.1 only). For real work install Mosquitto with sudo apt install mosquitto, or brew install mosquitto; "
            "then start the program again."
        )


def _environment(services: Services, name: str) -> None:
    place = services.environments.get(name)
    with st.container(border=True, height="stretch"):
        st.markdown(f"**{plain(name)}** {plain(place.label)}")
        started = name != MOCK or MOCK in services.environments.opened()
        st.code(place.display_url if started else "started when it is needed", language=None)
        with st.container(horizontal=True):
            if place.may_publish:
                st.badge("publishing allowed", icon=":material/publish:", color="green")
            else:
                st.badge("publishing refused", icon=":material/lock:", color="gray")
            if place.username:
                st.badge(f"user {plain(place.username)}, password {'set' if place.password else 'not set'}",
                         icon=":material/key:", color="gray")  # fmt: skip
        with st.container(horizontal=True):
            asked = st.button(
                "Test the connection", key=f"{Key.TEST_CONNECTION}-{name}", icon=":material/network_check:"
            )
            if name == MOCK:
                factory_switch(services)
        if asked:
            _test(services, name)
            st.rerun()  # what the test has started is on the page too
        _last_test(name)


def _test(services: Services, name: str) -> None:
    with st.spinner("Connecting…"):
        services.client(name)  # `mock` has no broker before it is used
        result = test_connection(services.environments.get(name))
    words = f"Connected with {result.protocol} in {result.milliseconds:.0f} ms." if result.ok else result.reason
    at_ns = services.clock.now_ns()
    tests: Tests = chosen(Key.CONNECTION_TESTS, {})
    st.session_state[Key.CONNECTION_TESTS] = {**tests, name: (result.ok, words, at_ns)}


def _last_test(name: str) -> None:
    """What the visitor's last test of this environment has found."""
    tests: Tests = chosen(Key.CONNECTION_TESTS, {})
    ok, words, at_ns = tests.get(name, (False, "", 0))
    if ok:
        st.success(plain(words), icon=":material/check_circle:")
    elif words:
        problem(words)
    if words:
        st.caption(f"Tested at {plain(fmt.moment(at_ns, zone()))}")


def _display() -> None:
    st.subheader("Display", anchor=False)
    st.selectbox(
        "Time zone",
        [BROWSER_ZONE, *sorted(available_timezones())],
        format_func=lambda one: f"As in this browser ({browser_zone()})" if one == BROWSER_ZONE else one,
        key=Key.ZONE,
        persist_state="session",
        width=420,
    )
    now = fmt.moment(get_services().clock.now_ns(), zone())
    st.caption(
        f"It is now {plain(now)}. Sessions are stored in UTC; this changes only what is shown, and "
        "holds for this visit."
    )
    st.caption("Light or dark: open the menu :material/more_vert: at the top right.")


def _program(services: Services) -> None:
    st.subheader("Program", anchor=False)
    st.caption(
        f"Version {plain(product_version())} · sessions folder {plain(str(services.folder.resolve()))} · "
        f"settings file {plain(str(settings_file().resolve()))}"
        f"{'' if settings_file().is_file() else ' (does not exist)'}"
    )
    st.dataframe(
        pd.DataFrame(origins(services.settings), columns=["Setting", "Value", "Comes from", "Variable", "Flag of up"]),
        hide_index=True,
        height="content",
        column_config=SETTING_COLUMNS,
    )
    st.caption(
        "To change a setting, write it into the settings file (environments.live.url is the key url in the table "
        "\\[environments.live\\]), set the variable, or give the flag to session-manager up; then start the program "
        "again. "
        "A flag wins over a variable, a variable over the file. Passwords belong into the file or a variable."
    )


def show(services: Services) -> None:
    """Draws the page."""
    page_header("Settings", "What is set, where it comes from, and how to change it.")
    _environments(services)
    recording_settings(services.settings)
    _display()
    _program(services)


show(get_services())
