"""Clocks: microseconds, never backwards, and a manual one that moves when told to."""

import threading

import pytest

from core.clock import ManualClock, SystemClock


def test_the_system_clock_counts_whole_microseconds_and_never_goes_back() -> None:
    """Both files of a session can hold its times."""
    clock = SystemClock()
    times = [clock.now_ns() for _ in range(1_000)]
    assert times == sorted(times)
    assert all(time % 1_000 == 0 for time in times)


def test_waiting_never_ends_early() -> None:
    """A message is not published before it is due."""
    clock = SystemClock()
    due = clock.now_ns() + 3_000_000
    assert clock.wait_until(due, threading.Event()) is False
    assert clock.now_ns() >= due


def test_waiting_ends_when_woken() -> None:
    """A stop does not wait for the next message, however far away it is."""
    wake = threading.Event()
    wake.set()
    clock = SystemClock()
    assert clock.wait_until(clock.now_ns() + 10**15, wake) is True


def test_a_moment_may_lie_further_away_than_a_thread_can_wait() -> None:
    """A session at a tiny speed waits for centuries until somebody stops it."""

    class Woken(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            asked.append(timeout)
            self.set()
            return True

    asked: list[float | None] = []
    assert SystemClock().wait_until(2**80, Woken()) is True
    assert asked == [threading.TIMEOUT_MAX]


def test_a_manual_clock_moves_only_when_told_to() -> None:
    """So tests of pacing need no waiting."""
    clock = ManualClock(1_000)
    woken: list[bool] = []
    waiter = threading.Thread(target=lambda: woken.append(clock.wait_until(3_000, threading.Event())))
    waiter.start()
    assert clock.await_waiter()
    clock.advance(1_000)
    assert not woken
    clock.advance(1_000)
    waiter.join(5)
    assert woken == [False]
    assert clock.now_ns() == 3_000


def test_a_step_of_the_wall_clock_bends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody sets it forward or back by an hour while a recording runs."""
    clock = SystemClock()
    before = clock.now_ns()
    for hour_ns in (3_600_000_000_000, -3_600_000_000_000):
        wrong_ns = before + hour_ns
        monkeypatch.setattr("time.time_ns", lambda wrong_ns=wrong_ns: wrong_ns)
        assert 0 <= clock.now_ns() - before < 60_000_000_000
