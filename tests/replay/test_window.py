"""What is published and not confirmed yet."""

from __future__ import annotations

from core.message import NS_PER_MILLISECOND
from core.timing import TimingHistogram
from replay.window import Window
from tests.fakes import FakeDelivery
from tests.replay.sessions import message

MS = NS_PER_MILLISECOND


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


def test_what_has_room_is_known_though_nobody_has_looked_at_what_is_confirmed():
    window = Window(TimingHistogram(), max_messages=10, max_bytes=10)
    first, second = add(window, 4, b"1"), add(window, 4, b"1")
    assert window.has_room(2)
    assert not window.has_room(3)
    second.settle(confirmed=4)
    assert window.has_room(6), "also behind what is not confirmed"
    first.settle(confirmed=4)
    assert window.has_room(10)
    add(window, 1, b"1234567890")
    assert not window.has_room(1), "no more bytes"


def test_waiting_ends_with_the_oldest_batch():
    window = Window(TimingHistogram())
    first, _ = add(window, 1), add(window, 1)
    assert not window.wait(0)
    first.settle(confirmed=1)
    assert not window.wait(0), "now the second is the oldest"


def test_lateness_is_measured_when_messages_leave_not_when_they_are_put_in_line():
    timing, delivery = TimingHistogram(), FakeDelivery(2)
    window = Window(timing)
    window.add(delivery, [message()] * 2, [1_000 * MS, 1_001 * MS])
    delivery.send(3_000 * MS)
    delivery.settle(confirmed=2)
    assert window.open() == 0
    assert (timing.error_ms().max, timing.drift_ms()) == (2_000.0, -1.0)


def test_only_what_was_due_and_has_left_is_measured():
    timing, late, unsent = TimingHistogram(), FakeDelivery(1), FakeDelivery(1)
    window = Window(timing)
    window.add(late, [message()], [None])
    window.add(unsent, [message()], [1 * MS])
    late.send(50 * MS)
    late.settle(confirmed=1)
    unsent.settle(failed=1)
    assert window.open() == 0
    assert timing.error_ms().max == 0.0


def test_closing_measures_what_is_not_confirmed_yet_once():
    timing, delivery = TimingHistogram(), FakeDelivery(1)
    window = Window(timing)
    window.add(delivery, [message()], [10 * MS])
    delivery.send(15 * MS)
    window.close()
    assert timing.error_ms().max == 5.0
    window.close()
    delivery.settle(confirmed=1)
    assert window.counts() == (1, 1, 0)
    assert sum(timing._counts.values()) == 1


def test_what_was_given_up_before_it_left_counts_as_not_published():
    window = Window(TimingHistogram())
    sent, refused, waiting = add(window, 3), add(window, 1), add(window, 2)
    sent.send(1)
    refused.settle(failed=1)
    window.cancel()
    window.cancel()
    assert (window.counts(), window.open()) == ((4, 0, 1), 3)
    sent.settle(confirmed=3)
    assert (window.counts(), window.open(), waiting.failed()) == ((4, 3, 1), 0, 2)
