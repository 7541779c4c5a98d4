"""The broker hears of a batch when all keepers have settled it, in the order of arrival, on its own connection."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import takewhile

from hypothesis import given
from hypothesis import strategies as st

from mqtt.acknowledgements import REMEMBERED, Acknowledgements, Settle


def connected() -> tuple[Acknowledgements, list[int]]:
    acknowledgements, sent = Acknowledgements(), list[int]()
    acknowledgements.attach(sent.extend)
    return acknowledgements, sent


def test_without_a_keeper_it_is_acknowledged_at_once():
    acknowledgements, sent = connected()
    assert acknowledgements.arrived([1, 2, 0], 0) == []
    assert sent == [1, 2, 0]
    assert acknowledgements.unsettled() == 0


def test_all_keepers_must_have_settled_and_twice_counts_once():
    acknowledgements, sent = connected()
    first, second = acknowledgements.arrived([1], 2)
    first()
    first()
    assert sent == []
    second()
    second()
    assert sent == [1]


def test_what_nobody_keeps_waits_for_its_turn():
    acknowledgements, sent = connected()
    (settle,) = acknowledgements.arrived([1], 1)
    acknowledgements.arrived([2, 3], 0)
    assert sent == []
    settle()
    assert sent == [1, 2, 3]


def test_batches_without_packet_identifiers_hold_nothing_back():
    acknowledgements, sent = connected()
    (settle,) = acknowledgements.arrived([0, 0], 1)
    acknowledgements.arrived([5], 0)
    settle()
    assert sent == [5]


def test_what_is_settled_after_the_connection_is_gone_is_not_acknowledged_on_the_next_one():
    """The broker sends it again there, perhaps under the same identifier, and it may be on its way only."""
    acknowledgements, sent = connected()
    (late,) = acknowledgements.arrived([1], 1)
    acknowledgements.detach()
    acknowledgements.attach(sent.extend)
    (again,) = acknowledgements.arrived([1], 1)
    late()
    assert sent == []
    again()
    assert sent == [1]


def test_without_a_connection_nothing_is_sent():
    acknowledgements = Acknowledgements()
    acknowledgements.detach()
    acknowledgements.arrived([1], 0)


def test_what_the_broker_may_send_again_is_what_is_pending_and_what_was_acknowledged_last():
    acknowledgements, _ = connected()
    acknowledgements.arrived([1], 0, "released")
    acknowledgements.arrived([2], 1, "pending")
    assert [batch.content for batch in acknowledgements.detach()] == ["released", "pending"]
    assert acknowledgements.detach() == []


def test_of_what_was_acknowledged_only_the_newest_is_remembered():
    acknowledgements, _ = connected()
    for number in range(3):
        acknowledgements.arrived([number + 1], 0, number, weight=REMEMBERED // 2)
    acknowledgements.arrived([9], 0, "large", weight=REMEMBERED * 10)
    assert [batch.content for batch in acknowledgements.detach()] == ["large"]


parts = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3)), max_size=12)


@given(parts, st.randoms(use_true_random=False))
def test_in_whatever_order_batches_are_settled_the_acknowledgements_keep_the_order_of_arrival(parts, chance):
    """And each goes out as soon as all before it are settled."""
    acknowledgements, sent = connected()
    settles: list[tuple[Settle, list[int]]] = []
    ends: list[tuple[int, list[int]]] = []
    """The last identifier of each batch, and how many keepers have still to settle it."""
    ids = 0
    for size, keepers in parts:
        left, packet_ids = [keepers], list(range(ids + 1, ids + size + 1))
        ids += size
        ends.append((ids, left))
        settles += [(settle, left) for settle in acknowledgements.arrived(packet_ids, keepers)]
    chance.shuffle(settles)
    for settle, left in settles:
        left[0] -= 1
        settle()
        settle()
        done = [last for last, _ in takewhile(lambda end: end[1] == [0], ends)]
        assert sent == list(range(1, (done or [0])[-1] + 1))
    assert sent == list(range(1, ids + 1))


def test_threads_that_settle_at_the_same_time_keep_the_order():
    sent: list[int] = []
    sending = threading.Lock()

    def send(ids: Sequence[int]) -> None:
        assert sending.acquire(blocking=False), "two threads send at once"
        sent.extend(ids)
        sending.release()

    acknowledgements = Acknowledgements()
    acknowledgements.attach(send)
    settles = [acknowledgements.arrived([number], 1)[0] for number in range(1, 2_001)]
    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(lambda part: [one() for one in part], settles[at::4]) for at in range(4)]:
            future.result()
    assert sent == list(range(1, 2_001))
