"""Whatever is done with a recording, session and status agree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import ManualClock
from core.errors import StateError
from recorder.recorder import Recorder, RecordingRequest
from store.metadata import Status
from tests.fakes import FakeSource
from tests.recorder.sessions import session_at

ACTIONS = st.lists(st.sampled_from(["pause", "resume", "mark", "send", "send", "cut", "connect"]), max_size=25)


class Model:
    """What should be in the session, kept by the simplest means."""

    def __init__(self) -> None:
        self.paused = False
        self.payloads: list[bytes] = []
        self.kinds: list[str] = []


def act(action: str, recorder: Recorder, source: FakeSource, model: Model, number: int) -> None:
    """Does one thing with the recorder and notes in the model what should come of it."""
    allowed = {
        "pause": not model.paused,
        "resume": model.paused,
        "cut": source.connected,
        "connect": not source.connected,
    }
    if action == "send":
        if source.connected:
            payload = b"%d" % number
            source.send("a", payload)
            model.payloads += [] if model.paused else [payload]
    elif action in ("pause", "resume"):
        steer: Callable[[], object] = getattr(recorder, action)
        if not allowed[action]:
            try:
                steer()
            except StateError:
                return
            raise AssertionError(f"{action} must be refused")
        steer()
        model.paused = action == "pause"
        model.kinds.append(action)
    elif action == "mark":
        recorder.mark(str(number))
        model.kinds.append("mark")
    elif allowed[action]:
        if action == "cut":
            source.disconnect()
        else:
            source.connect()
        model.kinds.append({"cut": "gap_start", "connect": "gap_end"}[action])


@settings(max_examples=40)
@given(ACTIONS)
def test_the_session_holds_what_the_actions_say(actions: list[str]):
    """Any sequence of actions: exactly the messages outside pauses, all events in order, every gap closed."""
    clock = ManualClock(1_000)
    source, model = FakeSource(clock), Model()
    with TemporaryDirectory() as folder:
        recorder = Recorder(Path(folder), clock)
        recorder.start(RecordingRequest(), source, "mock")
        for number, action in enumerate(actions):
            clock.advance(1_000)
            act(action, recorder, source, model, number)
        in_gap = not source.connected
        assert recorder.status().in_gap is in_gap
        end = recorder.stop()
        session = session_at(end.path)
    assert session.payloads == model.payloads
    assert session.kinds == model.kinds + (["gap_end"] if in_gap else [])
    assert (end.state, end.messages, end.gaps) == (
        Status.COMPLETED,
        len(model.payloads),
        model.kinds.count("gap_start"),
    )
    assert session.metadata["status"] == "completed"
    assert source.subscriptions == {}
