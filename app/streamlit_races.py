"""Works around three races of Streamlit 1.67 between whole pages, and parts of them that refresh by themselves.

**A run that never ends.** A page's script runs in a thread and hands what it draws to the event loop. When the thread
has ended, a refresh of a fragment starts a new one, and from then on Streamlit ignores what the event loop has not
taken from the one before it yet: parts of the page, and the word that it is complete, after which browsers take away
what was there before. Its issue 9921 is about another way into it.

**A part in a wrong place.** A fragment's refresh that begins right after the whole page was drawn takes out of the
queue what was drawn of this fragment and is not sent yet. When the page is complete the browser takes the fragment away
as left over, what follows moves up, and the refreshed fragment is put in the place of what had followed: that is gone.

**A click that comes twice.** A browser notes a click and sends it a moment later. If a fragment's refresh is due in
between, that message carries the click, too: a button would do its work twice.
"""

from __future__ import annotations

from typing import Final

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

SOON_S: Final = 0.002
"""The event loop needs a moment for what the thread has left."""
NO_FRAGMENT: Final = "none"
"""Fragments have hashes for names."""
CLICKS: Final = ("trigger_value", "string_trigger_value", "json_trigger_value", "chat_input_value")
"""Widget values that say that something was done, each sent once."""


def prevent_races() -> None:
    """For all sessions of this process, from now on; to be called once."""
    AppSession._create_scriptrunner = _start_when_ended  # type: ignore[method-assign, assignment]
    AppSession._clear_queue = _keep_in_queue  # type: ignore[method-assign, assignment]
    AppSession.request_rerun = _request_without_clicks  # type: ignore[method-assign, assignment]


_clear_queue = AppSession._clear_queue
_start = AppSession._create_scriptrunner
_request = AppSession.request_rerun


def _start_when_ended(session: AppSession, rerun_data: RerunData) -> None:
    """In place of AppSession's: starts a thread when the event loop has taken all from the one before it."""
    if session._state is AppSessionState.SHUTDOWN_REQUESTED:
        return
    ending = session._scriptrunner  # a full run has set it to None: what it draws replaces all that there was
    if ending is None:
        _start(session, rerun_data)
    elif not ending.request_rerun(rerun_data):
        session._event_loop.call_later(SOON_S, _start_when_ended, session, rerun_data)


def _keep_in_queue(session: AppSession, fragment_ids_this_run: list[str] | None = None) -> None:
    """In place of AppSession's: a refresh leaves all in the queue, a run of the whole page what Streamlit leaves."""
    _clear_queue(session, [NO_FRAGMENT] if fragment_ids_this_run else None)


def _request_without_clicks(session: AppSession, client_state: ClientState | None) -> None:
    """In place of AppSession's: a refresh that comes by itself clicks nothing."""
    if client_state is not None and client_state.is_auto_rerun:
        widgets = client_state.widget_states.widgets
        kept = [one for one in widgets if one.WhichOneof("value") not in CLICKS]
        if len(kept) < len(widgets):
            del widgets[:]
            widgets.extend(kept)
    _request(session, client_state)
