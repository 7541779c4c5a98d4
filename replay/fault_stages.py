"""What each kind of fault does to the stream of what is due.

What happens to a message depends on the seed, the message and the loop only, not on the messages before it: after a
seek the same ones are hit. Offsets go in without decreasing; coming out, `in_order` sees to it.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache, partial
from hashlib import blake2b
from typing import Final, NamedTuple

from core.message import NS_PER_SECOND, Message
from core.topics import matches
from replay.faults import Fault, FaultKind
from replay.schedule import Due

REORDER_WINDOW: Final = 3
"""By how many matching messages one is overtaken at most."""
MAX_HELD: Final = 50_000
"""Messages that a delay holds back, and ..."""
MAX_HELD_BYTES: Final = 64 * 1024 * 1024
"""... bytes of their payloads: beyond that the earliest of them goes out early."""
MAX_CACHED: Final = 10_000
"""Topics of which it is remembered whether a fault is meant for them."""


class Marked(NamedTuple):
    """A message with a name."""

    due: Due
    mark: bytes
    """The same for the same message, wherever a replay began; no other one has it."""


Stream = Iterator[Marked]


class Tally:
    """What has been done so far."""

    def __init__(self) -> None:
        self.done: Counter[FaultKind] = Counter()
        self.cut_short = 0
        """Delayed messages that went out early, because too many were held back."""


class Dice:
    """Decides on each message by itself, so that it decides the same again."""

    def __init__(self, fault: Fault, seed: int, number: int) -> None:
        """`number`: two faults of one replay have different ones."""
        self.fault = fault
        self._key = blake2b(f"{seed}/{number}".encode()).digest()
        self._limit = fault.probability * 2.0**64
        self._fits = lru_cache(MAX_CACHED)(partial(matches, fault.topic))
        """Whether the fault is meant for a topic."""

    def concerns(self, due: Due) -> bool:
        """Whether the fault is meant for a message: not for one that was left out already."""
        return not due.dropped and self._fits(due.message.topic)

    def roll(self, marked: Marked) -> bytes | None:
        """None if the message is not hit, else 8 bytes of chance."""
        if not self.concerns(marked.due):
            return None
        bits = blake2b(marked.mark, digest_size=16, key=self._key).digest()
        return bits[8:] if int.from_bytes(bits[:8], "big") < self._limit else None


def marked(dues: Iterator[Due]) -> Stream:
    """Messages of one topic that came at the same moment are told apart by their number."""
    moment = (-1, 0)
    seen: Counter[str] = Counter()
    for due in dues:
        topic, here = due.message.topic, (due.pass_number, due.message.at_ns)
        if here != moment:
            moment = here
            seen.clear()
        seen[topic] += 1
        mark = f"{due.pass_number}/{due.message.at_ns}/{seen[topic]}/{topic}"
        yield Marked(due, mark.encode("utf-8", "surrogatepass"))


def in_order(stream: Stream) -> Iterator[Due]:
    """Neither offsets nor, within a loop, positions decrease: what is late is where the replay is."""
    last: Due | None = None
    for due, _ in stream:
        if last is None:
            last = due
        else:
            same_pass = due.pass_number == last.pass_number
            position_ns = max(due.position_ns, last.position_ns) if same_pass else due.position_ns
            last = due._replace(offset_ns=max(due.offset_ns, last.offset_ns), position_ns=position_ns)
        yield last


def drop(stream: Stream, dice: Dice, tally: Tally) -> Stream:
    """Leaves messages out. They stay in the stream, so that a replay of which nothing is left takes its time, too."""
    for one in stream:
        if dice.roll(one):
            tally.done[FaultKind.DROP] += 1
            yield Marked(one.due._replace(dropped=True), one.mark)
        else:
            yield one


def duplicate(stream: Stream, dice: Dice, tally: Tally) -> Stream:
    """Sends messages again, right after themselves."""
    for one in stream:
        yield one
        if dice.roll(one):
            tally.done[FaultKind.DUPLICATE] += 1
            yield Marked(one.due, one.mark + b"+")


def corrupt(stream: Stream, dice: Dice, tally: Tally) -> Stream:
    """Changes payloads."""
    for one in stream:
        if (bits := dice.roll(one)) and one.due.message.payload:
            tally.done[FaultKind.CORRUPT] += 1
            yield Marked(one.due._replace(message=_corrupted(one.due.message, bits)), one.mark)
        else:
            yield one


def delay(stream: Stream, dice: Dice, tally: Tally) -> Stream:
    """Sends messages later; at the end of a loop all that is held back goes out before the next one begins."""
    by_ns = round(dice.fault.seconds * NS_PER_SECOND)
    held: list[tuple[int, int, Marked]] = []  # offset, number, message
    size = 0
    for number, one in enumerate(stream):
        now = one.due
        while held and (held[0][0] <= now.offset_ns or held[0][2].due.pass_number != now.pass_number):
            offset_ns, _, late = heapq.heappop(held)
            size -= len(late.due.message.payload)
            yield _at(late, min(offset_ns, now.offset_ns))
        if not dice.roll(one):
            yield one
            continue
        tally.done[FaultKind.DELAY] += 1
        size += len(now.message.payload)
        heapq.heappush(held, (now.offset_ns + by_ns, number, one))
        while len(held) > MAX_HELD or size > MAX_HELD_BYTES:
            early = heapq.heappop(held)[2]
            size -= len(early.due.message.payload)
            tally.cut_short += 1
            yield _at(early, now.offset_ns)
    for offset_ns, _, late in sorted(held):
        yield _at(late, offset_ns)


def reorder(stream: Stream, dice: Dice, tally: Tally) -> Stream:
    """Lets messages be overtaken: each goes out after the last one that overtakes it, at the same moment as that."""
    held: list[tuple[int, int, Marked]] = []  # rank of the last one that overtakes it, own rank, message
    rank = newest = 0  # of all messages that the fault is meant for, and of those that went out
    last: Due | None = None

    def let_go(until: float) -> Stream:
        nonlocal newest
        while held and held[0][0] <= until:
            _, own_rank, late = heapq.heappop(held)
            tally.done[FaultKind.REORDER] += own_rank < newest
            newest = max(newest, own_rank)
            yield late if last is None else _at(late, last.offset_ns)

    for one in stream:
        if last is not None and one.due.pass_number != last.pass_number:
            yield from let_go(float("inf"))
        last = one.due
        if not dice.concerns(last):
            yield one
            continue
        rank += 1
        if bits := dice.roll(one):
            heapq.heappush(held, (rank + 1 + bits[0] % REORDER_WINDOW, rank, one))
        else:
            newest = rank
            yield one
        yield from let_go(rank)
    yield from let_go(float("inf"))


STAGES: Final[dict[FaultKind, Callable[[Stream, Dice, Tally], Stream]]] = {
    FaultKind.DROP: drop,
    FaultKind.DELAY: delay,
    FaultKind.DUPLICATE: duplicate,
    FaultKind.REORDER: reorder,
    FaultKind.CORRUPT: corrupt,
}
"""All faults of messages."""


def _at(one: Marked, offset_ns: int) -> Marked:
    return Marked(one.due._replace(offset_ns=offset_ns), one.mark)


def _corrupted(message: Message, bits: bytes) -> Message:
    """One bit flipped, or the end cut off; it is never empty, which would delete a stored message."""
    payload, place = message.payload, int.from_bytes(bits[:4], "big") % len(message.payload)
    if bits[4] % 2 and place:
        changed = payload[:place]
    else:
        changed = payload[:place] + bytes([payload[place] ^ 1 << bits[5] % 8]) + payload[place + 1 :]
    properties = message.properties
    if properties is not None:  # it may not be UTF-8 any more, and a strict broker would cut the connection
        properties = replace(properties, payload_format_indicator=None)
    return message._replace(payload=changed, properties=properties)
