"""How far the log and the database of a session agree that nobody finished."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from core.message import Message
from store.connection import explained
from store.events import Event
from store.formats.own import OwnLog
from store.log import EVENT, KIND, LineParser, parse_event
from store.reader import SessionReader

TAIL_MESSAGES: Final = 1_000
TAIL_BYTES: Final = 4_000_000
"""So much of the log's end is compared message by message, by the first of both that is reached: a program that is
killed has written everything before it long ago. More would keep the broker waiting that holds messages for it."""

_MARK: Final = b'{"' + KIND.encode() + b'"'
"""How the lines of a log begin that hold no message."""


@dataclass(slots=True)
class Comparison:
    """What was found."""

    differs: bool = False
    """The log is not the beginning of the database's messages, nor the other way round."""
    messages: int = 0
    """How many the log holds."""
    events: list[Event] = field(default_factory=list)
    last_common_id: int = 0


def compare(db_path: Path, log_path: Path) -> Comparison:
    """Quick where the log is the beginning of the database, as after a crash; else message by message.

    The log has no torn line any more. Raises SessionFileError, StorageError.
    """
    with explained(log_path), SessionReader.open(db_path) as reader:
        found = _compare_ends(reader, log_path)
        return _compare_all(reader, log_path) if found is None or found.differs else found


def _compare_ends(reader: SessionReader, log_path: Path) -> Comparison | None:
    """Trusts what lies before the end; None if that does not tell."""
    found, tail = Comparison(), _Tail()
    parser = LineParser()
    try:
        with log_path.open("rb") as file:
            for line in file:
                if not line.startswith(_MARK):
                    found.messages += 1
                    tail.add(line)
                elif f'"{EVENT}"'.encode() in line:
                    found.events += _events(parser, line)
        logged = [parser.parse(line) for line in tail]
    except (ValueError, RecursionError):
        return None
    in_database = reader.count()
    newest = reader.newest(1)
    if found.messages > in_database or (newest and newest[0].id != in_database):
        return None  # the log is ahead, or ids do not count the messages
    first = found.messages - len(logged)
    for place, item in enumerate(logged, first + 1):
        stored = reader.message(place)
        found.differs |= stored is None or stored.message != item
    found.last_common_id = found.messages
    found.differs |= _events_differ(reader, found)
    return found


def _events(parser: LineParser, line: bytes) -> list[Event]:
    record = parser.parse(line)
    if isinstance(record, Message) or record.get(KIND) != EVENT:
        return []
    return [parse_event(record, parser.times)]


class _Tail:
    """The last lines, bounded."""

    def __init__(self) -> None:
        self._lines: deque[bytes] = deque()
        self._bytes = 0

    def add(self, line: bytes) -> None:
        self._lines.append(line)
        self._bytes += len(line)
        while len(self._lines) > 1 and (len(self._lines) > TAIL_MESSAGES or self._bytes > TAIL_BYTES):
            self._bytes -= len(self._lines.popleft())

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._lines)


def _compare_all(reader: SessionReader, log_path: Path) -> Comparison:
    log = OwnLog(log_path)
    found = Comparison()
    stored = reader.stream_stored()
    for item in log.items():
        if isinstance(item, Event):
            found.events.append(item)
            continue
        found.messages += 1
        there = next(stored, None)
        if there is not None:
            found.differs |= there.message != item
            found.last_common_id = there.id
    found.differs |= _events_differ(reader, found) or bool(log.problems())
    return found


def _events_differ(reader: SessionReader, found: Comparison) -> bool:
    known = reader.events()
    shared = min(len(known), len(found.events))
    return known[:shared] != found.events[:shared]
