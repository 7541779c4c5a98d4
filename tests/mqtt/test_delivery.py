"""The outbox: in order, as many as the broker takes, again after a cut, and an honest account of each."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock
from core.message import Message
from mqtt.batch_delivery import BatchDelivery
from mqtt.delivery import MAX_LOSSES, MAX_OPEN, MAX_WRITE_BYTES, Outbox
from mqtt.flights import MAX_BEHIND, MAX_OPEN_BYTES
from mqtt.publish_encoding import Unsendable


def message(number: int, qos: int = 1, size: int = 0) -> Message:
    return Message("a", (b"%d" % number).ljust(size), qos, 0, 0)


class Handed:
    """Packets that leave one after the other when their link writes."""

    def __init__(self, link: StrictLink, packet_id: int, messages: int) -> None:
        self.packet_id = packet_id
        self._link = link
        self._before = len(link.sent)
        self._messages = messages

    def is_written(self) -> bool:
        return self.whole() == self._messages

    def whole(self) -> int:
        return max(0, min(self._messages, self._link.written - self._before))


class StrictLink:
    """A connection that keeps what it is given, and complains when its window is not respected."""

    def __init__(self, window: int = 1_000_000) -> None:
        self.window = self.window_exactly_once = window
        self.sent: list[tuple[int, Message]] = []
        self.open: list[int] = []
        self.runs: list[int] = []
        """How many messages were handed over each time."""
        self.gone = False
        self.slow = False
        """Whether what is handed over stays in line until `write`."""
        self.written = 0
        self.received: set[int] = set()
        self.released: list[int] = []
        self._packet_id = 0

    def write(self, messages: int) -> None:
        self.written += messages

    def is_received(self, packet_id: int) -> bool:
        return packet_id in self.received

    def release(self, packet_id: int) -> None:
        self.released.append(packet_id)

    def publish_run(self, messages: Sequence[Message]) -> Handed | None:
        assert messages
        assert all(one.qos < 2 for one in messages)
        return self._take(messages)

    def publish_exactly_once(self, message: Message, packet_id: int = 0) -> Handed | None:
        assert message.qos == 2
        return self._take([message], packet_id)

    def _take(self, messages: Sequence[Message], packet_id: int = 0) -> Handed | None:
        if self.gone:
            return None
        for place, one in enumerate(messages):
            if one.payload == b"unsendable":
                raise Unsendable(place, "it is too large")
        handed = Handed(self, packet_id or self._packet_id + 1, len(messages))
        for one in messages:
            assert not self.sent or len(self.open) < self.window
            if one.qos:
                self._packet_id += not packet_id
                self.open.append(packet_id or self._packet_id)
            self.sent.append((packet_id or self._packet_id, one))
        self.runs.append(len(messages))
        self.written += 0 if self.slow else len(messages)
        return handed

    def numbers(self) -> list[int]:
        return [int(one.payload) for _, one in self.sent]

    def confirm(self, outbox: Outbox, messages: int = 1, failure: str = "", first: int = 0) -> None:
        """The broker's answer to so many that are open, from the first on, or from a later one."""
        packet_ids = self.open[first : first + messages]
        assert len(packet_ids) == messages
        del self.open[first : first + messages]
        outbox.on_confirmed(packet_ids, dict.fromkeys(packet_ids, failure) if failure else {})
        outbox.turn()


def account(delivery: BatchDelivery) -> tuple[int, int, bool]:
    return delivery.confirmed(), delivery.failed(), delivery.wait(0)


def test_messages_wait_for_the_connection_and_keep_their_order():
    outbox, link = Outbox(ManualClock()), StrictLink()
    first = outbox.add([message(0), message(1)])
    second = outbox.add([message(2, qos=0)])
    outbox.attach(link)
    assert link.numbers() == [0, 1, 2]
    assert account(first) == (0, 0, False)
    link.confirm(outbox, 2)
    assert (account(first), account(second)) == ((2, 0, True), (1, 0, True))


def test_an_empty_batch_is_done_at_once():
    assert account(Outbox(ManualClock()).add([])) == (0, 0, True)


def test_no_more_than_the_brokers_window_is_open():
    outbox, link = Outbox(ManualClock()), StrictLink(window=2)
    outbox.attach(link)
    delivery = outbox.add([message(number) for number in range(5)])
    assert link.numbers() == [0, 1]
    link.confirm(outbox)
    assert link.numbers() == [0, 1, 2]
    while link.open:
        link.confirm(outbox)
    assert account(delivery) == (5, 0, True)


