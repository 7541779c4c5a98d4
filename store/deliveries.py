"""Which packet identifiers the broker gave to the messages stored last: a helper table for the time of a recording."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

IDENTIFIERS: Final = 65_535
"""There are so many packet identifiers, from 1 on (MQTT 5.0, section 2.2.1)."""
LONG_AGO: Final = 49_152
"""Behind so many identifiers a message hardly comes again. But all of them can be on their way at once; brokers give
them out in turn, and one that was lost on its way just now must not be mistaken for the one a whole turn ago."""
TURNS: Final = 3
"""A Mosquitto 2.0 that is to have 1,000 messages on their way was seen with more than a turn of them, after stalls and
cuts in which acknowledgements got lost: it gives out identifiers that are still in use, and sends both messages again.
"""

TABLE: Final = "deliveries"
_DDL = f"CREATE TABLE IF NOT EXISTS {TABLE} (first_message_id INTEGER PRIMARY KEY, packet_ids BLOB NOT NULL)"
_ADD = f"INSERT INTO {TABLE} (first_message_id, packet_ids) VALUES (?, ?)"  # noqa: S608  constant text
_NEWEST = f"SELECT first_message_id, packet_ids FROM {TABLE} ORDER BY first_message_id DESC"  # noqa: S608
_PRUNE = f"DELETE FROM {TABLE} WHERE first_message_id < ?"  # noqa: S608  constant text
_CLEAR = f"DELETE FROM {TABLE}"  # noqa: S608  constant text


class Delivered(NamedTuple):
    """What was stored under each packet identifier, within the last turns of them."""

    messages: Mapping[int, Sequence[int]]
    """Packet identifier -> the ids of messages: the one stored last, and before it only what was long ago."""
    long_ago: int = 0
    """Messages up to this id were given their identifiers so long ago that those may have been given out again."""


class Deliveries:
    """One row for each transaction: the packet identifiers of consecutive messages, 0 where there is none.

    It exists from the first message with a packet identifier until the session ends. The identifiers are stored as
    the machine counts: nobody but a recorder on the same machine reads them.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        found = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (TABLE,))
        self._exists = found.fetchone() is not None
        self._made = False
        self._since_pruned = 0
        self._keep_from: int | None = None
        """What is older than this message can be removed as soon as enough came after it."""

    def add(self, first_message_id: int, packet_ids: Sequence[int]) -> None:
        """Within the transaction that stores these messages. Raises sqlite3.Error."""
        known = len(packet_ids) - packet_ids.count(0)
        if not known:
            return
        if not self._exists:
            self._connection.execute(_DDL)
            self._made = True
        self._connection.execute(_ADD, (first_message_id, array("H", packet_ids).tobytes()))
        self._since_pruned += known
        if self._since_pruned >= TURNS * IDENTIFIERS:
            if self._keep_from is not None:
                self._connection.execute(_PRUNE, (self._keep_from,))
            self._keep_from, self._since_pruned = first_message_id, 0

    def committed(self) -> None:
        """What was added is there for good, and with it the table."""
        self._exists, self._made = self._exists or self._made, False

    def rolled_back(self) -> None:
        """What was added is gone, and perhaps with it the table."""
        self._made = False

    def tail(self, behind: int = 0) -> Delivered:
        """Those that may come again, if so many identifiers were given out after the last of them."""
        found: dict[int, list[int]] = {}
        if not self._exists:
            return Delivered(found)
        long_ago = newer = 0
        for first, blob in self._connection.execute(_NEWEST):
            packet_ids = array("H")
            packet_ids.frombytes(blob)
            for place in range(len(packet_ids) - 1, -1, -1):
                if packet_id := packet_ids[place]:
                    behind += _steps(packet_id, newer) if newer else 0
                    if behind >= TURNS * IDENTIFIERS:
                        return Delivered(found, long_ago)
                    if behind >= LONG_AGO and not long_ago:
                        long_ago = first + place
                    known = found.setdefault(packet_id, [])
                    if not known or (behind >= LONG_AGO and len(known) < TURNS):
                        known.append(first + place)
                    newer = packet_id
        return Delivered(found, long_ago)

    def clear(self) -> None:
        """The identifiers mean nothing any more: the broker has begun anew. Raises sqlite3.Error."""
        if self._exists:
            self._connection.execute(_CLEAR)
        self._keep_from, self._since_pruned = None, 0

    def drop(self) -> None:
        """The session ends. Raises sqlite3.Error."""
        self._connection.execute(f"DROP TABLE IF EXISTS {TABLE}")
        self._exists = False


def _steps(older: int, newer: int) -> int:
    """How many identifiers the broker gave out from one message to the next: for what is not recorded, too.

    Some brokers use the lowest free one instead of the next: then it is counted as one.
    """
    steps = (newer - older) % IDENTIFIERS
    return steps if 0 < steps <= IDENTIFIERS // 2 else 1
