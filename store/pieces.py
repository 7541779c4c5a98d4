"""A session cut into pieces for a question about a time: what its outline knows, and what has to be looked through."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from store.outline import Block, Outline

LAST_ID: Final = 2**63 - 1
"""Higher than any message's."""


class TimeRange(NamedTuple):
    """Nanoseconds since the epoch; None is open."""

    start_ns: int | None = None
    """Inclusive."""
    end_ns: int | None = None
    """Exclusive."""

    def has_all_of(self, block: Block) -> bool:
        """Whether each message of a block lies in it."""
        begins = self.start_ns is None or block.first_ns >= self.start_ns
        return begins and (self.end_ns is None or block.last_ns < self.end_ns)

    def has_none_of(self, block: Block) -> bool:
        """Whether no message of a block can lie in it."""
        before = self.start_ns is not None and block.last_ns < self.start_ns
        return before or (self.end_ns is not None and block.first_ns >= self.end_ns)


ALWAYS: Final = TimeRange()


class Piece(NamedTuple):
    """Messages with `after_id` < id <= `through_id`."""

    after_id: int
    through_id: int
    block: Block | None
    """Where it is a whole one, and all its messages lie in the time asked for; None: it must be looked through."""


def pieces(
    outline: Outline | None, time: TimeRange, after_id: int = 0, through_id: int = LAST_ID
) -> list[Piece]:  # fmt: skip
    """What may hold messages of a time with `after_id` < id <= `through_id`, in the order of ids.

    Recorded times may go back: then there are more pieces, and the answer is the same. Without an outline it is one.
    """
    if outline is None:
        return [Piece(after_id, through_id, None)]
    return list(_joined(_pieces(outline, time, after_id, through_id)))


def ranges(
    outline: Outline | None, time: TimeRange, topics: Collection[int] | None, after_id: int = 0
) -> list[tuple[int, int]]:
    """All messages of a time and of these topics (None: of all) with an id above `after_id` lie in these ranges of ids.

    Each is the id that it begins after, and its last one; in their order.
    """
    found: list[tuple[int, int]] = []
    for begin, end, block in pieces(outline, time, after_id):
        if block is None or block.messages(topics):
            joins = found and found[-1][1] == begin
            found[-1:] = [(found[-1][0], end)] if joins else [*found[-1:], (begin, end)]
    return found


def bounds(outline: Outline | None, time: TimeRange, topics: Collection[int] | None) -> tuple[int, int]:
    """All messages of a time and of these topics lie between these two ids: after the first, up to the second."""
    found = ranges(outline, time, topics)
    return (found[0][0], found[-1][1]) if found else (0, 0)


def _pieces(outline: Outline, time: TimeRange, after_id: int, through_id: int) -> Iterator[Piece]:
    for before_id, block in outline.spans():
        begin, end = max(before_id, after_id), min(block.through_id, through_id)
        if begin < end and not time.has_none_of(block):
            whole = (begin, end) == (before_id, block.through_id) and time.has_all_of(block)
            yield Piece(begin, end, block if whole else None)
    begin = max(outline.through_id, after_id)
    if not outline.is_whole and begin < through_id:
        yield Piece(begin, through_id, None)


def _joined(found: Iterator[Piece]) -> Iterator[Piece]:
    """Neighbours that have to be looked through become one."""
    waiting: Piece | None = None
    for piece in found:
        if waiting is not None and piece.block is None and piece.after_id == waiting.through_id:
            waiting = waiting._replace(through_id=piece.through_id)
            continue
        if waiting is not None:
            yield waiting
            waiting = None
        if piece.block is None:
            waiting = piece
        else:
            yield piece
    if waiting is not None:
        yield waiting
