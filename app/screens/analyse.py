"""Analyse: one session, from its figures down to a single message."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app.services import Services, get_services
from app.state import Key, zone
from app.widgets.analyse_view import View, current_view, follow_address, write_address
from app.widgets.compare_tab import compare_tab
from app.widgets.correlation_tab import correlation_tab
from app.widgets.cutting import cut_popover
from app.widgets.empty import empty_state
from app.widgets.exporting import export_popover
from app.widgets.fields_tab import fields_tab
from app.widgets.following import following
from app.widgets.header import page_header
from app.widgets.links import first_steps, record_link, replay_link
from app.widgets.messages_tab import messages_tab
from app.widgets.orders_tab import orders_tab
from app.widgets.overview_tab import overview_tab
from app.widgets.problems import problems_shown
from app.widgets.quality_tab import quality_tab
from app.widgets.redacting import redact_popover
from app.widgets.sessions import in_a_line, readable_sessions, session_picker
from app.widgets.templates_tab import templates_tab
from app.widgets.text import plain
from app.widgets.timeline_tab import timeline_tab
from app.widgets.topics_tab import topics_tab
from app.widgets.view_bar import view_bar
from store.catalog import SessionEntry


def _about(entry: SessionEntry) -> None:
    """A line about the session; one that is still being recorded can be followed."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(plain(in_a_line(entry, zone())), width="stretch")
        export_popover(entry, current_view(entry).query)
        cut_popover(current_view(entry))
        redact_popover(entry)
        replay_link(entry.id)
    if entry.recording:
        following(entry)


TABS: dict[str, Callable[[View], None]] = {
    "Overview": overview_tab,
    "Timeline": timeline_tab,
    "Topics": topics_tab,
    "Messages": messages_tab,
    "Fields": fields_tab,
    "Correlation": correlation_tab,
    "Orders": orders_tab,
    "Templates": templates_tab,
    "Compare": compare_tab,
    "Quality": quality_tab,
}
"""What draws each, in the order in which they stand."""


OF_MESSAGES = (timeline_tab, topics_tab, messages_tab, fields_tab, correlation_tab, orders_tab, compare_tab)
"""Without a message these have nothing to show; the others say what there is, such as gaps or saved templates."""


def _is_empty(entry: SessionEntry) -> bool:
    return entry.summary is not None and not entry.summary.messages


def _without_messages(entry: SessionEntry) -> None:
    """Why there is nothing, and what to look at."""
    if entry.recording:
        empty_state("hourglass_empty", "No message yet", "This session is being recorded, and nothing has come so far.")
    else:
        empty_state("inbox", "No message in this session", "Nothing came on the topics that were recorded. The "
                    "overview shows whether the connection was missing.", record_link)  # fmt: skip


def _tabs(entry: SessionEntry) -> None:
    """Only the open tab is computed."""
    tabs = st.tabs(list(TABS), key=Key.ANALYSE_TAB, on_change="rerun")
    write_address(entry)
    for tab, draw in zip(tabs, TABS.values(), strict=True):
        if tab.open:
            with tab, problems_shown():
                _without_messages(entry) if _is_empty(entry) and draw in OF_MESSAGES else draw(current_view(entry))


def show(services: Services) -> None:
    """Draws the page."""
    page_header("Analyse", "What happened, when, and on which topics.")
    entry = session_picker(services)
    if entry is None:
        if not readable_sessions(services):
            empty_state("query_stats", "Nothing to analyse yet", "Record a session, or import one that you have.",
                        first_steps)  # fmt: skip
        return
    follow_address(entry, TABS)
    _about(entry)
    view_bar(current_view(entry))
    _tabs(entry)


show(get_services())
