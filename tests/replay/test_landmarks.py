"""Where one can go in a replay."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import StateError, UsageError
from replay.landmarks import Landmarks, landmarks_of
from replay.marks import Mark
from replay.player import Player
from replay.status import ReplayRequest
from tests.builders import event, message, session
from tests.fakes import FakePublisher


def first(folder: Path) -> Path:
    """Ten seconds, marks at 2, 9 and behind the last message."""
    content = [message("a/b", offset_s=0), message("a/c", offset_s=4), message("x", offset_s=10)]
    return session(folder, content, [event("early", offset_s=2), event("late", offset_s=9), event("over", offset_s=11)])


def second(folder: Path) -> Path:
    """Six seconds; the first message comes after three of them, the mark after five."""
    return session(folder, [message("y", offset_s=3), message("y", offset_s=6)], [event("second", offset_s=5)])


def test_marks_and_topics_of_what_is_played(tmp_path: Path):
    assert landmarks_of(ReplayRequest(first(tmp_path))) == Landmarks(
        (Mark(2, "early"), Mark(9, "late")), ("a/b", "a/c", "x")
    )


def test_what_is_not_played_is_none(tmp_path: Path):
    request = ReplayRequest(first(tmp_path), start_s=3, exclude=("x",))
    assert landmarks_of(request) == Landmarks((), ("a/b", "a/c"))


def test_marks_of_a_playlist_have_the_positions_of_the_program(tmp_path: Path):
    request = ReplayRequest(first(tmp_path), (second(tmp_path),))
    assert landmarks_of(request) == Landmarks(
        (Mark(2, "early"), Mark(9, "late"), Mark(12, "second")), ("a/b", "a/c", "x", "y")
    )


def test_marks_of_merged_sessions_are_in_the_order_of_time(tmp_path: Path):
    request = ReplayRequest(first(tmp_path), (second(tmp_path),), merged=True)
    assert [mark.text for mark in landmarks_of(request).marks] == ["early", "second", "late"]


@pytest.mark.parametrize("merged", [False, True])
def test_a_running_replay_knows_places_by_the_marks_of_all_its_sessions(
    tmp_path: Path, publisher: FakePublisher, player: Player, merged: bool
):
    request = ReplayRequest(first(tmp_path), (second(tmp_path),), merged=merged, paused=True)
    player.start(request, publisher)
    marks = {mark.text: mark.position_s for mark in landmarks_of(request).marks}
    assert {text: player.place_of(text) for text in marks} == marks
    assert (player.place_of("1:30"), player.place_of(2.5)) == (90, 2.5)
    with pytest.raises(UsageError, match="neither a time"):
        player.place_of("nowhere")
    player.stop()
    with pytest.raises(StateError):
        player.place_of("second")
