"""How many messages match, and when the earliest and the latest came: from a session's outline where it knows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from store.outline import Outline
from store.pieces import Piece, bounds, pieces
from store.query import Condition
from store.results import Span


@dataclass(frozen=True, slots=True)
class Counting:
    """Counts the messages that `condition` chooses."""

    connection: sqlite3.Connection
    condition: Condition
    outline: Outline | None = None

    def count(self, after_id: int = 0) -> int:
        """How many there are with a higher id than `after_id`."""
        return sum(self._rough(piece).messages for piece in self._pieces(after_id))

    def span(self) -> Span:
        """How many there are, and the times of the earliest and the latest."""
        found = {piece: span for piece in self._pieces() if (span := self._rough(piece)).messages}
        if not found:
            return Span(0, 0, 0)
        return Span(
            sum(span.messages for span in found.values()),
            self._least(found, lambda span: span.first_ns),
            -self._least(found, lambda span: -span.last_ns),
        )

    def _least(self, found: dict[Piece, Span], value: Callable[[Span], int]) -> int:
        """The least value of all spans, where those that are rough may be less than the exact ones."""
        least: int | None = None
        for piece, rough in sorted(found.items(), key=lambda one: value(one[1])):
            if least is not None and value(rough) >= least:
                break
            exact = rough if self._is_exact(piece) else self._looked_up(piece)
            least = value(exact) if least is None else min(least, value(exact))
        assert least is not None
        return least

    def _rough(self, piece: Piece) -> Span:
        """How many of a piece match; the times are exact, or those of the whole block, between which theirs lie."""
        if piece.block is None:
            return self._looked_up(piece)
        return Span(piece.block.messages(self.condition.topics), piece.block.first_ns, piece.block.last_ns)

    def _is_exact(self, piece: Piece) -> bool:
        return piece.block is None or self.condition.topics is None

    def _looked_up(self, piece: Piece) -> Span:
        condition = self.condition
        sql = (
            "SELECT count(*), min(at), max(at) FROM messages "  # noqa: S608  values are bound
            f"WHERE id > ? AND id <= ? AND {condition.where}"
        )
        values = (piece.after_id, piece.through_id, *condition.values)
        messages, first_ns, last_ns = self.connection.execute(sql, values).fetchone()
        return Span(messages, first_ns or 0, last_ns or 0)

    def _pieces(self, after_id: int = 0) -> Iterable[Piece]:
        """Those of the outline where it knows what is asked for."""
        condition = self.condition
        if not (condition.of_content or condition.retained):
            return pieces(self.outline, condition.time, after_id)
        begin, end = bounds(self.outline, condition.time, condition.topics)
        return [Piece(max(begin, after_id), end, None)]
