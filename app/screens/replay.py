"""Replay: publish a session again, with its original timing, to a broker that may receive it."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import format as fmt
from app.services import Services, get_services
from app.state import Key, chosen, forget, zone
from app.widgets.empty import empty_state
from app.widgets.header import page_header
from app.widgets.links import first_steps
from app.widgets.live import FAST, live
from app.widgets.problems import hint
from app.widgets.replay_figures import replay_figures
from app.widgets.replay_place import replay_place
from app.widgets.replay_ready import replay_ready
from app.widgets.replay_report import replay_report
from app.widgets.replay_single import single_message_meanwhile
from app.widgets.replay_transport import replay_transport
from app.widgets.sessions import readable_sessions, session_picker
from app.widgets.text import parts, plain
from replay.status import ReplayState, ReplayStatus


def _running(services: Services, status: ReplayStatus) -> None:
    with st.container(border=True):
        st.subheader(plain(status.session_name), anchor=False)
        since = f"since {fmt.moment(status.started_ns, zone())}"
        st.caption(parts(f"to {plain(status.environment)}", plain(since)))
        replay_transport(services, status)
    live(replay_figures, FAST, services)
    replay_place(services, status)
    single_message_meanwhile(services)


def _last(services: Services, status: ReplayStatus) -> None:
    report = services.player.report()
    if report is None or status.state is ReplayState.IDLE:  # somebody has closed it
        return
    with st.expander(f"Last replay: {plain(status.session_name)} ({status.state})", expanded=True,
                     icon=":material/history:"):  # fmt: skip
        if status.problem and status.problem not in report.reason:
            hint(status.problem)
        replay_report(services, report, status)


def show(services: Services) -> None:
    """Draws the page."""
    status = services.player.status()
    drawn = f"{status.run_id}-{status.active}"
    if chosen(Key.REPLAY_DRAWN, drawn) != drawn and not status.active:
        forget(Key.PROBLEM)  # of the replay that has ended: its report says what came of it
    page_header("Replay", "Publish a session again, so that a dashboard cannot tell it from the factory.")
    with _place_for(drawn):
        _running(services, status) if status.active else _not_running(services, status)
    st.session_state[Key.REPLAY_DRAWN] = drawn


def _place_for(drawn: str) -> DeltaGenerator:
    """An empty one when something else was drawn before: the form is gone at once when a replay takes its place."""
    return st.container() if chosen(Key.REPLAY_DRAWN, drawn) == drawn else st.empty().container()


def _not_running(services: Services, status: ReplayStatus) -> None:
    _last(services, status)
    entry = session_picker(services)
    if entry is None:
        if not readable_sessions(services):
            empty_state("play_circle", "Nothing to replay yet", "Record a session, or import one.", first_steps)
        return
    replay_ready(services, entry)


show(get_services())
