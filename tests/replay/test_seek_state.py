"""A seek puts the broker itself into the state of that moment, whatever was played before it."""

from __future__ import annotations

import json
import tempfile
from itertools import count
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.clock import SystemClock
from core.errors import StateError
from core.message import LIVE_RETAINED, Message
from mqtt import retained
from mqtt.client import SharedClient
from replay.player import Player, ReplayRequest
from replay.status import StateBefore
from tests.fakes import eventually
from tests.replay.sessions import START_NS, message, session
from tests.replay.states import END, below, contents, played_before, retained_messages, with_flag
from tests.replay.test_broker_state import PATIENCE, client, sender, stored

__all__ = ["client"]

NUMBERS = count()
NS = 1e-9


@pytest.fixture(autouse=True)
def without_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mosquitto sends what it stores at once: no silence has to be waited for."""
    monkeypatch.setattr(retained, "QUIET_S", 0.0)


orders = st.lists(
    st.one_of(st.tuples(st.just("seek"), st.integers(0, END)), st.tuples(st.just("step"), st.integers(1, 4))),
    min_size=1,
    max_size=6,
)


@settings(max_examples=20)
@example(  # what was recorded without the flag is stored when all is published with it, and is changed and deleted so
    content=[message(0, "a", b"1"), message(2 * NS, "b", b"2"), message(3 * NS, "a"), message(4 * NS, "c", b"3")],
    existing=[message(0, "a", b"before", retain=LIVE_RETAINED)],
    orders=[("step", 4), ("seek", 1), ("seek", END)],
    then=4,
    retain=True,
)
@given(
    content=contents.filter(bool),
    existing=st.lists(retained_messages, max_size=4),
    orders=orders,
    then=st.integers(0, END),
    retain=st.sampled_from([None, True, None, False]),
)
def test_after_any_seeks_and_steps_the_broker_stores_what_playing_up_to_there_leaves(
    client: SharedClient,
    topic: str,
    content: list[Message],
    existing: list[Message],
    orders: list[tuple[str, int]],
    then: int,
    retain: bool | None,
):
    """Beside what it stored before the replay. A position after the last message is that of the last message."""
    send = sender(client)
    played, expected = f"{topic}/{next(NUMBERS)}", f"{topic}/{next(NUMBERS)}"
    send(below(played, existing))
    end = max(one.at_ns for one in content) - START_NS
    player = Player(SystemClock())
    with tempfile.TemporaryDirectory() as folder:
        request = ReplayRequest(
            session(Path(folder), content), speed=None, prefix=f"{played}/", paused=True, retain=retain
        )
        player.start(request, client, source=client)
        for order, number in [*orders, ("seek", then)]:
            if order == "step":
                step(player, number)
                continue
            player.seek(number * NS, PATIENCE)
        player.stop(PATIENCE)
    before = with_flag(played_before(content, START_NS + min(then, end)), retain)
    send(below(expected, [*existing, *before]))
    assert stored(client, played) == stored(client, expected)


def step(player: Player, times: int) -> None:
    """At the end no step is left."""
    for _ in range(times):
        try:
            player.step(timeout=PATIENCE)
        except StateError as error:
            assert "at its end" in str(error)  # noqa: PT017  whether it comes depends on the content
            return


@pytest.mark.parametrize("sought", [False, True])
def test_started_in_the_middle_the_broker_stores_what_the_session_had_stored_until_then(
    tmp_path: Path, client: SharedClient, topic: str, sought: bool
):
    """Also where the last message of a topic was a live one, and where a message had been deleted."""
    send = sender(client)
    names = ("live-last", "kept", "deleted", "later", "existing")
    live, kept, deleted, later, _ = (f"{topic}/{name}" for name in names)
    send([Message(f"{topic}/{name}", b"before", 1, LIVE_RETAINED, 0) for name in ("existing", "deleted")])
    content = [
        message(1, live, b"stored", retain=LIVE_RETAINED),
        message(2, live, b"seen"),
        message(3, kept, b"stored", retain=LIVE_RETAINED),
        message(4, deleted, b"", retain=LIVE_RETAINED),
        message(60, later, b"later", retain=LIVE_RETAINED),
    ]
    player = Player(SystemClock())
    player.start(ReplayRequest(session(tmp_path, content), start_s=50, paused=True), client, source=client)
    eventually(lambda: player.status().preloaded == 3, "the state before the start", PATIENCE)
    if sought:
        player.seek(59, PATIENCE)
    player.stop(PATIENCE)
    stored_now = {name: payload for name, (payload, _) in stored(client, topic).items()}
    assert stored_now == {"live-last": b"stored", "kept": b"stored", "existing": b"before"}
    report = player.report()
    assert report is not None
    assert report.state_changes.deleted == 1  # 'deleted', before the start already


def test_what_a_folder_holds_stays_after_a_seek_and_goes_when_the_replay_clears_up(
    tmp_path: Path, client: SharedClient, topic: str
):
    """Renamed like the session's own; what was stored before the replay stays."""
    send = sender(client)
    send([Message(f"{topic}/new/existing", b"before", 1, LIVE_RETAINED, 0)])
    folder = tmp_path / "preload"
    folder.mkdir()
    for name, retain in (("factsheet", True), ("live", False)):
        content = {"topic": f"{topic}/old/{name}", "payload": {"n": 1}, "retain": retain}
        (folder / f"{name}.json").write_text(json.dumps(content), "utf-8")
    path = session(tmp_path, [message(at, f"{topic}/old/state", b"%d" % at, retain=LIVE_RETAINED) for at in range(5)])
    request = ReplayRequest(
        path,
        speed=None,
        paused=True,
        remap=(f"{topic}/old/#={topic}/new/#",),
        state=StateBefore.FOLDER,
        preload_folder=folder,
        clear_retained=True,
    )
    player = Player(SystemClock())
    player.start(request, client, source=client)
    player.step(timeout=PATIENCE)
    player.seek(3, PATIENCE)
    stored_now = {name: payload for name, (payload, _) in stored(client, topic).items()}
    assert stored_now == {"new/factsheet": b'{"n":1}', "new/state": b"2", "new/existing": b"before"}
    player.resume()
    assert player.wait(PATIENCE)
    assert stored(client, topic) == {"new/existing": (b"before", 1)}
