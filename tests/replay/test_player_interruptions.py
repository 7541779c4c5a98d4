"""Outages, a broker that comes late or never answers, and stopping."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.clock import ManualClock
from core.errors import StateError
from core.ports import ConnectionStatus
from replay.faults import parse_fault
from replay.player import Player, ReplayRequest, ReplayState
from replay.publishing import MAX_BATCH
from replay.window import MAX_OPEN_MESSAGES
from tests.fakes import FakePublisher, FakeSource, eventually, payloads
from tests.replay.playing import BEGIN, S, asleep_until, moments, play_through
from tests.replay.sessions import numbered, session


def test_an_outage_holds_the_replay_makes_no_burst_and_is_reported(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    path = session(tmp_path, numbered(0, 1, 2, 3, 10))
    player.start(ReplayRequest(path), publisher)
    asleep_until(clock, BEGIN + S)
    publisher.disconnect("The broker went away.")
    clock.advance(S)
    eventually(lambda: player.status().problem, "waiting for the broker")
    assert player.status().problem == "Waiting for fake (mqtt://fake:1883). The broker went away."
    clock.advance(S)
    assert len(publisher.sent) == 1
    publisher.connect()
    assert publisher.await_sent(2)
    eventually(lambda: not player.status().problem, "going on")
    play_through(clock, player)
    assert moments(publisher) == [0, 2, 3, 4, 11]
    assert payloads(publisher.messages) == [b"0", b"1", b"2", b"3", b"4"]
    report = player.report()
    assert report is not None
    assert (report.reconnects, report.confirmed, report.faithful) == (1, 5, False)
    assert report.timing_error_ms.max == 0.0
    assert "connection was lost" in report.reason


def test_the_first_message_waits_for_the_first_connection(tmp_path: Path, clock: ManualClock, player: Player):
    publisher = FakePublisher(clock, connected=False)
    player.start(ReplayRequest(session(tmp_path, numbered(5, 6))), publisher)
    eventually(lambda: player.status().problem, "waiting for the broker")
    clock.advance(30 * S)
    assert publisher.sent == []
    publisher.connect()
    asleep_until(clock, clock.now_ns() + S)
    play_through(clock, player)
    assert moments(publisher) == [30, 31]
    report = player.report()
    assert report is not None
    assert (report.reconnects, report.faithful) == (0, True)


def test_a_new_speed_before_the_first_connection_makes_no_burst(tmp_path: Path, clock: ManualClock, player: Player):
    publisher = FakePublisher(clock, connected=False)
    player.start(ReplayRequest(session(tmp_path, numbered(0, 20, 40))), publisher)
    eventually(lambda: player.status().problem, "waiting for the broker")
    clock.advance(30 * S)
    player.set_speed(10.0)
    publisher.connect()
    asleep_until(clock, clock.now_ns() + 2 * S)
    play_through(clock, player)
    assert moments(publisher) == [30, 32, 34]


def test_a_broker_that_confirms_nothing_for_too_long_fails_the_replay(tmp_path: Path, clock: ManualClock):
    publisher, player = FakePublisher(clock, confirms=False), Player(clock, give_up_s=60)
    player.start(ReplayRequest(session(tmp_path, numbered(0)), speed=None), publisher)
    assert publisher.await_sent(1)

    def given_up() -> bool:
        clock.advance(61 * S)  # again and again: nobody can see when the player has begun to wait
        return not player.status().active

    eventually(given_up, "giving up")
    status, report = player.status(), player.report()
    assert status.state is ReplayState.FAILED
    assert "confirmed nothing for 60 s" in status.problem
    assert report is not None
    assert report.reason.startswith(status.problem)


class Watched(FakePublisher):
    """Counts how often somebody has looked whether there is a connection."""

    looks = 0

    def connection(self) -> ConnectionStatus:
        self.looks += 1
        return super().connection()


def test_an_outage_on_purpose_may_be_longer_than_a_broker_may_be_away(tmp_path: Path, clock: ManualClock):
    publisher, player = Watched(clock), Player(clock, give_up_s=60)
    path = session(tmp_path, numbered(0, 1, 2))
    player.start(ReplayRequest(path, faults=(parse_fault("outage 10min at 1s"),)), publisher)
    asleep_until(clock, BEGIN + S)
    clock.advance(S)
    eventually(lambda: player.status().problem, "the outage")
    clock.advance(599 * S)
    seen = publisher.looks
    eventually(lambda: publisher.looks > seen + 5 or not player.status().active, "looking again")
    assert player.status().active
    clock.advance(S)
    assert publisher.await_sent(2)
    play_through(clock, player)
    assert player.status().state is ReplayState.FINISHED
    assert moments(publisher) == [0, 601, 602]


def test_a_seek_while_the_broker_is_away_happens_when_it_is_back(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    source = FakeSource(clock)
    player.start(ReplayRequest(session(tmp_path, numbered(0, 1, 2, 3))), publisher, source=source)
    asleep_until(clock, BEGIN + S)
    source.disconnect()
    publisher.disconnect()
    with pytest.raises(StateError, match="has not happened after 0 s"):
        player.seek(2.5, timeout=0)
    eventually(lambda: player.status().problem, "waiting for the broker")
    assert player.status().active
    source.connect()
    publisher.connect()
    asleep_until(clock, BEGIN + S // 2)
    play_through(clock, player)
    assert (player.status().state, payloads(publisher.messages)) == (ReplayState.FINISHED, [b"0", b"3"])


def test_what_waits_when_a_replay_is_given_up_is_not_sent_later(tmp_path: Path, clock: ManualClock):
    publisher, player = FakePublisher(clock, sends=False), Player(clock, give_up_s=60)
    player.start(ReplayRequest(session(tmp_path, numbered(0, 0)), speed=None), publisher)
    assert publisher.await_sent(2)

    def given_up() -> bool:
        clock.advance(61 * S)
        return not player.status().active

    eventually(given_up, "giving up")
    publisher.send_all()
    assert publisher.deliveries[0].sent_ns() == [None, None]
    status, report = player.status(), player.report()
    assert (status.state, status.published, status.failed) == (ReplayState.FAILED, 0, 0)
    assert report is not None
    assert report.reason.endswith("It published only 0 of 2 messages.")


@pytest.mark.parametrize("paused", [False, True])
def test_stopping_ends_promptly_in_a_long_silence(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player, paused: bool
):
    path = session(tmp_path, numbered(0, 100_000))
    player.start(ReplayRequest(path), publisher)
    asleep_until(clock, BEGIN + 100_000 * S)
    if paused:
        player.pause()
    status = player.stop(10)
    assert (status.state, status.active, status.published) == (ReplayState.STOPPED, False, 1)
    report = player.report()
    assert report is not None
    assert (report.faithful, report.reason) == (False, "It was stopped after 1 of 2 messages.")


def test_what_waits_when_a_replay_is_stopped_is_not_sent_later(tmp_path: Path, clock: ManualClock, player: Player):
    publisher = FakePublisher(clock, sends=False)
    player.start(ReplayRequest(session(tmp_path, numbered(*[0] * 5_000)), speed=None), publisher)
    assert publisher.await_sent(MAX_BATCH)
    publisher.deliveries[0].send(clock.now_ns())
    assert player.stop(10).state is ReplayState.STOPPED
    publisher.confirm_all()
    assert not any(at_ns for delivery in publisher.deliveries[1:] for at_ns in delivery.sent_ns())
    report = player.report()
    assert report is not None
    assert (report.published, report.failed) == (MAX_BATCH, 0)
    assert report.reason.startswith(f"It was stopped after {MAX_BATCH:,} of 5,000 messages.")
    assert (player.status().published, player.status().confirmed) == (MAX_BATCH, MAX_BATCH)


def test_stopping_a_replay_that_has_just_ended_by_itself_does_no_harm(
    tmp_path: Path, publisher: FakePublisher, player: Player
):
    player.start(ReplayRequest(session(tmp_path, numbered(0)), speed=None), publisher)
    assert player.wait(10)
    report = player.report()
    assert player.stop().state is ReplayState.FINISHED
    assert player.report() is report


@pytest.mark.parametrize("action", ["pause", "resume"])
def test_a_replay_that_has_ended_cannot_be_steered_any_more(
    tmp_path: Path, publisher: FakePublisher, player: Player, action: str
):
    player.start(ReplayRequest(session(tmp_path, numbered(0), name="order 7"), speed=None), publisher)
    assert player.wait(10)
    with pytest.raises(StateError, match="The replay of 'order 7' has ended; start it again"):
        getattr(player, action)()
    with pytest.raises(StateError, match="The replay of 'order 7' has ended; start it again"):
        player.set_speed(2.0)


@pytest.mark.parametrize("connected", [False, True])
def test_stopping_ends_while_the_broker_takes_nothing(tmp_path: Path, clock: ManualClock, connected: bool):
    publisher, player = FakePublisher(clock, connected=connected, confirms=False), Player(clock)
    player.start(ReplayRequest(session(tmp_path, numbered(*[0] * 5_000)), speed=None), publisher)
    if connected:
        assert publisher.await_sent(MAX_OPEN_MESSAGES)
    else:
        eventually(lambda: player.status().problem, "waiting for the broker")
    assert player.stop(10).state is ReplayState.STOPPED
