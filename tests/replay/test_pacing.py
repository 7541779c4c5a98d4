"""The replay's clock, on a clock that moves only when told to."""

from __future__ import annotations

import threading
from concurrent.futures import Future

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock
from core.message import NS_PER_SECOND
from replay.pacing import EVERYTHING_DUE, ReplayClock
from tests.fakes import eventually

S = NS_PER_SECOND


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_000 * S)


def sleeping(pace: ReplayClock, offset_ns: int) -> Future[bool]:
    """Sleeps in another thread; the result is what `sleep_until` returned."""
    result: Future[bool] = Future()
    threading.Thread(target=lambda: result.set_result(pace.sleep_until(offset_ns)), daemon=True).start()
    return result


@pytest.mark.parametrize("speed", [0.1, 0.5, 1.0, 3.0, 10.0, 100.0])
def test_an_offset_is_due_after_itself_divided_by_the_speed(clock: ManualClock, speed: float):
    pace = ReplayClock(clock, speed)
    assert pace.due_ns(60 * S) == 1_000 * S + round(60 * S / speed)
    clock.advance(6 * S)
    assert pace.position_ns() == round(6 * S * speed)
    assert pace.due_ns(60 * S) == 1_000 * S + round(60 * S / speed)


def test_starting_makes_offset_zero_due_now(clock: ManualClock):
    pace = ReplayClock(clock, 1.0)
    clock.advance(77 * S)
    pace.anchor(0)
    assert pace.position_ns() == 0
    assert pace.due_ns(S) == clock.now_ns() + S


@pytest.mark.parametrize("speed", [10.0, None])
def test_what_is_steered_before_the_start_makes_no_burst_after_it(clock: ManualClock, speed: float | None):
    pace = ReplayClock(clock, 1.0)
    clock.advance(30 * S)
    pace.set_speed(speed)
    pace.anchor(0)
    assert pace.position_ns() == 0


def test_after_a_pause_nothing_is_due_earlier_than_its_distance_says(clock: ManualClock):
    """No burst: an hour's pause makes nothing overdue."""
    pace = ReplayClock(clock, 2.0)
    clock.advance(5 * S)
    pace.pause()
    assert (pace.due_ns(11 * S), pace.horizon_ns() < 0) == (None, True)
    clock.advance(3_600 * S)
    assert pace.position_ns() == 10 * S
    pace.resume()
    assert pace.position_ns() == 10 * S
    assert pace.due_ns(11 * S) == clock.now_ns() + S // 2
    assert pace.horizon_ns() == 10 * S


def test_a_new_speed_goes_on_from_the_present_position(clock: ManualClock):
    pace = ReplayClock(clock, 1.0)
    clock.advance(10 * S)
    pace.set_speed(10.0)
    assert pace.position_ns() == 10 * S
    assert pace.due_ns(20 * S) == clock.now_ns() + S
    clock.advance(S)
    pace.set_speed(0.5)
    assert pace.position_ns() == 20 * S
    assert pace.due_ns(21 * S) == clock.now_ns() + 2 * S


def test_a_new_speed_while_paused_counts_from_the_resumption(clock: ManualClock):
    pace = ReplayClock(clock, 1.0)
    clock.advance(10 * S)
    pace.pause()
    pace.set_speed(4.0)
    clock.advance(50 * S)
    assert pace.position_ns() == 10 * S
    pace.resume()
    assert pace.due_ns(14 * S) == clock.now_ns() + S


def test_without_a_speed_everything_is_due_and_the_position_is_what_was_slept_for(clock: ManualClock):
    pace = ReplayClock(clock, None)
    assert pace.sleep_until(500 * S)
    assert (pace.position_ns(), pace.horizon_ns()) == (500 * S, EVERYTHING_DUE)
    pace.set_speed(1.0)
    assert pace.due_ns(501 * S) == clock.now_ns() + S


def test_sleeping_ends_when_the_offset_is_due(clock: ManualClock):
    pace = ReplayClock(clock, 2.0)
    result = sleeping(pace, 10 * S)
    assert clock.await_waiter()
    assert clock.waiting_until_ns == 1_005 * S
    clock.advance(5 * S - 1)
    assert not result.done()
    clock.advance(1)
    assert result.result(10) is True


def test_a_pause_holds_a_sleeper_and_resuming_lets_it_sleep_the_rest(clock: ManualClock):
    pace = ReplayClock(clock, 1.0)
    result = sleeping(pace, 10 * S)
    assert clock.await_waiter()
    clock.advance(4 * S)
    pace.pause()
    eventually(lambda: clock.waiting_until_ns is None, "the pause")
    clock.advance(100 * S)
    pace.resume()
    eventually(lambda: clock.waiting_until_ns == clock.now_ns() + 6 * S, "sleeping the rest")
    assert not result.done()
    clock.advance(6 * S)
    assert result.result(10) is True


def test_a_new_speed_wakes_a_sleeper_who_then_sleeps_shorter(clock: ManualClock):
    pace = ReplayClock(clock, 1.0)
    result = sleeping(pace, 100 * S)
    assert clock.await_waiter()
    pace.set_speed(100.0)
    eventually(lambda: clock.waiting_until_ns == clock.now_ns() + S, "sleeping shorter")
    clock.advance(S)
    assert result.result(10) is True


@pytest.mark.parametrize("paused", [False, True])
def test_stopping_wakes_a_sleeper_even_in_a_pause(clock: ManualClock, paused: bool):
    pace = ReplayClock(clock, 1.0)
    result = sleeping(pace, 10**9 * S)
    assert clock.await_waiter()
    if paused:
        pace.pause()
    pace.stop()
    assert result.result(10) is False
    assert pace.sleep_until(0) is False


STEERING = st.lists(
    st.tuples(st.sampled_from(["pause", "resume", "speed", "look"]), st.integers(0, 10**12), st.integers(1, 100)),
    max_size=40,
)


@given(STEERING)
def test_whatever_is_steered_the_position_is_the_sum_of_time_times_speed(steps: list[tuple[str, int, int]]):
    """Nothing jumps and no error adds up: exact with whole-numbered speeds."""
    clock = ManualClock(7)
    pace = ReplayClock(clock, 1.0)
    position, speed, paused = 0, 1, False
    for action, by_ns, new_speed in steps:
        clock.advance(by_ns)
        position += 0 if paused else by_ns * speed
        assert pace.position_ns() == position
        if action == "pause":
            pace.pause()
            paused = True
        elif action == "resume":
            pace.resume()
            paused = False
        elif action == "speed":
            pace.set_speed(float(new_speed))
            speed = new_speed
        assert pace.position_ns() == position
    if not paused:
        assert pace.due_ns(position + 1_000 * speed) == clock.now_ns() + 1_000
