"""The bounded queue between the network thread and the disk."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.ports import Arrival
from recorder.queue import FEW_UNACKNOWLEDGED, RecordingQueue
from tests.recorder.arrivals import arrival, batch


def arrived(size: int, payload: bytes = b"") -> Arrival:
    return arrival(batch(size, payload))


def sizes_of(items: list[Arrival | str]) -> list[int | str]:
    return [item if isinstance(item, str) else len(item.messages) for item in items]


def test_items_come_out_in_the_order_in_which_they_went_in():
    queue: RecordingQueue[str] = RecordingQueue()
    queue.put(arrived(2))
    queue.put_control("pause")
    queue.put(arrived(1))
    assert queue.messages == 3
    assert sizes_of(queue.take(100)) == [2, "pause", 1]
    assert queue.messages == 0
    assert not queue.wake.is_set()


def test_a_full_queue_is_not_ready_until_it_is_half_empty():
    queue: RecordingQueue[str] = RecordingQueue(max_messages=4)
    for number in range(1, 5):
        assert queue.ready.is_set(), number
        queue.put(arrived(1))
    assert not queue.ready.is_set()
    queue.take(1)
    assert not queue.ready.is_set()
    queue.take(1)
    assert queue.ready.is_set()


def test_too_many_bytes_fill_it_too():
    queue: RecordingQueue[str] = RecordingQueue(max_bytes=10)
    queue.put(arrived(1, b"x" * 9))
    assert queue.ready.is_set()
    queue.put(arrived(1, b"y"))
    assert not queue.ready.is_set()
    queue.take(1)
    assert queue.ready.is_set()


def test_a_full_queue_takes_what_was_read_already_and_does_not_block():
    queue: RecordingQueue[str] = RecordingQueue(max_messages=3, max_bytes=3)
    queue.put(arrived(10, b"large"))
    queue.put(arrived(5))
    assert queue.messages == 15
    assert sizes_of(queue.take(100)) == [10, 5]


def test_controls_do_not_count():
    queue: RecordingQueue[str] = RecordingQueue(max_messages=2)
    queue.put(arrived(1))
    queue.put_control("mark")
    assert queue.ready.is_set()
    assert sizes_of(queue.take(100)) == [1, "mark"]


def test_after_closing_nothing_is_added_and_what_waits_can_be_taken():
    queue: RecordingQueue[str] = RecordingQueue()
    queue.put(arrived(1))
    queue.close()
    queue.put(arrived(5))
    assert queue.messages == 1
    queue.put_control("late")
    assert sizes_of(queue.take(100)) == [1]
    assert queue.take(100) == []
    assert queue.wake.is_set()


@given(st.lists(st.integers(1, 20)), st.integers(1, 50))
def test_what_is_taken_is_what_was_put_whatever_the_sizes(sizes: list[int], at_most: int):
    queue: RecordingQueue[str] = RecordingQueue()
    for size in sizes:
        queue.put(arrived(size))
    taken: list[int] = []
    while items := queue.take(at_most):
        lengths = [len(item.messages) for item in items if isinstance(item, Arrival)]
        assert sum(lengths[:-1]) < at_most
        taken += lengths
    assert taken == sizes
    assert queue.messages == 0


def test_large_messages_are_taken_a_few_at_a_time():
    queue: RecordingQueue[str] = RecordingQueue()
    for _ in range(5):
        queue.put(arrived(2, payload=b"x" * 100))
    assert [sizes_of(queue.take(100, 300)) for _ in range(4)] == [[2, 2], [2, 2], [2], []]


def test_a_closed_queue_holds_nobody_back():
    queue: RecordingQueue[str] = RecordingQueue(max_messages=1)
    queue.put(arrived(1))
    queue.close()
    assert queue.ready.is_set()


def test_much_is_a_quarter_of_what_may_wait_or_the_end():
    queue: RecordingQueue[str] = RecordingQueue(max_messages=100, max_bytes=1_000)
    queue.put(arrived(24))
    assert not queue.urgent.is_set()
    queue.put(arrived(1))
    assert queue.urgent.is_set()
    queue.take(100)
    assert not queue.urgent.is_set()
    queue.put(arrived(1, b"x" * 250))
    assert queue.urgent.is_set()
    queue.take(100)
    queue.close()
    assert queue.urgent.is_set()


def test_it_is_urgent_when_a_broker_with_a_small_window_would_stand_still():
    """Whatever the bound: only messages that wait for their acknowledgement count."""
    queue: RecordingQueue[str] = RecordingQueue()
    few = FEW_UNACKNOWLEDGED - 1
    queue.put(arrival(batch(few), range(1, few + 1)))
    queue.put(arrived(100))
    assert not queue.urgent.is_set()
    queue.put(arrival(batch(1), [few + 1]))
    assert queue.urgent.is_set()
    queue.take(1)
    assert not queue.urgent.is_set()


def test_what_it_cannot_keep_it_settles_itself():
    """What was thrown away, and what comes after the end."""
    queue: RecordingQueue[str] = RecordingQueue()
    settled: list[str] = []
    queue.put(arrival(batch(1), settle=lambda: settled.append("thrown away")))
    queue.put_control("mark")
    queue.put(arrival(batch(1), settle=lambda: settled.append("thrown away, too")))
    queue.close()
    queue.put(arrival(batch(1), settle=lambda: settled.append("too late")))
    assert settled == ["too late"]
    queue.discard()
    assert settled == ["too late", "thrown away", "thrown away, too"]
    assert queue.messages == 0


def test_it_knows_how_old_the_oldest_is_and_how_much_waited_at_once():
    queue: RecordingQueue[str] = RecordingQueue()
    assert queue.oldest_ns() is None
    queue.put_control("mark")
    queue.put(arrival(batch(3)[1:]))
    queue.put(arrived(2))
    assert queue.oldest_ns() == 1
    queue.take(100)
    assert (queue.oldest_ns(), queue.most_messages) == (None, 4)
