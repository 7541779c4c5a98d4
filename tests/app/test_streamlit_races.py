"""What Streamlit's own races must not do: lose what a page has drawn, or let one click count twice."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

from app import streamlit_races
from app.streamlit_races import CLICKS, _keep_in_queue, _request_without_clicks, _start_when_ended


class Runner:
    """A script's thread: takes requests until it has ended."""

    def __init__(self, *, takes: bool) -> None:
        self.takes = takes
        self.asked: list[RerunData] = []

    def request_rerun(self, data: RerunData) -> bool:
        self.asked.append(data)
        return self.takes


class Session:
    """What the functions see of a Streamlit session; time passes when the test says so."""

    def __init__(self, runner: Runner | None) -> None:
        self._scriptrunner = runner
        self._state = AppSessionState.APP_NOT_RUNNING
        self._event_loop = SimpleNamespace(call_later=self._call_later)
        self.later: list[Callable[[], None]] = []
        self.started: list[RerunData] = []

    def _call_later(self, _: float, action: Callable[..., None], *args: object) -> None:
        self.later.append(lambda: action(*args))

    def pass_time(self) -> None:
        waiting, self.later = self.later, []
        for one in waiting:
            one()


DATA = RerunData(query_string="the one")


@pytest.fixture(autouse=True)
def start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamlit_races, "_start", lambda session, data: session.started.append(data))


def ask(session: Session) -> None:
    _start_when_ended(cast("AppSession", session), DATA)


def test_a_refresh_waits_until_all_that_was_drawn_before_is_taken() -> None:
    session = Session(Runner(takes=False))
    ask(session)
    session.pass_time()
    assert not session.started
    session._scriptrunner = None  # its last word has been taken
    session.pass_time()
    assert session.started == [DATA]
    assert not session.later


def test_a_refresh_that_waited_goes_to_a_run_that_has_begun_meanwhile() -> None:
    session = Session(Runner(takes=False))
    ask(session)
    session._scriptrunner = cast("Any", runner := Runner(takes=True))
    session.pass_time()
    assert runner.asked == [DATA]
    assert not session.started
    assert not session.later


def test_without_a_run_one_starts_at_once_and_never_in_a_session_that_is_over() -> None:
    session = Session(None)
    ask(session)
    assert session.started == [DATA]
    session._state = AppSessionState.SHUTDOWN_REQUESTED
    ask(session)
    assert session.started == [DATA]


def delta(text: str, fragment_id: str) -> ForwardMsg:
    """An element in the second place of the page."""
    message = ForwardMsg()
    message.metadata.delta_path[:] = [0, 1]
    message.delta.fragment_id = fragment_id
    message.delta.new_element.markdown.body = text
    return message


def waiting(fragment_ids: list[str] | None) -> list[str]:
    """What is still to be sent when a run follows at once on one of the whole page, and has drawn the same part."""
    queue = ForwardMsgQueue()
    queue.enqueue(delta("of the page", "figures"))
    queue.enqueue(ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY))
    _keep_in_queue(cast("AppSession", SimpleNamespace(_browser_queue=queue)), fragment_ids)
    queue.enqueue(delta("refreshed", "figures"))
    return [
        one.delta.new_element.markdown.body or ForwardMsg.ScriptFinishedStatus.Name(one.script_finished)
        for one in queue.flush()
    ]


def test_a_refresh_leaves_what_the_page_has_drawn_and_comes_after_it() -> None:
    assert waiting(["figures"]) == ["of the page", "FINISHED_SUCCESSFULLY", "refreshed"]


def test_a_run_of_the_whole_page_replaces_what_was_not_sent_yet() -> None:
    assert waiting(None) == ["FINISHED_EARLY_FOR_RERUN", "refreshed"]


def sent(monkeypatch: pytest.MonkeyPatch, *, by_itself: bool) -> list[str]:
    """The widgets of a message as they reach Streamlit: a button that was clicked, each other kind of click, a box."""
    reached: list[ClientState] = []
    monkeypatch.setattr(streamlit_races, "_request", lambda _, state: reached.append(state))
    state = ClientState(is_auto_rerun=by_itself, fragment_id="figures")
    state.widget_states.widgets.add(id="button", trigger_value=True)
    state.widget_states.widgets.add(id="box", bool_value=True)
    state.widget_states.widgets.add(id="menu").string_trigger_value.data = "one"
    state.widget_states.widgets.add(id="table", json_trigger_value="[]")
    state.widget_states.widgets.add(id="chat").chat_input_value.data = "hello"
    assert {one.WhichOneof("value") for one in state.widget_states.widgets} == {*CLICKS, "bool_value"}
    _request_without_clicks(cast("AppSession", Session(None)), state)
    (found,) = reached
    assert found.fragment_id == "figures"
    return [one.id for one in found.widget_states.widgets]


def test_a_refresh_that_comes_by_itself_clicks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sent(monkeypatch, by_itself=True) == ["box"]


def test_a_click_reaches_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sent(monkeypatch, by_itself=False) == ["button", "box", "menu", "table", "chat"]
