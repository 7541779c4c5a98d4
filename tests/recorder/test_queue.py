"""The bounded queue between the network thread and the disk."""

from __future__ import annotations

import threading
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from core.message import LIVE, Message
from recorder.queue import RecordingQueue
from tests.fakes import eventually


def batch(size: int, payload: bytes = b"") -> tuple[Message, ...]:
    return tuple(Message("a", payload, 1, LIVE, number) for number in range(size))


def started(target: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    return thread


def is_waiting(queue: RecordingQueue[str]) -> Callable[[], bool]:
    return lambda: len(queue._room._waiters) == 1  # type: ignore[attr-defined]  # no public way to see a waiter


def test_items_come_out_in_the_order_in_which_they_went_in():
    queue: RecordingQueue[str] = RecordingQueue()
    queue.put(batch(2))
    queue.put_control("pause")
    queue.put(batch(1))
    assert queue.messages == 3
    assert queue.take(100) == [batch(2), "pause", batch(1)]
    assert queue.messages == 0
    assert not queue.wake.is_set()


def test_putting_blocks_while_the_queue_is_full_and_goes_on_when_there_is_room():
    queue: RecordingQueue[str] = RecordingQueue(max_messages=3)
    queue.put(batch(3))
    thread = started(lambda: queue.put(batch(1)))
    eventually(is_waiting(queue), "waiting for room")
    assert queue.messages == 3
    assert queue.take(1) == [batch(3)]
    thread.join(10)
    assert queue.take(1) == [batch(1)]


def test_putting_blocks_while_too_many_bytes_wait():
    queue: RecordingQueue[str] = RecordingQueue(max_bytes=10)
    queue.put(batch(1, b"x" * 8))
    thread = started(lambda: queue.put(batch(1, b"y" * 3)))
    eventually(is_waiting(queue), "waiting for room")
    queue.take(1)
    thread.join(10)
    assert queue.messages == 1


def test_a_batch_that_is_larger_than_the_queue_goes_into_an_empty_one():
    queue: RecordingQueue[str] = RecordingQueue(max_messages=3, max_bytes=3)
    queue.put(batch(10, b"large"))
    assert queue.messages == 10


def test_a_control_never_waits():
    queue: RecordingQueue[str] = RecordingQueue(max_messages=1)
    queue.put(batch(1))
    queue.put_control("mark")
    assert queue.take(100) == [batch(1), "mark"]


def test_unbinding_lets_a_waiting_thread_go_on_and_keeps_its_messages():
    queue: RecordingQueue[str] = RecordingQueue(max_messages=1)
    queue.put(batch(1))
    thread = started(lambda: queue.put(batch(2)))
    eventually(is_waiting(queue), "waiting for room")
    queue.unbind()
    thread.join(10)
    assert queue.messages == 3


def test_after_closing_nothing_is_added_and_what_waits_can_be_taken():
    queue: RecordingQueue[str] = RecordingQueue()
    queue.put(batch(1))
    queue.close()
    queue.put(batch(5))
    queue.put_control("late")
    assert queue.take(100) == [batch(1)]
    assert queue.take(100) == []
    assert queue.wake.is_set()


@given(st.lists(st.integers(1, 20)), st.integers(1, 50))
def test_what_is_taken_is_what_was_put_whatever_the_sizes(sizes: list[int], at_most: int):
    queue: RecordingQueue[str] = RecordingQueue()
    for size in sizes:
        queue.put(batch(size))
    taken: list[int] = []
    while items := queue.take(at_most):
        assert sum(len(item) for item in items[:-1]) < at_most
        taken += [len(item) for item in items]
    assert taken == sizes
    assert queue.messages == 0


def test_much_is_a_quarter_of_what_may_wait_or_the_end():
    queue: RecordingQueue[str] = RecordingQueue(max_messages=100, max_bytes=1_000)
    queue.put(batch(24))
    assert not queue.urgent.is_set()
    queue.put(batch(1))
    assert queue.urgent.is_set()
    queue.take(100)
    assert not queue.urgent.is_set()
    queue.put(batch(1, b"x" * 250))
    assert queue.urgent.is_set()
    queue.take(100)
    queue.close()
    assert queue.urgent.is_set()
