"""Transactions grow with the load, but no broker waits for one."""

from __future__ import annotations

import threading

from core.clock import ManualClock
from recorder.gathering import Gathering
from recorder.queue import FEW_UNACKNOWLEDGED, RecordingQueue
from tests.recorder.arrivals import arrival, batch


def unacknowledged(count: int) -> RecordingQueue[str]:
    queue: RecordingQueue[str] = RecordingQueue()
    queue.put(arrival(batch(count), range(1, count + 1)))
    return queue


class Watched(threading.Event):
    """Counts how often somebody has waited, and does something at each time."""

    def __init__(self, queue: RecordingQueue[str], more: int) -> None:
        super().__init__()
        self.queue = queue
        self.more = more
        self.waits = 0

    def wait(self, timeout: float | None = None) -> bool:
        self.waits += 1
        if self.waits <= self.more:
            self.queue.put(arrival(batch(1), [100 + self.waits]))
        return self.is_set()


def test_a_broker_that_stands_still_is_waited_for_once_and_then_not_for_a_while():
    queue, clock = unacknowledged(FEW_UNACKNOWLEDGED), ManualClock(1)
    queue.much = watched = Watched(queue, more=0)
    gathering = Gathering(queue, clock)
    gathering.wait()
    gathering.wait()
    assert watched.waits == 1
    clock.advance(10**9)
    gathering.wait()
    assert watched.waits == 2


def test_as_long_as_more_comes_it_gathers():
    queue = unacknowledged(FEW_UNACKNOWLEDGED)
    queue.much = watched = Watched(queue, more=5)
    Gathering(queue, ManualClock(1)).wait()
    assert (watched.waits, queue.messages) == (6, FEW_UNACKNOWLEDGED + 5)


def test_not_for_ever():
    queue = unacknowledged(FEW_UNACKNOWLEDGED)
    queue.much = watched = Watched(queue, more=1_000)
    Gathering(queue, ManualClock(1)).wait()
    assert watched.waits == 10


def test_much_is_written_at_once():
    queue: RecordingQueue[str] = RecordingQueue(max_messages=100)
    queue.put(arrival(batch(25), range(1, 26)))
    queue.urgent = urgent = Watched(queue, more=0)
    urgent.set()
    before = queue.messages
    Gathering(queue, ManualClock(1)).wait()
    assert (urgent.waits, queue.messages, queue.much.is_set()) == (1, before, True)


def test_the_end_is_not_waited_for():
    queue: RecordingQueue[str] = RecordingQueue()
    queue.close()
    Gathering(queue, ManualClock(1)).wait()
    assert queue.much.is_set()
