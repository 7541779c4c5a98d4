"""The last message of every topic, at any moment of a session: read from its outline and the index."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, TypeVar

from store.outline import SPACING, Block, Outline
from store.pieces import LAST_ID, Piece, bounds, pieces
from store.query import Condition, ids_of

NEWEST: Final = 50_000
"""Most topics have a message among so many; only what is missing then is looked for in all the others."""
FEW: Final = 5_000
"""Topics that are looked for by name; more are not sorted out beforehand."""


Topic = TypeVar("Topic", str, int)


class Stretch(NamedTuple, Generic[Topic]):
    """Messages that follow one another, in figures; topics by name, or by id."""

    through_id: int
    """The last one."""
    latest: dict[Topic, int]
    """Topic -> id of its last message that matches; never empty."""


@dataclass(frozen=True, slots=True)
class Latest:
    """Looks for the last of each topic among the messages that `condition` chooses."""

    connection: sqlite3.Connection
    condition: Condition
    outline: Outline | None = None

    def ids(self, topics: Collection[int], after_id: int = 0, through_id: int = LAST_ID) -> dict[int, int]:
        """Topic -> id, of `topics` at most, with `after_id` < id <= `through_id`."""
        found: dict[int, int] = {}
        missing = set(topics)
        for piece in reversed(self._pieces(after_id, through_id)):
            if not missing:
                break
            here = self._looked_up(missing, piece) if piece.block is None else self._last_of(piece.block)
            found |= {topic: here[topic] for topic in here.keys() & missing}
            missing -= here.keys()
        return found

    def stretches(self, size: int) -> Iterator[Stretch[int]]:
        """One for about `size` messages, matching or not, in which something matches."""
        begin, gathered = 0, list[Stretch[int]]()
        for one in self._short_stretches(size):
            gathered.append(one)
            if one.through_id - begin >= size:
                yield _together(gathered)
                begin, gathered = one.through_id, []
        if gathered:
            yield _together(gathered)

    def _short_stretches(self, size: int) -> Iterator[Stretch[int]]:
        """For at most `size` messages, or for a block of the outline."""
        for piece in self._pieces(0, LAST_ID, is_rough=size >= SPACING):
            if piece.block is None:
                yield from self._scanned(piece, size)
            elif latest := self._last_of(piece.block):
                yield Stretch(piece.through_id, latest)

    def _pieces(self, after_id: int, through_id: int, is_rough: bool = True) -> list[Piece]:
        """Those of the outline where it knows what is asked for."""
        if is_rough and not self.condition.of_content:
            return pieces(self.outline, self.condition.time, after_id, through_id)
        begin, end = bounds(self.outline, self.condition.time, self.condition.topics)
        return [Piece(max(begin, after_id), min(end, through_id), None)]

    def _last_of(self, block: Block) -> dict[int, int]:
        wanted, retained = self.condition.topics, self.condition.retained
        return {
            cell.topic_id: cell.last_retained_id if retained else cell.last_id
            for cell in block.cells
            if (wanted is None or cell.topic_id in wanted) and (cell.last_retained_id or not retained)
        }

    def _looked_up(self, topics: Collection[int], piece: Piece) -> dict[int, int]:
        after_id, through_id, _ = piece
        newest = self._after(after_id, through_id)
        found = self._grouped(newest, through_id)
        missing = [topic for topic in topics if topic not in found]
        if newest > after_id and missing:
            found = self._grouped(after_id, newest, missing if len(missing) <= FEW else ()) | found
        return found

    def _scanned(self, piece: Piece, size: int) -> Iterator[Stretch[int]]:
        begin, last, _ = piece
        while begin < last:
            end = self._id_after(begin, size, last)
            if latest := self._grouped(begin, end):
                yield Stretch(end if end < LAST_ID else max(latest.values()), latest)
            begin = end

    def _after(self, after_id: int, through_id: int) -> int:
        """The id after which the newest of the chosen messages lie."""
        sql = (
            f"SELECT id FROM messages WHERE id > ? AND id <= ? AND {self.condition.where} "  # noqa: S608  values are bound
            "ORDER BY id DESC LIMIT 1 OFFSET ?"
        )
        row = self.connection.execute(sql, (after_id, through_id, *self.condition.values, NEWEST)).fetchone()
        return after_id if row is None else int(row[0])

    def _id_after(self, begin: int, size: int, last: int) -> int:
        sql = "SELECT id FROM messages WHERE id > ? AND id <= ? ORDER BY id LIMIT 1 OFFSET ?"
        row = self.connection.execute(sql, (begin, last, size - 1)).fetchone()
        return last if row is None else int(row[0])

    def _grouped(self, after_id: int, through_id: int, topics: Iterable[int] = ()) -> dict[int, int]:
        only = f" AND topic_id IN ({ids_of(topics)})" if topics else ""
        sql = (
            "SELECT topic_id, max(id) FROM messages "  # noqa: S608  values are bound
            f"WHERE id > ? AND id <= ? AND {self.condition.where}{only} GROUP BY topic_id"
        )
        return dict(self.connection.execute(sql, (after_id, through_id, *self.condition.values)))


def _together(found: list[Stretch[int]]) -> Stretch[int]:
    latest: dict[int, int] = {}
    for one in found:
        latest |= one.latest
    return Stretch(found[-1].through_id, latest)
