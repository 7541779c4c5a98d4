"""Works in the background: kept, cancelled, computed anew when the session has changed."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from analysis.progress import Progress
from app.background_work import AT_ONCE, NOBODY_S, PAUSE_S, STALE_S, BackgroundWork
from core.clock import ManualClock
from core.message import NS_PER_SECOND

PATIENCE_S = 30.0
KEY = ("orders", "session", ())


class Steps:
    """A work that goes on only when it is told to."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.runs = 0

    def __call__(self, progress: Progress) -> str:
        self.runs += 1
        progress(1, 4)
        self.begun.set()
        assert self.go_on.wait(PATIENCE_S)
        progress(4, 4)
        return f"result {self.runs}"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def work(clock: ManualClock) -> Iterator[BackgroundWork]:
    made = BackgroundWork(clock)
    yield made
    made.close(PATIENCE_S)


@pytest.fixture
def steps() -> Iterator[Steps]:
    made = Steps()
    yield made
    made.go_on.set()


def test_it_is_done_once_and_kept(work, steps):
    assert not work.status(KEY, 1, steps).ended
    assert steps.begun.wait(PATIENCE_S)
    assert work.status(KEY, 1, steps).part == 0.25
    steps.go_on.set()
    for _ in range(2):
        found = work.status(KEY, 1, steps, wait_s=PATIENCE_S)
        assert (found.ended, found.result, found.error) == (True, "result 1", None)
    assert steps.runs == 1


def test_a_changed_session_is_computed_anew(work, steps):
    steps.go_on.set()
    assert work.status(KEY, 1, steps, wait_s=PATIENCE_S).result == "result 1"
    assert work.status(KEY, 2, steps, wait_s=PATIENCE_S).result == "result 2"


def test_while_a_session_changes_a_result_is_good_for_a_while(work, steps, clock):
    """Else nothing would ever be computed for a session that is being recorded."""
    work.status(KEY, 1, steps)
    assert steps.begun.wait(PATIENCE_S)
    assert not work.status(KEY, 2, steps, changing=True).ended
    steps.go_on.set()
    assert work.status(KEY, 3, steps, changing=True, wait_s=PATIENCE_S).result == "result 1"
    clock.advance(round((STALE_S + 0.1) * NS_PER_SECOND))
    assert work.status(KEY, 4, steps, changing=True, wait_s=PATIENCE_S).result == "result 2"


def test_cancelled_it_ends_and_can_be_begun_again(work, steps):
    work.status(KEY, 1, steps)
    assert steps.begun.wait(PATIENCE_S)
    work.cancel(KEY)
    steps.go_on.set()
    found = work.status(KEY, 1, steps, wait_s=PATIENCE_S)
    assert (found.ended, found.cancelled, found.result) == (True, True, None)
    work.forget(KEY)
    assert work.status(KEY, 1, steps, wait_s=PATIENCE_S).result == "result 2"


def test_abandoned_it_ends_for_good_but_what_has_ended_is_kept(work, steps):
    work.status(KEY, 1, steps)
    assert steps.begun.wait(PATIENCE_S)
    work.abandon(KEY)
    steps.go_on.set()
    assert work.status(KEY, 1, steps, wait_s=PATIENCE_S).result == "result 2"  # somebody else still wanted it
    work.abandon(KEY)
    assert work.status(KEY, 1, steps).result == "result 2"
    work.abandon("nothing")


def test_what_nobody_waits_for_ends(work, steps, clock):
    work.status(KEY, 1, steps)
    assert steps.begun.wait(PATIENCE_S)
    clock.advance((NOBODY_S + 1) * NS_PER_SECOND)
    steps.go_on.set()
    work.close(PATIENCE_S)  # a status would be somebody who waits
    assert work.status(KEY, 1, steps).cancelled
    assert steps.runs == 1


def test_work_that_nobody_looks_at_gives_way_until_somebody_does(work, clock):
    left = [Steps() for _ in range(AT_ONCE)]
    for number, steps in enumerate(left):
        work.status(("w", number), 1, steps)
        assert steps.begun.wait(PATIENCE_S)
    clock.advance(round((PAUSE_S + 0.1) * NS_PER_SECOND))
    looked_at = Steps()
    looked_at.go_on.set()
    assert not work.status(("w", "looked at"), 1, looked_at).ended
    for steps in left:
        steps.go_on.set()
    assert work.status(("w", "looked at"), 1, looked_at, wait_s=PATIENCE_S).result == "result 1"
    for number, steps in enumerate(left):
        assert work.status(("w", number), 1, steps, wait_s=PATIENCE_S).result == "result 1"


def test_an_error_comes_to_whoever_asks(work):
    def fails(_progress: Progress) -> None:
        raise ValueError("no")

    assert isinstance(work.status(KEY, 1, fails, wait_s=PATIENCE_S).error, ValueError)


def test_few_run_at_a_time_and_a_waiting_one_can_be_cancelled(work, steps):
    for number in range(AT_ONCE):
        work.status(("w", number), 1, steps)
    waits = Steps()
    assert not work.status(("w", "waits"), 1, waits).ended
    work.cancel(("w", "waits"))
    steps.go_on.set()
    assert work.status(("w", "waits"), 1, waits, wait_s=PATIENCE_S).cancelled
    assert waits.runs == 0


def test_closed_it_ends_every_thread_and_begins_none(work, steps):
    steps.go_on.set()
    work.status(KEY, 1, steps)
    work.close(PATIENCE_S)
    assert not [thread for thread in threading.enumerate() if thread.name == "analysis-orders"]
    assert work.status(("other",), 1, steps).cancelled
