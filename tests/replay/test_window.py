"""What is published and not confirmed yet."""

from __future__ import annotations

from replay.timing import TimingHistogram
from replay.window import Window
from tests.fakes import FakeDelivery
from tests.replay.sessions import message


def add(window: Window, count: int, payload: bytes = b"") -> FakeDelivery:
    delivery = FakeDelivery(count)
    window.add(delivery, [message(payload=payload)] * count, [None] * count)
    return delivery


def test_counts_follow_the_deliveries_in_any_order_of_confirmation():
    window = Window(TimingHistogram())
    first, second = add(window, 3), add(window, 2)
    second.settle(confirmed=2)
    assert window.counts() == (5, 2, 0)
    first.settle(confirmed=1, failed=1)
    assert (window.counts(), window.open(), window.settled()) == ((5, 3, 1), 1, 4)
    first.settle(failed=1)
    assert window.counts() == (5, 3, 2)
    assert window.wait(0)


def test_room_is_what_the_maximum_leaves_over():
    window = Window(TimingHistogram(), max_messages=10)
    delivery = add(window, 7)
    assert window.room() == 3
    add(window, 5)
    assert window.room() == 0
    delivery.settle(confirmed=7)
    assert window.room() == 5


def test_there_is_no_room_while_too_many_bytes_are_under_way():
    window = Window(TimingHistogram(), max_bytes=10)
    delivery = add(window, 2, b"12345")
    assert window.room() == 0
    delivery.settle(confirmed=1)
    assert window.room() == 0
    delivery.settle(confirmed=1)
    assert window.room() > 0


def test_waiting_ends_with_the_oldest_batch():
    window = Window(TimingHistogram())
    first, _ = add(window, 1), add(window, 1)
    assert not window.wait(0)
    first.settle(confirmed=1)
    assert not window.wait(0), "now the second is the oldest"
