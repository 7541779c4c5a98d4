"""What the keys do to a replay."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli.replay_keys import ReplayKeys
from core.clock import ManualClock
from replay.player import Player, ReplayRequest, ReplayState
from tests.fakes import FakePublisher, payloads
from tests.replay.playing import BEGIN
from tests.replay.sessions import numbered, session


def press(player: Player, key: str) -> str:
    return ReplayKeys(player).press(key)


@pytest.fixture
def publisher() -> FakePublisher:
    return FakePublisher(ManualClock(BEGIN))


@pytest.fixture
def player(tmp_path: Path, publisher: FakePublisher) -> Player:
    found = Player(ManualClock(BEGIN))
    found.start(ReplayRequest(session(tmp_path, numbered(0, 5, 30, 60)), paused=True), publisher)
    return found


def test_space_resumes_and_pauses(player: Player):
    assert press(player, " ") == ""
    assert player.status().state is ReplayState.PLAYING
    press(player, " ")
    assert player.status().state is ReplayState.PAUSED
    press(player, "q")


def test_n_steps_and_arrows_seek(player: Player, publisher: FakePublisher):
    press(player, "n")
    press(player, "n")
    assert payloads(publisher.messages) == [b"0", b"1"]
    press(player, "right")
    assert player.status().position_s == 15
    press(player, "left")
    assert player.status().position_s == 5
    press(player, "r")
    assert player.status().position_s == 0
    press(player, "q")


def test_plus_and_minus_change_the_speed(player: Player):
    press(player, "+")
    press(player, "+")
    assert player.status().speed == 4
    press(player, "-")
    assert player.status().speed == 2
    press(player, "m")
    assert player.status().speed is None
    press(player, "+")
    assert player.status().speed == 1
    press(player, "q")
    assert player.status().state is ReplayState.STOPPED


def test_what_is_not_possible_is_said_and_an_unknown_key_does_nothing(player: Player):
    assert press(player, "\n") == "The replay does not wait for a key."
    assert press(player, "?") == ""
    press(player, "q")
    assert "has ended" in press(player, "n")


def typed(keys: ReplayKeys, text: str) -> str:
    """What is said at the end."""
    return [keys.press(key) for key in text][-1]


def test_a_place_a_topic_and_a_speed_are_typed(player: Player, publisher: FakePublisher):
    keys = ReplayKeys(player)
    assert typed(keys, "g0:31x\x7f") == ""
    assert keys.typing == "Go to (seconds, m:ss or a mark): 0:31"
    assert (typed(keys, "\n"), keys.typing) == ("", "")
    assert player.status().position_s == 31
    assert typed(keys, "g5\n") == ""
    assert typed(keys, "x2.5\n") == ""
    assert (player.status().position_s, player.status().speed) == (5, 2.5)
    assert typed(keys, "ta\n") == ""
    assert payloads(publisher.messages) == [b"1"]
    assert "neither a time" in typed(keys, "gsoon\n")
    assert "--speed takes a number" in typed(keys, "xfast\n")
    assert "No message on 'z' follows" in typed(keys, "tz\n")
    keys.press("q")


def test_a_typed_place_outside_is_the_nearest_one_inside_and_it_is_said(player: Player):
    assert typed(ReplayKeys(player), "g1:30\n") == "1:30 lies after the end (1:00.0): it is at the end instead."
    assert player.status().position_s == 60
    press(player, "q")


def test_a_line_can_be_given_up(player: Player):
    keys = ReplayKeys(player)
    keys.press("g")
    keys.press("q")
    keys.press("escape")
    assert keys.typing == ""
    assert typed(keys, "g\n") == ""
    assert (player.status().position_s, player.status().active) == (0, True)
    keys.press("q")
    assert not player.status().active