def test_while_there_is_some_of_qos_2_a_broker_may_take_fewer():
    outbox, link = Outbox(ManualClock()), StrictLink()
    link.window_exactly_once = 2
    outbox.attach(link)
    delivery = outbox.add([message(number, qos=2 if number == 3 else 1) for number in range(6)])
    assert link.numbers() == [0, 1, 2]
    link.confirm(outbox)
    assert link.numbers() == [0, 1, 2]
    link.confirm(outbox)
    assert link.numbers() == [0, 1, 2, 3]
    link.confirm(outbox)
    assert link.numbers() == [0, 1, 2, 3, 4]
    link.confirm(outbox)
    assert link.numbers() == [0, 1, 2, 3, 4, 5]
    link.confirm(outbox, 2)
    assert account(delivery) == (6, 0, True)


def test_no_more_than_a_thousand_are_open_whatever_the_broker_takes():
    outbox, link = Outbox(ManualClock()), StrictLink()
    outbox.attach(link)
    outbox.add([message(number) for number in range(MAX_OPEN + 1)])
    assert len(link.open) == MAX_OPEN


def test_large_messages_are_sent_one_at_a_time():
    outbox, link = Outbox(ManualClock()), StrictLink()
    outbox.attach(link)
    outbox.add([message(number, size=MAX_OPEN_BYTES) for number in range(2)])
    assert len(link.open) == 1
    link.confirm(outbox)
    assert len(link.sent) == 2


def test_after_a_cut_what_was_not_confirmed_is_sent_again_first():
    outbox, link, fresh = Outbox(ManualClock()), StrictLink(window=3), StrictLink()
    link.slow = True
    outbox.attach(link)
    delivery = outbox.add([message(number, qos=number % 3) for number in range(5)])
    link.write(1)
    outbox.turn()
    outbox.detach()
    outbox.attach(fresh)
    assert link.numbers() == [0, 1, 2, 3]
    assert fresh.numbers() == [1, 2, 3, 4]
    fresh.confirm(outbox, 3)
    assert account(delivery) == (5, 0, True)


def test_a_confirmation_that_came_just_before_the_cut_counts():
    outbox, link, fresh = Outbox(ManualClock()), StrictLink(), StrictLink()
    outbox.attach(link)
    delivery = outbox.add([message(0)])
    outbox.on_confirmed([link.open.pop()], {})
    outbox.detach()
    outbox.attach(fresh)
    assert fresh.sent == []
    assert account(delivery) == (1, 0, True)


def test_what_a_block_of_confirmations_leaves_out_is_not_confirmed_with_its_neighbours():
    outbox, link = Outbox(ManualClock()), StrictLink()
    outbox.attach(link)
    delivery = outbox.add([message(number) for number in range(5)])
    outbox.on_confirmed([link.open[place] for place in (0, 2, 3)], {})
    outbox.turn()
    assert account(delivery) == (3, 0, False)
    fresh = StrictLink()
    outbox.detach()
    outbox.attach(fresh)
    assert fresh.numbers() == [1, 4]


def test_a_connection_that_is_just_gone_loses_nothing():
    outbox, link, fresh = Outbox(ManualClock()), StrictLink(), StrictLink()
    outbox.attach(link)
    link.gone = True
    delivery = outbox.add([message(0), message(1)])
    outbox.detach()
    outbox.attach(fresh)
    fresh.confirm(outbox, 2)
    assert (fresh.numbers(), account(delivery)) == ([0, 1], (2, 0, True))


def test_what_the_broker_refuses_and_what_cannot_be_sent_has_failed():
    outbox, link = Outbox(ManualClock()), StrictLink()
    outbox.attach(link)
    delivery = outbox.add([message(0), Message("a", b"unsendable", 1, 0, 0), message(1)])
    link.confirm(outbox, failure="Not authorized")
    link.confirm(outbox)
    assert account(delivery) == (1, 2, True)


def test_a_message_over_which_connections_end_does_not_block_the_others_for_ever():
    outbox = Outbox(ManualClock())
    delivery = outbox.add([message(0), message(1)])
    for _ in range(MAX_LOSSES):
        outbox.attach(StrictLink(window=1))
        outbox.detach()
    link = StrictLink()
    outbox.attach(link)
    link.confirm(outbox)
    assert link.numbers() == [1]
    assert account(delivery) == (1, 1, True)


def test_after_two_lost_connections_messages_go_out_one_by_one_until_one_is_confirmed():
    """Else those before the one at which connections end would fail with it, if their confirmations are lost."""
    outbox, link = Outbox(ManualClock()), StrictLink()
    delivery = outbox.add([message(number) for number in range(5)])
    for _ in range(2):
        outbox.attach(StrictLink())
        outbox.detach()
    outbox.attach(link)
    assert link.numbers() == [0]
    link.confirm(outbox)
    assert link.numbers() == [0, 1, 2, 3, 4]
    link.confirm(outbox, 4)
    assert account(delivery) == (5, 0, True)


