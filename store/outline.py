"""What lies where in a session: kept so that a moment is found without looking through millions of messages."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Final, NamedTuple, Self

from store.schema import OUTLINE

SPACING: Final = 16_384
"""Messages in a block: looked through in a few milliseconds."""
MAX_CELLS: Final = 200_000
"""About 6 MB as text. With more, each two blocks become one, so that they are twice as long."""

_THROUGH = "SELECT id FROM messages WHERE id > ? AND id <= ? ORDER BY id LIMIT 1 OFFSET ?"
_BLOCK = """
SELECT topic_id, count(*), max(id), max(CASE WHEN retain <> 0 THEN id ELSE 0 END), min(at), max(at)
FROM messages WHERE id > ? AND id <= ? GROUP BY topic_id"""


class Cell(NamedTuple):
    """The messages of one topic in a block."""

    topic_id: int
    messages: int
    last_id: int
    last_retained_id: int
    """The last one with the retain flag; 0 if there is none."""


class Block(NamedTuple):
    """Messages that follow one another, from the one after the block before it."""

    through_id: int
    """The last one."""
    first_ns: int
    """The earliest."""
    last_ns: int
    """The latest."""
    cells: tuple[Cell, ...]
    """One for each topic that occurs."""

    def messages(self, topics: Collection[int] | None) -> int:
        """How many there are of these topics; None: of all."""
        return sum(cell.messages for cell in self.cells if topics is None or cell.topic_id in topics)


@dataclass(slots=True)
class Outline:
    """All messages up to an id, in blocks."""

    blocks: list[Block] = field(default_factory=list)
    spacing: int = field(default_factory=lambda: SPACING)
    """Messages in a block; the last one may have fewer."""
    is_whole: bool = True
    """Whether no message comes after the last block."""
    max_cells: int = field(default_factory=lambda: MAX_CELLS)

    @property
    def through_id(self) -> int:
        """The last message that is in a block; 0 without any."""
        return self.blocks[-1].through_id if self.blocks else 0

    @property
    def contiguous(self) -> bool:
        """Whether the ids are 1, 2, 3, ..."""
        return sum(block.messages(None) for block in self.blocks) == self.through_id

    def spans(self) -> Iterator[tuple[int, Block]]:
        """The id after which each block begins, and the block."""
        for before, block in pairwise([None, *self.blocks]):
            assert block is not None
            yield 0 if before is None else before.through_id, block

    def extend(self, connection: sqlite3.Connection, through_id: int, most: int | None = None) -> None:
        """Adds full blocks of the messages that have come since, up to `through_id`, at most so many; None: no limit.

        About 0.3 s for a million messages.
        """
        for block in islice(self._full(connection, through_id), most):
            self._add(block)

    def finished(self, connection: sqlite3.Connection, through_id: int) -> Outline:
        """With all messages up to `through_id`, the last of them in a block that may not be full."""
        self.extend(connection, through_id)
        rest = _block(connection, self.through_id, through_id)
        return Outline([*self.blocks, *rest], self.spacing)

    def _full(self, connection: sqlite3.Connection, through_id: int) -> Iterator[Block]:
        while end := connection.execute(_THROUGH, (self.through_id, through_id, self.spacing - 1)).fetchone():
            yield from _block(connection, self.through_id, end[0])

    def _add(self, block: Block) -> None:
        self.blocks.append(block)
        while len(self.blocks) % 2 == 0 and sum(len(one.cells) for one in self.blocks) > self.max_cells:
            self.blocks = [_together(*self.blocks[at : at + 2]) for at in range(0, len(self.blocks), 2)]
            self.spacing *= 2

    def to_json(self) -> str:
        """The value under OUTLINE: by columns, which is quicker to read than by rows."""
        cells = [cell for block in self.blocks for cell in block.cells]
        value = {
            "spacing": self.spacing,
            "blocks": _columns((block.through_id, block.first_ns, block.last_ns, len(block.cells))
                               for block in self.blocks),
            "cells": _columns(cells),
        }  # fmt: skip
        return json.dumps(value, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self | None:
        """What `to_json` wrote; None for anything else: then the messages are looked through."""
        try:
            value = json.loads(text)
            cells = map(Cell._make, _rows(value["cells"], len(Cell._fields)))
            blocks = [
                Block(through_id, first_ns, last_ns, tuple(islice(cells, count)))
                for through_id, first_ns, last_ns, count in _rows(value["blocks"], len(Block._fields))
            ]
            return cls(blocks, int(value["spacing"]))
        except (ValueError, TypeError, KeyError):
            return None


def agrees(outline: Outline, connection: sqlite3.Connection) -> bool:
    """Whether it says what the messages say that it is made of; the topics of a block are in any order."""
    return all(
        _in_order([block]) == _in_order(_block(connection, before, block.through_id))
        for before, block in outline.spans()
    )


def stored_outline(connection: sqlite3.Connection, through_id: int) -> Outline | None:
    """What was kept at the end of the session; None if nothing was, or if messages have come since."""
    found = begun_outline(connection, through_id)
    return found if found.blocks and found.through_id == through_id else None


def begun_outline(connection: sqlite3.Connection, last_id: int) -> Outline:
    """What was kept last while the session is recorded, to be extended; empty if nothing was."""
    stored = connection.execute("SELECT value FROM metadata WHERE key = ?", (OUTLINE,)).fetchone()
    found = Outline.from_json(stored[0]) if stored else None
    return found if found is not None and found.through_id <= last_id else Outline()


def _block(connection: sqlite3.Connection, after_id: int, through_id: int) -> list[Block]:
    """The one with these messages; empty without any."""
    rows = connection.execute(_BLOCK, (after_id, through_id)).fetchall()
    if not rows:
        return []
    cells = tuple(Cell(*row[:4]) for row in rows)
    last_id = max(cell.last_id for cell in cells)
    return [Block(last_id, min(row[4] for row in rows), max(row[5] for row in rows), cells)]


def _in_order(blocks: list[Block]) -> list[Block]:
    return [block._replace(cells=tuple(sorted(block.cells))) for block in blocks]


def _together(one: Block, other: Block) -> Block:
    cells = {cell.topic_id: cell for cell in one.cells}
    for cell in other.cells:
        known = cells.get(cell.topic_id)
        if known is not None:
            retained_id = cell.last_retained_id or known.last_retained_id
            cell = Cell(cell.topic_id, known.messages + cell.messages, cell.last_id, retained_id)  # noqa: PLW2901
        cells[cell.topic_id] = cell
    first_ns, last_ns = min(one.first_ns, other.first_ns), max(one.last_ns, other.last_ns)
    return Block(other.through_id, first_ns, last_ns, tuple(cells.values()))


def _columns(rows: Iterable[tuple[int, ...]]) -> list[tuple[int, ...]]:
    return list(zip(*rows, strict=True))


def _rows(columns: list[list[int]], width: int) -> Iterator[tuple[int, ...]]:
    if (columns and len(columns) != width) or {type(number) for column in columns for number in column} - {int}:
        raise ValueError("no outline")
    return zip(*columns, strict=True)
