"""A player that renames, moves times, waits at barriers and does faults on purpose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.clock import ManualClock
from core.errors import StateError, UsageError
from core.message import LIVE, LIVE_RETAINED, Message
from replay.barriers import parse_barrier
from replay.faults import Fault, FaultKind, parse_fault
from replay.player import Player, ReplayRequest, ReplayState
from replay.report import ReplayReport
from replay.status import TimeShift
from tests.fakes import FakePublisher, FakeSource, eventually, payloads
from tests.replay.playing import BEGIN, S, asleep_until, moments, play_through
from tests.replay.sessions import START_NS, message, numbered, session


def timed(at_s: float, topic: str = "a") -> Message:
    """A message that says when it was sent, in milliseconds, in a usual field and in one that has to be found."""
    at_ms = START_NS // 1_000_000 + round(at_s * 1000)
    return message(at_s, topic, json.dumps({"ts": at_ms, "sentMs": at_ms}).encode())


def times_s(publisher: FakePublisher) -> list[tuple[float, float]]:
    """What the published messages say, in seconds since the replay's begin."""
    found = [json.loads(payload) for payload in payloads(publisher.messages)]
    return [(one["ts"] / 1000 - BEGIN / S, one["sentMs"] / 1000 - BEGIN / S) for one in found]


def finished(player: Player) -> ReplayReport:
    assert player.status().state is ReplayState.FINISHED, player.status().problem
    report = player.report()
    assert report is not None
    return report


@pytest.mark.parametrize("speed", [1.0, 10.0, None])
def test_times_move_so_that_the_start_is_now_and_their_differences_stay(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player, speed: float | None
):
    path = session(tmp_path, [timed(at) for at in (3.0, 4.0, 9.5)])
    player.start(ReplayRequest(path, speed=speed, shift=TimeShift.RUN), publisher)
    play_through(clock, player)
    assert times_s(publisher) == [(0, 0), (1, 1), (6.5, 6.5)]
    assert "sentMs" in finished(player).transforms[0]


