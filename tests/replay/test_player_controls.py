"""Seeking, stepping, resetting, and loops without an end: a player on a clock that is moved by hand."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import ManualClock
from core.errors import StateError, UsageError
from core.message import LIVE_RETAINED
from replay.player import Player, ReplayRequest, ReplayState
from replay.status import StateBefore
from tests.fakes import FakePublisher, eventually, payloads
from tests.replay.playing import BEGIN, S, asleep_until, moments, play_through
from tests.replay.sessions import message, numbered, session


def test_seeking_forward_leaves_out_what_lies_between(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    player.start(ReplayRequest(session(tmp_path, numbered(0, 1, 2, 50, 60))), publisher)
    asleep_until(clock, BEGIN + S)
    status = player.seek(45)
    assert (status.position_s, status.planned, status.published) == (45, 3, 1)
    play_through(clock, player)
    assert payloads(publisher.messages) == [b"0", b"3", b"4"]
    assert moments(publisher) == [0, 5, 15]
    report = player.report()
    assert report is not None
    assert (report.planned, report.published, report.timing_error_ms.max) == (3, 3, 0)
    assert (report.faithful, report.reason) == (
        False,
        "It was moved to another position once: messages were left out, or came again.",
    )


def test_seeking_back_plays_again(tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player):
    player.start(ReplayRequest(session(tmp_path, numbered(0, 1, 2, 3))), publisher)
    asleep_until(clock, BEGIN + S)
    clock.advance(S)
    asleep_until(clock, BEGIN + 2 * S)
    assert player.seek(0).planned == 6
    play_through(clock, player)
    assert payloads(publisher.messages) == [b"0", b"1", b"0", b"1", b"2", b"3"]
    assert moments(publisher) == [0, 1, 1, 2, 3, 4]


def test_a_seek_in_a_pause_stays_paused(tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player):
    player.start(ReplayRequest(session(tmp_path, numbered(0, 1, 2, 50))), publisher)
    asleep_until(clock, BEGIN + S)
    player.pause()
    assert player.seek(49).state is ReplayState.PAUSED
    clock.advance(1_000 * S)
    assert (len(publisher.sent), player.status().position_s) == (1, 49)
    player.resume()
    play_through(clock, player)
    assert payloads(publisher.messages) == [b"0", b"3"]
    assert moments(publisher) == [0, 1_001]


@pytest.mark.parametrize(("wanted", "reached"), [(-5, 2), (0, 2), (999, 6), (1e300, 6)])
def test_a_seek_stays_within_the_range(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player, wanted: float, reached: float
):
    path = session(tmp_path, numbered(0, 2, 4, 6, 9))
    player.start(ReplayRequest(path, start_s=2, end_s=8, state=StateBefore.NONE, paused=True), publisher)
    assert player.seek(wanted).position_s == reached


def test_a_seek_at_max_speed_goes_on_from_there(tmp_path: Path, publisher: FakePublisher, player: Player):
    player.start(ReplayRequest(session(tmp_path, numbered(0, 1, 2)), speed=None, paused=True), publisher)
    player.seek(1.5)
    player.resume()
    assert player.wait(10)
    assert payloads(publisher.messages) == [b"2"]


def test_a_position_that_is_no_number_is_refused(tmp_path: Path, publisher: FakePublisher, player: Player):
    player.start(ReplayRequest(session(tmp_path, numbered(0, 9)), paused=True), publisher)
    with pytest.raises(UsageError, match="position"):
        player.seek(float("nan"))


def test_a_seek_publishes_the_stored_messages_of_that_moment(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    recorded = [message(at, "state", b"%d" % at, retain=LIVE_RETAINED) for at in range(5)]
    player.start(ReplayRequest(session(tmp_path, recorded), paused=True), publisher)
    player.seek(3)
    assert [(one.payload, one.retain) for one in publisher.messages] == [(b"2", LIVE_RETAINED)]
    player.resume()
    play_through(clock, player)
    assert payloads(publisher.messages) == [b"2", b"3", b"4"]


def test_the_new_place_is_shown_when_the_broker_has_the_state_of_it(tmp_path: Path, clock: ManualClock, player: Player):
    publisher = FakePublisher(clock, confirms=False)
    recorded = [message(at, "state", b"%d" % at, retain=LIVE_RETAINED) for at in range(5)]
    player.start(ReplayRequest(session(tmp_path, recorded), paused=True), publisher)
    with pytest.raises(StateError, match="has not happened after 0 s"):
        player.seek(3, timeout=0)
    assert publisher.await_sent(1)
    assert player.status().position_s == 0
    publisher.confirm_all()
    eventually(lambda: player.status().position_s == 3, "the new place")


def test_a_step_publishes_one_message_and_stands_still(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    player.start(ReplayRequest(session(tmp_path, numbered(0, 10, 20, 25)), paused=True), publisher)
    assert player.step().position_s == 0
    assert player.step().position_s == 10
    clock.advance(1_000 * S)
    assert payloads(publisher.messages) == [b"0", b"1"]
    player.resume()
    asleep_until(clock, clock.now_ns() + 10 * S)
    play_through(clock, player)
    assert moments(publisher) == [0, 0, 1_010, 1_015]


def test_a_step_while_playing_pauses(tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player):
    player.start(ReplayRequest(session(tmp_path, numbered(0, 10, 20))), publisher)
    asleep_until(clock, BEGIN + 10 * S)
    assert player.step().state is ReplayState.PAUSED
    assert payloads(publisher.messages) == [b"0", b"1"]


def test_a_step_to_a_topic_publishes_everything_up_to_it(tmp_path: Path, publisher: FakePublisher, player: Player):
    recorded = [message(at, topic, topic.encode()) for at, topic in enumerate(["a", "b", "c/1", "b", "c/2"])]
    player.start(ReplayRequest(session(tmp_path, recorded), paused=True), publisher)
    player.step("c/#")
    assert payloads(publisher.messages) == [b"a", b"b", b"c/1"]
    player.step("c/#")
    assert payloads(publisher.messages) == [b"a", b"b", b"c/1", b"b", b"c/2"]


def test_a_step_to_what_does_not_come_any_more_publishes_nothing(
    tmp_path: Path, publisher: FakePublisher, player: Player
):
    player.start(ReplayRequest(session(tmp_path, numbered(0, 1)), paused=True), publisher)
    with pytest.raises(StateError, match="No message on 'z/#' follows"):
        player.step("z/#")
    with pytest.raises(UsageError, match="'a/#/b' is not a topic filter"):
        player.step("a/#/b")
    assert publisher.messages == []
    assert player.step().active


def test_a_paused_replay_stays_at_its_end_until_it_is_resumed_or_taken_back(
    tmp_path: Path, publisher: FakePublisher, player: Player
):
    player.start(ReplayRequest(session(tmp_path, numbered(0, 1)), paused=True), publisher)
    player.step()
    player.step()
    with pytest.raises(StateError, match="at its end"):
        player.step()
    assert player.seek(1).state is ReplayState.PAUSED
    player.step()
    assert payloads(publisher.messages) == [b"0", b"1", b"1"]
    player.resume()
    assert player.wait(10)
    assert player.status().state is ReplayState.FINISHED


def test_a_reset_goes_back_to_the_start_and_waits_there(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    path = session(tmp_path, numbered(0, 5, 6, 9))
    player.start(ReplayRequest(path, start_s=5, state=StateBefore.NONE), publisher)
    asleep_until(clock, BEGIN + S)
    status = player.reset()
    assert (status.state, status.position_s) == (ReplayState.PAUSED, 5)
    player.resume()
    play_through(clock, player)
    assert payloads(publisher.messages) == [b"1", b"1", b"2", b"3"]


def test_a_reset_forgets_a_replay_that_has_ended_but_not_its_report(
    tmp_path: Path, publisher: FakePublisher, player: Player
):
    player.start(ReplayRequest(session(tmp_path, numbered(0)), speed=None), publisher)
    assert player.wait(10)
    report = player.report()
    assert report is not None
    assert player.reset().state is ReplayState.IDLE
    assert player.report() is report


def test_orders_to_a_replay_that_waits_for_its_broker_take_effect_when_it_comes(
    tmp_path: Path, clock: ManualClock, player: Player
):
    publisher = FakePublisher(clock, connected=False)
    player.start(ReplayRequest(session(tmp_path, numbered(0, 1, 2))), publisher)
    with pytest.raises(StateError, match="has not happened after 0 s"):
        player.seek(2, timeout=0)
    publisher.connect()
    assert publisher.await_sent(1)
    play_through(clock, player)
    assert payloads(publisher.messages) == [b"2"]


def test_an_order_that_comes_too_late_fails(tmp_path: Path, clock: ManualClock, player: Player):
    publisher = FakePublisher(clock, connected=False)
    player.start(ReplayRequest(session(tmp_path, numbered(0, 1))), publisher)
    failed: list[str] = []

    def seek() -> None:
        try:
            player.seek(1)
        except StateError as error:
            failed.append(str(error))

    thread = threading.Thread(target=seek)
    thread.start()
    player.stop()
    thread.join(10)
    assert failed == ["The replay has ended; start it again."] or "has ended" in failed[0]


def test_without_an_end_it_plays_until_it_is_stopped(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    request = ReplayRequest(session(tmp_path, numbered(0, 1)), loop=None, loop_pause_s=3)
    player.start(request, publisher)
    for number in range(1, 8):
        at_s = number // 2 * 4 + number % 2
        asleep_until(clock, BEGIN + at_s * S)
        clock.advance(BEGIN + at_s * S - clock.now_ns())
        assert publisher.await_sent(number + 1)
    asleep_until(clock, BEGIN + 16 * S)
    status = player.status()
    assert (status.passes, status.pass_number, status.planned) == (None, 4, 10)
    assert player.stop().state is ReplayState.STOPPED
    assert moments(publisher) == [0, 1, 4, 5, 8, 9, 12, 13]


def test_it_can_wait_before_the_first_message(
    tmp_path: Path, clock: ManualClock, publisher: FakePublisher, player: Player
):
    assert player.start(ReplayRequest(session(tmp_path, numbered(0, 1)), paused=True), publisher).active
    clock.advance(60 * S)
    assert publisher.messages == []
    player.resume()
    play_through(clock, player)
    assert moments(publisher) == [60, 61]


STEERING = st.lists(
    st.tuples(st.sampled_from(["wait", "pause", "resume", "speed", "seek", "step"]), st.integers(0, 30)), max_size=15
)


@settings(max_examples=60)
@given(times=st.lists(st.integers(0, 20), min_size=1, max_size=8), steering=STEERING)
def test_however_it_is_steered_nothing_is_skipped_or_doubled(
    tmp_path: Path, times: list[int], steering: Sequence[tuple[str, int]]
):
    """Between two seeks the messages come in the recorded order, one after the other, and never before their time."""
    clock = ManualClock(BEGIN)
    publisher, player = FakePublisher(clock), Player(clock)
    player.start(ReplayRequest(session(tmp_path, numbered(*times))), publisher)
    pieces = [[b"%d" % number for number in range(len(times))]]
    begins = [0]
    for action, amount in steering:
        if not _settled(clock, player):
            break
        if action == "wait":
            clock.advance(amount * S)
        elif action == "speed":
            player.set_speed(amount / 10 or None)
        elif action != "seek":
            _unless_impossible(getattr(player, action))
        elif (begin := _seek(player, publisher, amount)) is not None:
            begins.append(begin)
            first = next(number for number, at in enumerate(times) if at >= min(amount, max(times)))
            pieces.append(pieces[0][first:])
    if player.status().state is ReplayState.PAUSED:
        player.resume()
    play_through(clock, player)
    sent = payloads(publisher.messages)
    for begin, end, piece in zip(begins, [*begins[1:], len(sent)], pieces, strict=True):
        assert sent[begin:end] == piece[: end - begin]
    assert sent[begins[-1] :] == pieces[-1]
    report = player.report()
    assert report is not None
    assert report.planned == report.published == len(sent)


def _settled(clock: ManualClock, player: Player) -> bool:
    """Whether it still plays, as soon as it waits for its next message or for somebody."""

    def waits() -> bool:
        status = player.status()
        return not status.active or status.state is ReplayState.PAUSED or clock.waiting_until_ns is not None

    eventually(waits, "the player waiting")
    return player.status().active


def _seek(player: Player, publisher: FakePublisher, position_s: float) -> int | None:
    """How much had been published when it went on from there; None if it had ended before."""
    try:
        was_playing = player.status().state is ReplayState.PLAYING
        if was_playing:
            player.pause()  # else it would go on before anybody can look
        player.seek(position_s)
        begin = len(publisher.sent)
        if was_playing:
            player.resume()
    except StateError:
        assert not player.status().active
        return None
    return begin


def _unless_impossible(action: Callable[[], object]) -> None:
    """Paused twice, resumed while playing, stepped at the end, or all over already: refused, and nothing happens."""
    with contextlib.suppress(StateError):
        action()