def test_confirmations_may_come_in_another_order_and_twice():
    outbox, link = Outbox(ManualClock()), StrictLink()
    outbox.attach(link)
    delivery = outbox.add([message(number, qos=0 if number == 2 else 1) for number in range(6)])
    link.confirm(outbox, first=3)
    link.confirm(outbox, first=1, failure="no")
    assert account(delivery) == (2, 1, False)
    outbox.on_confirmed([4, 2, 77], {})
    outbox.turn()
    assert account(delivery) == (2, 1, False)
    fresh = StrictLink()
    outbox.detach()
    outbox.attach(fresh)
    assert fresh.numbers() == [0, 3, 5]
    fresh.confirm(outbox, 3)
    assert account(delivery) == (5, 1, True)


def test_no_more_is_written_at_once_than_is_cheap_to_copy():
    outbox, link = Outbox(ManualClock()), StrictLink()
    outbox.attach(link)
    outbox.add([message(number, size=MAX_WRITE_BYTES // 4 if number else 2 * MAX_WRITE_BYTES) for number in range(9)])
    assert link.runs == [1, 4, 4]


def test_while_one_is_open_identifiers_do_not_begin_anew():
    outbox, link = Outbox(ManualClock()), StrictLink()
    outbox.attach(link)
    sent = 0
    while sent == len(link.sent):
        outbox.add([message(sent + number) for number in range(500)])
        sent += 500
        link.confirm(outbox, len(link.open) - 1, first=1)
    assert MAX_BEHIND <= len(link.sent) < 65_535
    link.confirm(outbox)
    assert len(link.sent) == sent


def test_closing_fails_what_is_open_in_line_or_comes_later():
    outbox, link = Outbox(ManualClock()), StrictLink(window=1)
    outbox.attach(link)
    before = outbox.add([message(0), message(1), message(2)])
    link.confirm(outbox)
    outbox.close()
    after = outbox.add([message(3)])
    assert (account(before), account(after)) == ((1, 2, True), (0, 1, True))


def test_a_message_counts_as_sent_when_it_was_written_not_when_it_was_put_in_line():
    clock = ManualClock(1)
    outbox, link = Outbox(clock), StrictLink(window=2)
    link.slow = True
    outbox.attach(link)
    delivery = outbox.add([message(number) for number in range(3)])
    assert delivery.sent_ns() == (None, None, None)
    clock.advance(4)
    link.write(1)
    outbox.turn()
    assert delivery.sent_ns() == (5, None, None)
    clock.advance(5)
    link.write(1)
    link.confirm(outbox)
    assert delivery.sent_ns() == (5, 10, None)
    clock.advance(5)
    link.write(1)
    outbox.turn()
    assert delivery.sent_ns() == (5, 10, 15)


def test_what_is_confirmed_was_sent_even_if_nobody_has_seen_it_leave():
    outbox, link = Outbox(ManualClock(7)), StrictLink()
    link.slow = True
    outbox.attach(link)
    delivery = outbox.add([message(0)])
    link.confirm(outbox)
    assert delivery.sent_ns() == (7,)


def test_what_is_sent_again_after_a_cut_was_sent_the_last_time():
    clock = ManualClock(1)
    outbox, link, fresh = Outbox(clock), StrictLink(), StrictLink()
    outbox.attach(link)
    delivery = outbox.add([message(0), message(1)])
    link.confirm(outbox)
    clock.advance(100)
    outbox.detach()
    outbox.attach(fresh)
    assert delivery.sent_ns() == (1, 101)


def test_what_is_confirmed_before_it_was_seen_to_leave_again_was_sent_again():
    clock = ManualClock(1)
    outbox, link, fresh = Outbox(clock), StrictLink(), StrictLink()
    fresh.slow = True
    outbox.attach(link)
    delivery = outbox.add([message(0)])
    outbox.detach()
    outbox.attach(fresh)
    clock.advance(100)
    fresh.confirm(outbox)
    clock.advance(100)
    fresh.write(1)
    outbox.turn()
    assert delivery.sent_ns() == (101,)


def test_what_a_connection_took_with_it_was_never_sent():
    outbox, link, fresh = Outbox(ManualClock(1)), StrictLink(), StrictLink()
    link.slow = fresh.slow = True
    outbox.attach(link)
    delivery = outbox.add([message(0), message(1)])
    outbox.detach()
    outbox.attach(fresh)
    outbox.turn()
    assert (fresh.numbers(), delivery.sent_ns()) == ([0, 1], (None, None))


def test_cancelling_gives_up_what_waits_and_leaves_what_has_left_to_the_broker():
    outbox, link = Outbox(ManualClock()), StrictLink(window=2)
    outbox.attach(link)
    delivery, other = outbox.add([message(number) for number in range(5)]), outbox.add([message(5)])
    assert (delivery.cancel(), delivery.cancel()) == (3, 0)
    assert account(delivery) == (0, 3, False)
    link.confirm(outbox, 2)
    link.confirm(outbox)
    assert (link.numbers(), account(delivery), account(other)) == ([0, 1, 5], (2, 3, True), (1, 0, True))
    assert delivery.cancel() == 0


def test_what_was_cancelled_is_not_sent_again_after_a_cut():
    outbox, link, fresh = Outbox(ManualClock(1)), StrictLink(window=1), StrictLink()
    outbox.attach(link)
    delivery, other = outbox.add([message(0), message(1)]), outbox.add([message(2)])
    assert delivery.cancel() == 1
    outbox.detach()
    outbox.attach(fresh)
    fresh.confirm(outbox)
    assert (fresh.numbers(), account(delivery), account(other)) == ([2], (0, 2, True), (1, 0, True))


def test_what_was_sent_before_a_cut_and_waits_again_was_sent_and_can_be_cancelled():
    outbox, link = Outbox(ManualClock(1)), StrictLink(window=1)
    outbox.attach(link)
    delivery = outbox.add([message(0), message(1)])
    outbox.detach()
    assert delivery.cancel() == 1, "the other one may have arrived"
    assert account(delivery) == (0, 2, True)


@given(st.lists(st.sampled_from(["add", "confirm", "cut", "refuse", "cancel"]), max_size=60), st.integers(1, 5))
def test_every_message_is_accounted_for_once(events: list[str], window: int):
    """Whatever happens in whatever order; each link gets the numbers in rising order."""
    outbox, links, deliveries, number = Outbox(ManualClock()), [StrictLink(window)], [], 0
    outbox.attach(links[-1])
    for event in events:
        if event == "add":
            deliveries.append(outbox.add([message(number + extra) for extra in range(3)]))
            number += 3
        elif event == "cut":
            outbox.detach()
            links.append(StrictLink(window))
            outbox.attach(links[-1])
        elif event == "cancel":
            for delivery in deliveries[-2:]:
                delivery.cancel()
        elif links[-1].open:
            links[-1].confirm(outbox, failure="no" if event == "refuse" else "")
    while links[-1].open:
        links[-1].confirm(outbox)
    assert all(link.numbers() == sorted(link.numbers()) for link in links)
    assert all(one.wait(0) and one.confirmed() + one.failed() == 3 for one in deliveries)
    assert all(3 - one.sent_ns().count(None) >= one.confirmed() for one in deliveries)
    assert not outbox._waiting
    flights = outbox._flights
    assert (flights.open, flights.open_bytes, flights.handed, flights.exactly_once) == (0, 0, False, False)
    assert not flights._in_order


def test_waiting_has_an_end():
    delivery = Outbox(ManualClock()).add([message(0)])
    assert not delivery.wait(0.01)


def test_a_message_of_qos_2_is_gone_on_with_where_the_broker_has_kept_its_state():
    """What it has is released, what it may have is sent under the same identifier, and nothing else changes."""
    outbox, link, second = Outbox(ManualClock()), StrictLink(), StrictLink()
    outbox.attach(link)
    delivery = outbox.add([message(0, qos=2), message(1, qos=2), message(2, qos=1)])
    link.received = {1}
    outbox.detach()
    outbox.attach(second, session_present=True)
    assert second.released == [1]
    assert [mid for mid, _ in second.sent][:1] == [2]
    assert second.numbers() == [1, 2]
    assert account(delivery) == (1, 0, False)


def test_a_message_of_qos_2_is_sent_anew_where_the_broker_has_lost_its_state():
    outbox, link, second = Outbox(ManualClock()), StrictLink(), StrictLink()
    outbox.attach(link)
    delivery = outbox.add([message(0, qos=2)])
    link.received = {1}
    outbox.detach()
    outbox.attach(second, session_present=False)
    assert (second.released, second.numbers()) == ([], [0])
    assert account(delivery) == (0, 0, False)


def test_a_message_of_qos_2_that_is_cancelled_after_a_cut_is_released():
    """Else the broker would keep a place in its window for it."""
    outbox, link, second = Outbox(ManualClock()), StrictLink(), StrictLink()
    outbox.attach(link)
    delivery = outbox.add([message(0, qos=2)])
    outbox.detach()
    delivery.cancel()
    outbox.attach(second, session_present=True)
    assert (second.released, second.numbers()) == ([1], [])
    assert account(delivery) == (0, 1, True)
