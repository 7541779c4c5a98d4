"""The bounded queue between the network thread and the disk."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.message import LIVE, Message
from recorder.queue import RecordingQueue


def batch(size: int, payload: bytes = b"") -> tuple[Message, ...]:
    return tuple(Message("a", payload, 1, LIVE, number) for number in range(size))


def test_items_come_out_in_the_order_in_which_they_went_in():
    queue: RecordingQueue[str] = RecordingQueue()
    queue.put(batch(2))
    queue.put_control("pause")
    queue.put(batch(1))
    assert queue.messages == 3
    assert queue.take(100) == [batch(2), "pause", batch(1)]
    assert queue.messages == 0
    assert not queue.wake.is_set()


def test_a_full_queue_is_not_ready_until_it_is_half_empty():
    queue: RecordingQueue[str] = RecordingQueue(max_messages=4)
    for number in range(1, 5):
        assert queue.ready.is_set(), number
        queue.put(batch(1))
    assert not queue.ready.is_set()
    queue.take(1)
    assert not queue.ready.is_set()
    queue.take(1)
    assert queue.ready.is_set()


def test_too_many_bytes_fill_it_too():
    queue: RecordingQueue[str] = RecordingQueue(max_bytes=10)
    queue.put(batch(1, b"x" * 9))
    assert queue.ready.is_set()
    queue.put(batch(1, b"y"))
    assert not queue.ready.is_set()
    queue.take(1)
    assert queue.ready.is_set()


def test_a_full_queue_takes_what_was_read_already_and_does_not_block():
    queue: RecordingQueue[str] = RecordingQueue(max_messages=3, max_bytes=3)
    queue.put(batch(10, b"large"))
    queue.put(batch(5))
    assert queue.messages == 15
    assert [len(item) for item in queue.take(100)] == [10, 5]


def test_controls_do_not_count():
    queue: RecordingQueue[str] = RecordingQueue(max_messages=2)
    queue.put(batch(1))
    queue.put_control("mark")
    assert queue.ready.is_set()
    assert queue.take(100) == [batch(1), "mark"]


def test_after_closing_nothing_is_added_and_what_waits_can_be_taken():
    queue: RecordingQueue[str] = RecordingQueue()
    queue.put(batch(1))
    queue.close()
    queue.put(batch(5))
    assert queue.messages == 1
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


def test_a_closed_queue_holds_nobody_back():
    queue: RecordingQueue[str] = RecordingQueue(max_messages=1)
    queue.put(batch(1))
    queue.close()
    assert queue.ready.is_set()


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
