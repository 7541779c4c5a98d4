"""Lets a run of a page end before a part of it is refreshed: works around a race in Streamlit 1.67.

A page's script runs in a thread and hands what it draws to the event loop. When the thread has ended, a refresh of a
fragment starts a new one, and from then on Streamlit ignores what the event loop has not taken from the one before it
yet: parts of the page, and the word that it is complete, after which browsers take away what was there before. Its
issue 9921 is about another way into it. On a busy machine, pages of which parts refresh each second are hit at times.
"""

from __future__ import annotations

from typing import Final

from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

SOON_S: Final = 0.002
"""The event loop needs a moment for what the thread has left."""


def let_runs_end_first() -> None:
    """From now on, for all sessions of this process; once is enough. The event loop is where sessions are told."""
    start = AppSession._create_scriptrunner

    def start_when_ended(session: AppSession, rerun_data: RerunData) -> None:
        if session._state is AppSessionState.SHUTDOWN_REQUESTED:
            return
        ending = session._scriptrunner  # a full run has set it to None: what it draws replaces all that there was
        if ending is None:
            start(session, rerun_data)
        elif not ending.request_rerun(rerun_data):
            session._event_loop.call_later(SOON_S, start_when_ended, session, rerun_data)

    AppSession._create_scriptrunner = start_when_ended  # type: ignore[method-assign, assignment]
