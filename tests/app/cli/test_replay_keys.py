"""What the keys do to a replay."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli.replay_keys import press
from core.clock import ManualClock
from replay.player import Player, ReplayRequest, ReplayState
from tests.fakes import FakePublisher, payloads
from tests.replay.playing import BEGIN
from tests.replay.sessions import numbered, session


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
