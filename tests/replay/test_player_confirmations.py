"""What the broker confirms, takes late or not at all, and what the report makes of it."""

from __future__ import annotations

from pathlib import Path

from core.clock import ManualClock
from replay.barriers import parse_barrier
from replay.player import Player, ReplayRequest, ReplayState
from replay.window import MAX_OPEN_MESSAGES
from tests.fakes import FakePublisher, eventually, payloads
from tests.replay.playing import BEGIN, S, asleep_until, moments
from tests.replay.sessions import message, numbered, session


def test_no_more_than_the_window_is_unconfirmed(tmp_path: Path, publisher: FakePublisher, player: Player):
    publisher = FakePublisher(ManualClock(), confirms=False)
    path = session(tmp_path, numbered(*[0.0] * (MAX_OPEN_MESSAGES * 2)))
    player.start(ReplayRequest(path, speed=None), publisher)
    assert publisher.await_sent(MAX_OPEN_MESSAGES)
    assert not publisher.await_sent(MAX_OPEN_MESSAGES + 1, 0.1)
    publisher.confirm_all()
    assert player.wait(30)
    assert publisher.most_open <= MAX_OPEN_MESSAGES
    assert payloads(publisher.messages) == [b"%d" % number for number in range(MAX_OPEN_MESSAGES * 2)]


def test_a_replay_ends_with_its_last_confirmation(tmp_path: Path, clock: ManualClock, player: Player):
    publisher = FakePublisher(clock, confirms=False)
    player.start(ReplayRequest(session(tmp_path, numbered(0)), speed=None), publisher)
    assert publisher.await_sent(1)
    assert not player.wait(0.1)
    assert (player.status().published, player.status().confirmed) == (1, 0)
    publisher.confirm_all()
    assert player.wait(10)
    assert (player.status().state, player.status().confirmed) == (ReplayState.FINISHED, 1)


def test_messages_that_wait_in_line_are_late_even_though_they_were_published_in_time(
    tmp_path: Path, clock: ManualClock, player: Player
):
    publisher = FakePublisher(clock, sends=False)
    player.start(ReplayRequest(session(tmp_path, numbered(0, 1, 2))), publisher)
    for second in (1, 2):
        asleep_until(clock, BEGIN + second * S)
        clock.advance(S)
    assert publisher.await_sent(3)
    clock.advance(500 * S // 1_000)
    publisher.send_all()
    publisher.confirm_all()
    assert player.wait(10)
    assert moments(publisher) == [0, 1, 2]
    report = player.report()
    assert report is not None
    assert (report.timing_error_ms.max, report.drift_ms) == (2_500.0, -2_000.0)
    assert not report.faithful
    assert "late or more" in report.reason


def test_a_replay_that_keeps_falling_behind_has_a_drift(tmp_path: Path, clock: ManualClock, player: Player):
    publisher = FakePublisher(clock, sends=False, confirms=False)
    player.start(ReplayRequest(session(tmp_path, numbered(0, 1))), publisher)
    publisher.await_sent(1)
    publisher.send_all()
    asleep_until(clock, BEGIN + S)
    clock.advance(S)
    publisher.await_sent(2)
    clock.advance(4 * S)
    publisher.send_all()
    publisher.confirm_all()
    assert player.wait(10)
    report = player.report()
    assert report is not None
    assert report.drift_ms == 4_000.0


def test_messages_that_fail_are_counted_and_spoil_the_verdict(tmp_path: Path, clock: ManualClock, player: Player):
    publisher = FakePublisher(clock, confirms=False)
    player.start(ReplayRequest(session(tmp_path, numbered(0, 0)), speed=None), publisher)
    assert publisher.await_sent(2)
    publisher.fail_all()
    assert player.wait(10)
    report = player.report()
    assert report is not None
    assert (report.failed, report.confirmed, report.faithful) == (2, 0, False)
    assert player.status().failed == 2


def test_a_topic_that_nobody_can_publish_to_is_counted_and_the_rest_is_replayed(
    tmp_path: Path, publisher: FakePublisher, player: Player
):
    path = session(tmp_path, [message(topic="a"), message(topic="a/#"), message(topic="b")])
    player.start(ReplayRequest(path, speed=None), publisher)
    assert player.wait(10)
    report = player.report()
    assert report is not None
    assert (report.planned, report.published, report.failed, report.faithful) == (3, 2, 1, False)
    assert "topic is not a valid one" in report.reason


def test_of_qos_0_the_end_asks_whether_the_broker_has_read_it(tmp_path: Path, publisher: FakePublisher, player: Player):
    path = session(tmp_path, [message(0, qos=0), message(0, qos=0)])
    found = []
    for publisher.processes in (False, True):
        player.start(ReplayRequest(path, speed=None), publisher)
        assert player.wait(10)
        report = player.report()
        assert report is not None
        found.append((report.confirmed, report.reason))
    unread = "2 messages of QoS 0 may not have arrived: the broker did not answer after the last one."
    assert found == [(2, unread), (2, "")]


def test_also_after_a_barrier_that_stayed_closed_qos_0_is_known_to_have_been_read(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    path = session(tmp_path, [message(0, qos=0), message(1, qos=0)])
    player.start(ReplayRequest(path, speed=None, barriers=(parse_barrier("at 1 until key within 5"),)), publisher)
    eventually(lambda: player.status().waits_for_key, "the barrier")
    clock.advance(5 * S)
    assert player.wait(10)
    report = player.report()
    assert report is not None
    assert "stayed closed" in report.reason
    assert "QoS 0" not in report.reason
