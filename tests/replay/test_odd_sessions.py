"""Sessions that are not as one expects: each is replayed as its user would expect."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.clock import ManualClock
from core.message import LIVE, LIVE_RETAINED
from replay.player import Player, ReplayRequest, ReplayState
from replay.report import ReplayReport
from tests.fakes import FakePublisher, payloads
from tests.replay.playing import S, asleep_until, moments, play_through
from tests.replay.sessions import message, numbered, session

WEEK_S = 7 * 24 * 3600


def reported(player: Player) -> ReplayReport:
    report = player.report()
    assert report is not None
    return report


def test_times_that_go_back_keep_the_order_of_arrival_and_are_due_with_the_one_before(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    player.start(ReplayRequest(session(tmp_path, numbered(0, 5, 2, 3, 6))), publisher)
    play_through(clock, player)
    assert payloads(publisher.messages) == [b"0", b"1", b"2", b"3", b"4"]
    assert moments(publisher) == [0, 5, 5, 5, 6]
    assert reported(player).faithful


def test_messages_of_one_moment_are_published_together_in_their_order(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    player.start(ReplayRequest(session(tmp_path, numbered(*[3] * 50))), publisher)
    play_through(clock, player)
    assert payloads(publisher.messages) == [b"%d" % number for number in range(50)]
    assert publisher.batches == [50]
    assert reported(player).faithful


@pytest.mark.parametrize("speed", [0.1, 1.0, 100.0, None])
def test_one_message_is_published_at_once_at_every_speed(
    tmp_path: Path, publisher: FakePublisher, player: Player, speed: float | None
):
    player.start(ReplayRequest(session(tmp_path, numbered(99)), speed=speed), publisher)
    assert player.wait(10)
    assert (moments(publisher), reported(player).faithful) == ([0], True)


def test_without_any_message_it_ends_at_once_and_says_why(tmp_path: Path, publisher: FakePublisher, player: Player):
    player.start(ReplayRequest(session(tmp_path, []), loop=3), publisher)
    assert player.wait(10)
    status = player.status()
    assert (status.state, status.planned) == (ReplayState.FINISHED, 0)
    assert "nothing to replay" in status.problem
    assert not reported(player).faithful


def test_a_gap_of_a_week_lasts_a_week(tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player):
    player.start(ReplayRequest(session(tmp_path, numbered(0, WEEK_S))), publisher)
    play_through(clock, player)
    assert moments(publisher) == [0, WEEK_S]
    assert (reported(player).faithful, reported(player).drift_ms) == (True, 0)


def test_a_gap_of_a_week_is_skipped_by_a_step_a_seek_or_a_longest_silence(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    path = session(tmp_path, numbered(0, WEEK_S, 2 * WEEK_S, 3 * WEEK_S))
    player.start(ReplayRequest(path, max_gap_s=60), publisher)
    asleep_until(clock, clock.now_ns() + 60 * S)
    player.pause()
    assert player.seek(WEEK_S).position_s == WEEK_S
    assert player.step().position_s == WEEK_S
    player.resume()
    play_through(clock, player)
    assert payloads(publisher.messages) == [b"0", b"1", b"2", b"3"]
    assert moments(publisher)[-1] <= 120
    assert player.status().duration_s == 3 * WEEK_S


def test_the_position_stays_by_the_last_message_in_a_silence_that_is_shortened(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    player.start(ReplayRequest(session(tmp_path, numbered(0, WEEK_S)), max_gap_s=60), publisher)
    asleep_until(clock, clock.now_ns() + 60 * S)
    clock.advance(20 * S)
    assert player.status().position_s == 20
    assert player.seek(1_000).position_s == 1_000
    asleep_until(clock, clock.now_ns() + 60 * S)
    clock.advance(30 * S)
    assert player.status().position_s == 1_030
    play_through(clock, player)
    assert player.status().position_s == WEEK_S


def test_a_topic_that_nobody_can_publish_to_is_left_out_and_said(
    tmp_path: Path, publisher: FakePublisher, player: Player
):
    recorded = [message(0, "a"), message(1, "a/#"), message(2, ""), message(3, "b")]
    player.start(ReplayRequest(session(tmp_path, recorded), speed=None), publisher)
    assert player.wait(10)
    assert [one.topic for one in publisher.messages] == ["a", "b"]
    assert (reported(player).failed, reported(player).faithful) == (2, False)


def test_payloads_of_every_kind_come_as_they_are(tmp_path: Path, publisher: FakePublisher, player: Player):
    kinds = [b"", bytes(range(256)), "Grüße 🙂".encode(), b"x" * 3_000_000, b'{"a":NaN}']
    recorded = [message(0, "a", payload, retain=LIVE_RETAINED if not payload else LIVE) for payload in kinds]
    player.start(ReplayRequest(session(tmp_path, recorded), speed=None), publisher)
    assert player.wait(20)
    assert payloads(publisher.messages) == kinds
    assert reported(player).faithful
