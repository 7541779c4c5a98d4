"""The player with real sessions, on a clock that moves only when told to."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.errors import PublishRefused, SessionFileError, StateError, UsageError
from core.message import FROM_DUMP, LIVE, LIVE_RETAINED
from replay.player import Player, ReplayRequest, ReplayState
from replay.publishing import MAX_BATCH
from replay.status import StateBefore
from tests.fakes import FakePublisher, payloads
from tests.replay.playing import BEGIN, S, asleep_until, moments, play_through
from tests.replay.sessions import message, numbered, session


def test_a_player_that_never_played_says_so(player: Player):
    assert (player.status().state, player.status().active) == (ReplayState.IDLE, False)
    assert player.report() is None
    assert player.wait(0)


@pytest.mark.parametrize("speed", [0.5, 1.0, 8.0])
def test_every_message_is_published_exactly_when_it_is_due(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player, speed: float
):
    recorded = [3.0, 3.25, 7.0, 7.0, 60.0]
    path = session(tmp_path, numbered(*recorded))
    player.start(ReplayRequest(path, speed=speed), publisher)
    play_through(clock, player)
    assert moments(publisher) == [(at - 3.0) / speed for at in recorded]
    assert payloads(publisher.messages) == [b"0", b"1", b"2", b"3", b"4"]
    report = player.report()
    assert report is not None
    assert (report.planned, report.published, report.confirmed, report.failed) == (5, 5, 5, 0)
    assert (report.timing_error_ms.max, report.drift_ms, report.duration_seconds) == (0.0, 0.0, 57.0 / speed)
    assert (report.faithful, report.reason) == (True, "")


def test_what_is_due_together_is_published_in_one_batch(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    path = session(tmp_path, numbered(*[1.0] * 7, 2.0, *[3.0] * (MAX_BATCH + 1)))
    player.start(ReplayRequest(path), publisher)
    play_through(clock, player)
    assert publisher.batches == [7, 1, MAX_BATCH, 1]


def test_a_status_shows_plan_progress_and_position(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    path = session(tmp_path, numbered(2.0, 12.0, 22.0), name="order 7")
    started = player.start(ReplayRequest(path), publisher)
    assert (started.session_name, started.session, started.planned) == ("order 7", path, 3)
    assert (started.environment, started.duration_s) == ("fake (mqtt://fake:1883)", 22.0)
    asleep_until(clock, BEGIN + 10 * S)
    clock.advance(4 * S)
    status = player.status()
    assert (status.state, status.active, status.published, status.confirmed) == (ReplayState.PLAYING, True, 1, 1)
    assert (status.position_s, status.elapsed_s, status.started_ns) == (6.0, 4.0, BEGIN)
    play_through(clock, player)
    end = player.status()
    assert (end.state, end.active, end.published, end.position_s) == (ReplayState.FINISHED, False, 3, 22.0)
    assert end.elapsed_s == 20.0


def test_pausing_holds_the_replay_and_resuming_makes_no_burst(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    path = session(tmp_path, numbered(*range(10)))
    player.start(ReplayRequest(path), publisher)
    asleep_until(clock, BEGIN + S)
    clock.advance(S // 2)
    assert player.pause().state is ReplayState.PAUSED
    clock.advance(1_000 * S)
    assert player.status().position_s == 0.5
    assert len(publisher.sent) == 1
    assert player.resume().state is ReplayState.PLAYING
    asleep_until(clock, clock.now_ns() + S // 2)
    play_through(clock, player)
    assert moments(publisher) == [0, *(1_000 + second for second in range(1, 10))]
    report = player.report()
    assert report is not None
    assert report.faithful


def test_a_new_speed_counts_from_the_present_position(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    path = session(tmp_path, numbered(0, 10, 20, 30))
    player.start(ReplayRequest(path), publisher)
    asleep_until(clock, BEGIN + 10 * S)
    clock.advance(5 * S)
    assert player.set_speed(10.0).speed == 10.0
    asleep_until(clock, BEGIN + 5 * S + S // 2)
    play_through(clock, player)
    assert moments(publisher) == [0, 5.5, 6.5, 7.5]
    assert (report := player.report()) is not None
    assert report.to_json()["speeds"] == [1.0, 10.0]


def test_the_speed_can_be_set_to_max_in_the_middle_of_a_silence(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    path = session(tmp_path, numbered(0, 10_000, 20_000))
    player.start(ReplayRequest(path), publisher)
    asleep_until(clock, BEGIN + 10_000 * S)
    player.set_speed(None)
    assert player.wait(10)
    assert moments(publisher) == [0, 0, 0]


def test_at_max_speed_the_clock_does_not_matter(tmp_path: Path, publisher: FakePublisher, player: Player):
    path = session(tmp_path, numbered(*range(0, 30_000, 10)))
    player.start(ReplayRequest(path, speed=None), publisher)
    assert player.wait(30)
    report = player.report()
    assert report is not None
    assert (report.confirmed, report.faithful, report.timing_error_ms.max) == (3_000, True, 0.0)
    assert payloads(publisher.messages) == [b"%d" % number for number in range(3_000)]
    assert player.status().position_s == 29_990.0


def test_each_loop_follows_the_one_before(tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player):
    path = session(tmp_path, numbered(5, 6, 8))
    assert player.start(ReplayRequest(path, loop=3), publisher).planned == 9
    play_through(clock, player)
    assert moments(publisher) == [0, 1, 3, 3, 4, 6, 6, 7, 9]
    assert payloads(publisher.messages) == [b"0", b"1", b"2"] * 3


def test_a_range_begins_with_its_first_message(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    path = session(tmp_path, numbered(0, 10, 12, 20, 30))
    assert player.start(ReplayRequest(path, start_s=10, end_s=20, state=StateBefore.NONE), publisher).planned == 2
    play_through(clock, player)
    assert payloads(publisher.messages) == [b"1", b"2"]
    assert moments(publisher) == [0, 2]


def test_topics_are_chosen_by_filters(tmp_path: Path, publisher: FakePublisher, player: Player):
    path = session(tmp_path, [message(topic=topic) for topic in ("a/1", "a/2", "b/1")])
    request = ReplayRequest(path, speed=None, include=("a/#",), exclude=("+/2",))
    assert player.start(request, publisher).planned == 1
    assert player.wait(10)
    assert [one.topic for one in publisher.messages] == ["a/1"]


def test_messages_go_out_as_recorded_and_carry_the_runs_id(tmp_path: Path, publisher: FakePublisher, player: Player):
    kinds = [(LIVE, 0), (LIVE_RETAINED, 1), (FROM_DUMP, 2)]
    path = session(tmp_path, [message(topic=f"a/{i}", retain=r, qos=q) for i, (r, q) in enumerate(kinds)])
    run_id = player.start(ReplayRequest(path, speed=None), publisher).run_id
    assert player.wait(10)
    assert [(one.retained, one.qos) for one in publisher.messages] == [(False, 0), (True, 1), (True, 2)]
    for one in publisher.messages:
        assert one.properties is not None
        assert one.properties.user_properties == (("session-replay", run_id),)


def test_qos_and_retain_can_be_overridden(tmp_path: Path, publisher: FakePublisher, player: Player):
    path = session(tmp_path, [message(retain=LIVE_RETAINED, qos=1)])
    player.start(ReplayRequest(path, speed=None, qos=0, retain=False), publisher)
    assert player.wait(10)
    assert [(one.retained, one.qos) for one in publisher.messages] == [(False, 0)]


def test_nothing_chosen_finishes_at_once_says_why_and_is_not_faithful(
    tmp_path: Path, publisher: FakePublisher, player: Player
):
    path = session(tmp_path, numbered(1, 2))
    player.start(ReplayRequest(path, include=("nowhere/#",)), publisher)
    assert player.wait(10)
    status, report = player.status(), player.report()
    assert (status.state, status.planned) == (ReplayState.FINISHED, 0)
    assert "nothing to replay" in status.problem
    assert report is not None
    assert (report.faithful, report.reason) == (False, status.problem)
    assert publisher.sent == []


def test_an_environment_that_is_not_marked_gets_nothing(tmp_path: Path, clock: ManualClock, player: Player):
    publisher = FakePublisher(clock, may_publish=False)
    with pytest.raises(PublishRefused, match="not marked for publishing"):
        player.start(ReplayRequest(session(tmp_path, numbered(0))), publisher)
    assert player.status().state is ReplayState.IDLE


def test_a_file_that_is_not_a_session_is_said_by_start(tmp_path: Path, publisher: FakePublisher, player: Player):
    path = tmp_path / "foreign.db"
    path.write_bytes(b"not a database")
    with pytest.raises(SessionFileError):
        player.start(ReplayRequest(path), publisher)
    with pytest.raises(SessionFileError):
        player.start(ReplayRequest(tmp_path / "absent.db"), publisher)
    assert (player.status().active, player.status().state) == (False, ReplayState.IDLE)


def test_a_wrong_request_is_refused(tmp_path: Path, publisher: FakePublisher, player: Player):
    path = session(tmp_path, numbered(0, 100))
    with pytest.raises(UsageError):
        player.start(ReplayRequest(path, speed=0), publisher)
    player.start(ReplayRequest(path), publisher)
    with pytest.raises(UsageError, match="speed"):
        player.set_speed(-2)


def test_a_second_replay_is_refused_while_one_is_active(tmp_path: Path, publisher: FakePublisher, player: Player):
    path = session(tmp_path, numbered(0, 100), name="first")
    player.start(ReplayRequest(path), publisher)
    with pytest.raises(StateError, match="'first' is being replayed already"):
        player.start(ReplayRequest(path), publisher)
    player.stop()
    player.start(ReplayRequest(path, speed=None), publisher)
    assert player.wait(10)


@pytest.mark.parametrize("action", ["stop", "pause", "resume"])
def test_nothing_can_be_done_with_a_replay_that_does_not_exist(player: Player, action: str):
    with pytest.raises(StateError, match="Nothing is being replayed"):
        getattr(player, action)()
    with pytest.raises(StateError, match="Nothing is being replayed"):
        player.set_speed(2.0)


def test_pausing_twice_and_resuming_what_plays_are_refused(tmp_path: Path, publisher: FakePublisher, player: Player):
    player.start(ReplayRequest(session(tmp_path, numbered(0, 100))), publisher)
    with pytest.raises(StateError, match="not paused"):
        player.resume()
    player.pause()
    with pytest.raises(StateError, match="paused already"):
        player.pause()


def test_the_thread_bears_its_owners_name(tmp_path: Path, publisher: FakePublisher, player: Player):
    player.start(ReplayRequest(session(tmp_path, numbered(0, 100))), publisher)
    thread = next(thread for thread in threading.enumerate() if thread.name == "player")
    assert thread.daemon
    player.stop()
    thread.join(10)
    assert not thread.is_alive()