def test_times_move_with_their_message_at_any_speed(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    path = session(tmp_path, [timed(at) for at in (3.0, 4.0, 9.0)])
    player.start(ReplayRequest(path, speed=10.0, shift=TimeShift.MESSAGE), publisher)
    play_through(clock, player)
    assert [ts for ts, _ in times_s(publisher)] == pytest.approx(moments(publisher))


def test_the_state_before_the_start_is_as_old_as_it_was(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    path = session(tmp_path, [timed(1.0, "old"), timed(10.0, "new")])
    player.start(ReplayRequest(path, start_s=10.0, shift=TimeShift.RUN), publisher)
    play_through(clock, player)
    assert [message.topic for message in publisher.messages] == ["old", "new"]
    assert times_s(publisher) == [(-9, -9), (0, 0)]


def start(player: Player, path: Path, publisher: FakePublisher, faults: list[str], **options: Any) -> None:
    player.start(ReplayRequest(path, faults=tuple(map(parse_fault, faults)), **options), publisher)


def test_faults_are_done_and_reported(tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player):
    path = session(tmp_path, [message(number, "ab"[number % 2], b"%d" % number) for number in range(6)])
    start(player, path, publisher, ["drop of a", "duplicate of b", "delay 0.5s of b"])
    play_through(clock, player)
    assert payloads(publisher.messages) == [b"1", b"1", b"3", b"3", b"5", b"5"]
    assert moments(publisher) == [1.5, 1.5, 3.5, 3.5, 5.5, 5.5]
    report = finished(player)
    assert report.faults == {"drop": 3, "duplicate": 3, "delay": 6}
    assert (report.planned, report.published, report.confirmed) == (6, 6, 6)


def test_an_outage_comes_at_its_position_and_one_before_the_start_does_not(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    path = session(tmp_path, numbered(1.0, 5.0, 6.0))
    start(player, path, publisher, ["outage 7s at 2s", "outage 3s at 5.5s"], start_s=4.0, seed=1)
    eventually(lambda: clock.waiting_until_ns is not None, "waiting for the second message")
    assert publisher.interruptions == []
    clock.advance(2 * S)
    eventually(lambda: publisher.interruptions == [3.0], "the outage")
    clock.advance(4 * S)
    play_through(clock, player)
    assert payloads(publisher.messages)[-2:] == [b"1", b"2"]


def test_at_a_barrier_it_waits_for_whoever_answers(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    source = FakeSource(clock)
    path = session(tmp_path, numbered(1.0, 2.0, 3.0))
    barriers = (parse_barrier("at 2 until message ready"), parse_barrier("after a until key"))
    player.start(ReplayRequest(path, speed=None, barriers=barriers), publisher, source=source)
    for sent in range(1, 4):
        eventually(lambda: len(publisher.messages) >= sent and player.status().waits_for_key, "the key")  # noqa: B023
        assert len(publisher.messages) == sent
        player.release()
        if sent == 1:
            eventually(lambda: "'at 2 until message ready'" in player.status().problem, "the barrier")
            source.send("ready", b"", 1, LIVE)
    assert player.wait(10)
    assert len(finished(player).barriers) == 4


@pytest.mark.parametrize("place", ["at 1", "before b", "after a"])
def test_a_step_to_what_does_not_come_opens_no_barrier(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player, place: str
):
    path = session(tmp_path, [message(0, "a"), message(1, "b"), message(2, "c")])
    player.start(ReplayRequest(path, barriers=(parse_barrier(f"{place} until key"),)), publisher)
    if place != "after a":
        asleep_until(clock, BEGIN + S)
        clock.advance(S)
    eventually(lambda: player.status().waits_for_key, "the barrier")
    with pytest.raises(StateError, match="No message on 'nowhere' follows"):
        player.step("nowhere")
    assert player.resume().waits_for_key
    assert [one.topic for one in publisher.messages] == ["a"]
    assert player.step().state is ReplayState.PAUSED  # by hand one can pass it by
    assert [one.topic for one in publisher.messages] == ["a", "b"]


def test_a_barrier_that_stays_closed_ends_the_replay_with_the_reason(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    source = FakeSource(clock)
    path = session(tmp_path, numbered(1.0, 2.0))
    barriers = (parse_barrier("at 2 until message ready within 5"),)
    player.start(ReplayRequest(path, speed=None, barriers=barriers), publisher, source=source)
    eventually(lambda: player.status().problem, "the barrier")
    clock.advance(5 * S)
    assert player.wait(10)
    assert player.status().state is ReplayState.FAILED
    assert "stayed closed: no message of somebody else came on 'ready' within 5 s" in player.status().problem


def test_a_replay_that_has_failed_clears_up_too(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    path = session(tmp_path, [message(0, "stored", b"1", retain=LIVE_RETAINED), message(2, "later", b"2")])
    barriers = (parse_barrier("at 2 until key within 5"),)
    player.start(ReplayRequest(path, speed=None, barriers=barriers, clear_retained=True), publisher)
    eventually(lambda: player.status().waits_for_key, "the barrier")
    clock.advance(5 * S)
    assert player.wait(10)
    assert "stayed closed" in player.status().problem
    assert [(one.topic, one.payload) for one in publisher.messages] == [("stored", b"1"), ("stored", b"")]
    report = player.report()
    assert report is not None
    assert (report.state_changes.deleted, report.warnings) == (1, ())


def test_a_replay_that_cannot_clear_up_says_so_beside_the_reason_of_its_failure(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    path = session(tmp_path, [message(0, "stored", b"1", retain=LIVE_RETAINED), message(2, "later", b"2")])
    barriers = (parse_barrier("at 2 until key within 5"),)
    player.start(ReplayRequest(path, speed=None, barriers=barriers, clear_retained=True), publisher)
    eventually(lambda: player.status().waits_for_key, "the barrier")
    publisher.disconnect()
    clock.advance(5 * S)
    assert player.wait(10)
    report = player.report()
    assert report is not None
    assert "stayed closed" in report.reason
    assert [one for one in report.warnings if "could not be deleted" in one]
    assert report.state_changes.deleted == 0


def test_nothing_starts_with_a_rule_that_cannot_be_used(tmp_path: Path, publisher: FakePublisher, player: Player):
    path = session(tmp_path, numbered(1.0))
    with pytest.raises(UsageError, match="The topic rule 'a/#=b' cannot be used"):
        player.start(ReplayRequest(path, remap=("a/#=b",)), publisher)


def test_after_a_barrier_there_is_no_burst_of_what_became_due_meanwhile(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    path = session(tmp_path, [message(at, "a", b"%d" % at) for at in (0, 1, 2, 4)])
    player.start(ReplayRequest(path, barriers=(parse_barrier("at 1 until key"),)), publisher)
    asleep_until(clock, BEGIN + S)
    clock.advance(S)
    eventually(lambda: player.status().waits_for_key, "the barrier")
    clock.advance(100 * S)
    player.release()
    play_through(clock, player)
    assert moments(publisher) == [0, 101, 102, 104]


@pytest.mark.parametrize(
    "options",
    [{"faults": (Fault(FaultKind.DROP, "a"),)}, {"remap": (r"re:a=+",)}],
    ids=["all dropped on purpose", "no topic left"],
)
def test_loops_without_an_end_of_which_nothing_is_left_are_steered_and_stopped(
    tmp_path: Path, publisher: FakePublisher, player: Player, options: dict[str, Any]
):
    player.start(ReplayRequest(session(tmp_path, numbered(0, 1, 2)), loop=None, speed=None, **options), publisher)
    eventually(lambda: player.status().pass_number > 1, "another loop")
    player.pause()
    assert player.seek(1).position_s == 1
    player.resume()
    assert player.stop().state is ReplayState.STOPPED
    assert publisher.messages == []


def test_what_is_left_out_on_purpose_takes_its_time_and_opens_no_barrier(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    path = session(tmp_path, [message(0, "a"), message(5, "b"), message(9, "b")])
    barriers = (parse_barrier("before b until key"), parse_barrier("after b until key"))
    dropped = (Fault(FaultKind.DROP, "b"),)
    player.start(ReplayRequest(path, faults=dropped, barriers=barriers), publisher)
    asleep_until(clock, BEGIN + 5 * S)
    assert player.status().next_topic == ""
    clock.advance(5 * S)
    asleep_until(clock, BEGIN + 9 * S)
    clock.advance(4 * S)
    assert player.wait(10)
    report = player.report()
    assert report is not None
    assert (report.published, report.faults, report.duration_seconds) == (1, {"drop": 2}, 9)


def test_a_step_passes_by_what_is_left_out_and_says_so_if_nothing_else_comes(
    tmp_path: Path, publisher: FakePublisher, player: Player
):
    path = session(tmp_path, [message(0, "a"), message(5, "b"), message(9, "c")])
    request = ReplayRequest(path, paused=True, loop=None, loop_pause_s=1, faults=(Fault(FaultKind.DROP, "b"),))
    player.start(request, publisher)
    for _ in range(3):
        player.step()
    assert [one.topic for one in publisher.messages] == ["a", "c", "a"]
    with pytest.raises(StateError, match="left out by a fault on purpose"):
        player.step("b")


def test_behind_a_message_that_it_waits_after_the_next_one_is_named_and_the_position_stays(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    path = session(tmp_path, [message(2, "order"), message(8, "answer")])
    player.start(ReplayRequest(path, loop=2, barriers=(parse_barrier("after # until key"),)), publisher)
    seen = []
    for published in (1, 2, 3):
        assert publisher.await_sent(published)
        eventually(lambda: player.status().waits_for_key, "the barrier")
        clock.advance(60 * S)
        status = player.status()
        seen.append((status.next_topic, status.position_s, status.pass_number))
        player.release()
        if status.next_topic == "answer":
            eventually(lambda: clock.waiting_until_ns is not None, "waiting for the answer")
            clock.advance(6 * S)
    assert seen == [("answer", 2, 0), ("order", 8, 0), ("answer", 2, 1)]


def test_after_a_step_the_next_message_is_named(tmp_path: Path, publisher: FakePublisher, player: Player):
    path = session(tmp_path, [message(2, "order"), message(8, "answer")])
    player.start(ReplayRequest(path, paused=True), publisher)
    assert player.step().next_topic == "answer"
