"""The newcomer's way through the program: a simulated factory, 30 seconds of recording, a look, a replay."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app import format as fmt
from app.mock_factory import NAME as MOCK
from app.services import Services
from app.state import Key, chosen
from app.widgets.connection import LOCAL
from app.widgets.links import ANALYSE, REPLAY, page_button
from app.widgets.live import FAST, SLOW, live
from app.widgets.problems import attempt, problem
from app.widgets.sessions import own_sessions
from app.widgets.text import plain
from core.ports import ConnectionState
from recorder.recorder import RecordingRequest
from replay.guard import why_not

SECONDS = 30.0
TAG = "trial"
REQUEST = RecordingRequest(name="First try", source="Simulated factory", duration_s=SECONDS, tags=(TAG,))


def invitation(services: Services) -> None:
    """One button; everything else follows from it."""
    with st.container(border=True):
        st.subheader("Try it without a factory", anchor=False)
        st.write(
            f"One click starts a simulated factory on a broker of its own, records {SECONDS:.0f} seconds of it, and "
            "then shows you how to look at the recording and how to replay it. Nothing leaves this machine."
        )
        st.button(
            "Try it without a factory",
            key=Key.TRIAL_START,
            type="primary",
            icon=":material/factory:",
            on_click=attempt,
            args=(start_trial, services),
            disabled=services.recorders.of(MOCK).status().active,
        )


def start_trial(services: Services) -> None:
    """Starts factory and recording, and lets this visitor look at them. Raises what starting a recording raises."""
    services.client(MOCK)
    services.start_factory()
    status = services.start_recording(REQUEST, MOCK)
    st.session_state[Key.ENVIRONMENT] = MOCK
    st.session_state[Key.TRIAL] = status.session_id


def trial_exists(services: Services) -> bool:
    """Whether this visitor has started it, and its session is still there.

    Whoever has no other session yet is still on the way, also in a new tab or after a reload.
    """
    own = own_sessions(services.catalog.sessions())
    only = own[0].metadata if len(own) == 1 else None
    if only is not None and TAG in only.tags and not chosen(Key.TRIAL, ""):
        st.session_state[Key.TRIAL] = own[0].id
    session = chosen(Key.TRIAL, "")
    if not session or services.recorders.of(MOCK).status().session_id == session:
        return bool(session)
    return any(entry.id == session for entry in services.catalog.sessions())


def trial_progress(services: Services) -> None:
    """The three steps and how far they are."""
    with st.container(border=True):
        st.subheader("Your first recording", anchor=False)
        status = services.recorders.of(MOCK).status()
        running = status.active and status.session_id == chosen(Key.TRIAL, "")
        factory = services.mock.status()
        goes_on = SLOW if factory is not None and factory.running else None  # what it does is told
        live(_steps, FAST if running else goes_on, services)
        if not running:
            _next_steps(services, chosen(Key.TRIAL, ""))


def _steps(services: Services) -> None:
    factory, status = services.mock.status(), services.recorders.of(MOCK).status()
    if factory is not None and factory.running:
        doing = f": {plain(factory.activity)}" if factory.activity else ""
        _step(f"The simulated factory is running{doing}", done=True)
    else:
        _step("The simulated factory has been stopped", done=True)
    if status.session_id != chosen(Key.TRIAL, ""):
        _step("The recording is complete", done=True)
    elif status.active:
        _step(f"Recording: {fmt.duration(status.elapsed_s)} of {fmt.duration(SECONDS)}", done=False)
        st.progress(min(1.0, status.elapsed_s / SECONDS))
        st.caption(f"{fmt.messages(status.messages)} on {fmt.counted(status.topics, 'topic')} so far")
    elif status.problem:
        problem(status.problem)
    else:
        _step(f"Recorded {fmt.messages(status.messages)} on {fmt.counted(status.topics, 'topic')}", done=True)


def _step(text: str, *, done: bool) -> None:
    icon = ":green[:material/check_circle:]" if done else ":primary[:material/radio_button_checked:]"
    st.markdown(f"{icon} {text}")


def _next_steps(services: Services, session: str) -> None:
    st.markdown(":primary[:material/arrow_forward:] Now look at it, then replay it with its original timing:")
    with st.container(horizontal=True):
        page_button(
            ANALYSE, session, "Look at the recording", ":material/query_stats:", key=Key.TRIAL_ANALYSE, first=True
        )
        page_button(
            REPLAY, session, "Replay it", ":material/play_circle:", key=Key.TRIAL_REPLAY, first=False,
            before=partial(_away_from_the_factory, services),
        )  # fmt: skip


def _away_from_the_factory(services: Services) -> None:
    """On the factory's broker the replay would mix with what the factory publishes: the one on this machine is better.

    Unless it does not answer.
    """
    if services.connection(LOCAL).state is ConnectionState.CONNECTED and why_not(services.client(LOCAL)) is None:
        st.session_state[Key.ENVIRONMENT] = LOCAL
