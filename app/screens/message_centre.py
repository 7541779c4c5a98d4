"""Message centre: what goes over a broker at this moment, and single messages by hand."""

from __future__ import annotations

from uuid import uuid4

import streamlit as st

from app.listening import Heard
from app.mock_factory import NAME as MOCK
from app.services import Services, get_services
from app.state import Key, chosen
from app.widgets.centre_live import MESSAGES, TOPICS, live_messages
from app.widgets.centre_sending import sending
from app.widgets.connection import called, no_connection_hint
from app.widgets.factory import factory_switch
from app.widgets.header import page_header
from app.widgets.live import FAST, live
from app.widgets.problems import hint, problem
from app.widgets.recorder_here import environment_here
from app.widgets.text import plain
from aps.priorities import PRIORITIES, priority_filters, priority_name
from core.errors import UsageError
from core.ports import ConnectionState
from core.topics import why_invalid_filter

USUAL = 4


def _choices() -> None:
    left, right = st.columns([2, 3], gap="medium")
    left.select_slider("Priority", [0, *PRIORITIES], value=USUAL, key=Key.CENTRE_PRIORITY, format_func=_step,
                       help="Each step adds to those before it. At 0 only your own filters count.",
                       persist_state="session")  # fmt: skip
    right.multiselect("Own topic filters", [], key=Key.CENTRE_FILTERS, accept_new_options=True,
                      placeholder="Type a filter such as test/# and press Enter",
                      persist_state="session")  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control("Show", [MESSAGES, TOPICS], default=MESSAGES, required=True, key=Key.CENTRE_SHAPE,
                             persist_state="session")  # fmt: skip
        st.text_input("Only with this text", key=Key.CENTRE_SEARCH, placeholder="In the topic or the payload",
                      icon=":material/search:", persist_state="session")  # fmt: skip
        st.toggle("Pause", key=Key.CENTRE_PAUSED,
                  help="What is shown stays as it is, and a row can be selected; messages go on coming.")  # fmt: skip


def _step(priority: int) -> str:
    return f"{priority} {priority_name(priority)}" if priority else "0 only own filters"


def _filters() -> tuple[str, ...]:
    """Those of the slider and one's own. Raises UsageError for an invalid one."""
    typed: list[str] = chosen(Key.CENTRE_FILTERS, [])
    own = [one.strip() for one in typed]
    for one in own:
        if reason := why_invalid_filter(one):
            raise UsageError(f"{reason[:1].upper()}{reason[1:]}. Correct or remove this filter.")
    priority = int(chosen(Key.CENTRE_PRIORITY, USUAL))
    return (*(priority_filters(priority) if priority else ()), *own)


def _heard(services: Services, name: str, filters: tuple[str, ...]) -> Heard:
    visitor = st.session_state.setdefault(Key.CENTRE_VISITOR, uuid4().hex)
    paused = bool(chosen(Key.CENTRE_PAUSED, default=False))
    return services.listening.hear(visitor, services.client(name), filters, paused=paused)


def _nothing(filters: tuple[str, ...]) -> str:
    """What to do while nothing comes, although there is a connection."""
    priority = int(chosen(Key.CENTRE_PRIORITY, USUAL))
    if not filters:
        return "Nothing is heard: raise the slider, or type a filter of your own."
    if priority == PRIORITIES[-1]:
        return "Nothing has come yet: at this moment nobody publishes on this broker."
    what = f"on priority {_step(priority)}" if priority else "on your own filters"
    return f"Nothing has come yet {plain(what)}. Raise the slider to hear more, up to {_step(PRIORITIES[-1])}."


def _now(services: Services, name: str, filters: tuple[str, ...]) -> None:
    heard = _heard(services, name, filters)
    no_connection_hint(services, name, "What is shown came before." if heard.by_topic else "It is tried again.")
    for refused in (one for one in services.connection(name).refused if one in filters):
        hint(f"The broker does not grant a subscription to '{refused}': nothing comes for it. Check the user's rights.")
    connected = services.connection(name).state is ConnectionState.CONNECTED
    live_messages(heard, services.clock.now_ns(), _nothing(filters) if connected else "")


def show(services: Services) -> None:
    """Draws the page."""
    page_header("Message centre", "What goes over the broker at this moment, and single messages by hand.")
    name = environment_here(services)
    place = services.environments.get(name)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{called(place)} · {plain(place.display_url)}", width="stretch")
        if name == MOCK:
            factory_switch(services)
    _choices()
    try:
        filters = _filters()
    except UsageError as error:
        problem(str(error))
        return
    live(_now, FAST, services, name, filters)
    with st.expander("Send a message", icon=":material/send:"):
        sending(services, name, _heard(services, name, filters))


show(get_services())
