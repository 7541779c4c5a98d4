"""Replay: publish a session again, with its original timing, to a broker that may receive it."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app import format as fmt
from app.services import Services, get_services
from app.state import Key, chosen, zone
from app.widgets.empty import empty_state
from app.widgets.header import page_header
from app.widgets.links import import_link, record_link
from app.widgets.live import FAST, live
from app.widgets.problems import hint, steer
from app.widgets.replay_figures import replay_figures, replay_report
from app.widgets.replay_ready import replay_ready
from app.widgets.replay_speeds import SPEEDS
from app.widgets.sessions import session_picker
from app.widgets.text import plain
from replay.player import ReplayState, ReplayStatus


def _runs(services: Services) -> bool:
    return services.player.status().active


def _running(services: Services, status: ReplayStatus) -> None:
    player, runs = services.player, partial(_runs, services)
    with st.container(border=True):
        st.subheader(plain(status.session_name), anchor=False)
        st.caption(f"to {plain(status.environment)} · since {plain(fmt.moment(status.started_ns, zone()))}")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            if status.state is ReplayState.PAUSED:
                st.button("Resume", key=Key.REPLAY_RESUME, icon=":material/play_arrow:", type="primary",
                          on_click=steer, args=(runs, player.resume))  # fmt: skip
            else:
                st.button("Pause", key=Key.REPLAY_PAUSE, icon=":material/pause:", on_click=steer,
                          args=(runs, player.pause))  # fmt: skip
            st.button("Stop", key=Key.REPLAY_STOP, icon=":material/stop:", on_click=steer,
                      args=(runs, player.stop))  # fmt: skip
            present = fmt.speed(status.speed)
            key = f"{Key.REPLAY_LIVE_SPEED}-{status.run_id}"  # what was chosen for one replay is not meant for the next
            st.segmented_control("Speed", list(SPEEDS), default=present if present in SPEEDS else None,
                                 key=key, on_change=_change_speed, args=(services, key), wrap=True)  # fmt: skip
    live(replay_figures, FAST, services)


def _change_speed(services: Services, key: str) -> None:
    wanted = chosen(key, "")
    if wanted in SPEEDS:
        steer(partial(_runs, services), services.player.set_speed, SPEEDS[wanted])


def _last(services: Services, status: ReplayStatus) -> None:
    report = services.player.report()
    if report is None:
        return
    with st.expander(f"Last replay: {plain(status.session_name)} ({status.state})", expanded=True,
                     icon=":material/history:"):  # fmt: skip
        if status.problem and status.problem not in report.reason:
            hint(status.problem)
        replay_report(report, status)


def _first_steps() -> None:
    record_link()
    import_link()


def show(services: Services) -> None:
    """Draws the page."""
    page_header("Replay", "Publish a session again, so that a dashboard cannot tell it from the factory.")
    status = services.player.status()
    if status.active:
        _running(services, status)
        return
    _last(services, status)
    entry = session_picker(services)
    if entry is None:
        empty_state("play_circle", "Nothing to replay yet", "Record a session, or import a recording.", _first_steps)
        return
    replay_ready(services, entry)


show(get_services())
