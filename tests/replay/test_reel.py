"""What is read ahead: no more than is asked for, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator

from replay.reel import Reel
from replay.schedule import Due
from tests.replay.sessions import message

NO_LIMIT = 1_000


def dues(*offsets_ns: int, payload: bytes = b"") -> list[Due]:
    return [Due(offset_ns, offset_ns, message(payload=payload), 0) for offset_ns in offsets_ns]


def test_a_batch_ends_with_the_message_that_reaches_the_limit_of_bytes():
    """Else the whole of a session with large payloads would be in memory at full speed."""
    sent = dues(*range(10), payload=b"1234")
    reel = Reel(iter(sent))
    reel.peek()
    assert reel.take(NO_LIMIT, NO_LIMIT, 10) == sent[:3]


def test_batches_together_are_the_whole_in_its_order_whatever_the_limits_are():
    sent = dues(1, 2, 2, 3, 7, 7, 9, payload=b"12")
    for horizon_ns, most, size in [(0, 9, 99), (2, 9, 99), (7, 2, 99), (9, 9, 3), (9, 1, 1)]:
        reel, taken = Reel(iter(sent)), list[Due]()
        while reel.peek() is not None:
            batch = reel.take(horizon_ns, most, size)
            assert len(batch) <= most
            assert all(due.offset_ns <= horizon_ns for due in batch[1:])
            taken += batch
        assert taken == sent


def test_nothing_is_read_that_a_full_batch_does_not_need():
    read: list[Due] = []

    def reading() -> Iterator[Due]:
        for due in dues(0, 0, 0, 0, 0):
            read.append(due)
            yield due

    reel = Reel(reading())
    reel.peek()
    assert len(reel.take(NO_LIMIT, 3, NO_LIMIT)) == len(read) == 3
