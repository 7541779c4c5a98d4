"""The log as a file: appending whole lines, reading them with their numbers, replacing its end."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Generic, Protocol, TypeVar

from core.message import Message
from store.log import KIND, SESSION_END, Record

_BLOCK = 65_536
_BOM = b"\xef\xbb\xbf"
MANY_PROBLEMS = 50
"""A file in which nothing is right must not fill the memory with complaints."""


class LogAppender:
    """Appends whole lines: when the disk refuses one, the file ends with the last that went in."""

    def __init__(self, file: BinaryIO) -> None:
        """`file` is open for writing without a buffer, at its end."""
        self._file = file
        self._end = file.seek(0, os.SEEK_END)

    @property
    def size(self) -> int:
        """Bytes."""
        return self._end

    def append(self, lines: bytes) -> None:
        """Writes lines, each with its line feed. Raises OSError with the file as it was before."""
        left = memoryview(lines)
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError:
            self._file.truncate(self._end)
            self._file.seek(self._end)
            raise
        self._end += len(lines)

    def drop_torn_line(self) -> None:
        """Takes away a last line without a line feed: a crash tore it. Our own lines always have one."""
        start = _start_of_last_line(self._file, self._end)
        if self._end > start and _read(self._file, self._end - 1, self._end) != b"\n":
            self._cut(start)

    def end_line(self) -> Record | None:
        """The session_end line; None if it is not the last one, or not a whole one."""
        return _end_line(self._file, self._end)

    def drop_end_line(self) -> None:
        """Takes away a session_end line, so that the log can go on or get a new one."""
        start = _start_of_last_line(self._file, self._end)
        if _end_record(_read(self._file, start, self._end)) is not None:
            self._cut(start)
        self._file.seek(self._end)

    def replace_last_line(self, line: bytes) -> None:
        """Raises OSError with the file as it was before, if the disk gives the room back that it had."""
        start = _start_of_last_line(self._file, self._end)
        before = _read(self._file, start, self._end)
        self._cut(start)
        try:
            self.append(line)
        except OSError:
            self.append(before)
            raise

    def _cut(self, end: int) -> None:
        self._file.truncate(end)
        self._file.seek(end)
        self._end = end

    def close(self) -> None:
        """Waits until the disk has it, then closes. Raises OSError; the file is closed in any case."""
        try:
            os.fsync(self._file.fileno())
        finally:
            self._file.close()


def _read(file: BinaryIO, begin: int, end: int) -> bytes:
    """Bytes `begin` to `end`; an unbuffered file may hand them over in pieces."""
    file.seek(begin)
    pieces = []
    while begin < end and (piece := file.read(end - begin)):
        pieces.append(piece)
        begin += len(piece)
    return b"".join(pieces)


def _start_of_last_line(file: BinaryIO, end: int) -> int:
    """Where the last line begins, whether or not a line feed ends it."""
    position = end - 1
    while position > 0:
        begin = max(0, position - _BLOCK)
        found = _read(file, begin, position).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        position = begin
    return 0


def _end_record(line: bytes) -> Record | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) and record.get(KIND) == SESSION_END else None


def _end_line(file: BinaryIO, end: int) -> Record | None:
    line = _read(file, _start_of_last_line(file, end), end)
    return _end_record(line) if line.endswith(b"\n") else None


def read_end_line(path: Path) -> Record | None:
    """The session_end line of a log, without reading the rest. Raises OSError."""
    with path.open("rb", buffering=0) as file:
        return _end_line(file, file.seek(0, os.SEEK_END))


class Parser(Protocol):
    """Reads one line of some log."""

    def parse(self, line: bytes) -> Message | Record:
        """The message in a line, or the record if it has no topic. Raises ValueError with the reason."""


P = TypeVar("P", bound=Parser)


class LogReader(Generic[P]):
    """Reads a log from its beginning, keeps out what cannot be read and says so."""

    def __init__(self, path: Path, parser: P) -> None:
        self.parser = parser
        self.problems: list[str] = []
        self.blank = 0
        """How many lines were empty."""
        self.rejected = 0
        """How many lines were kept out."""
        self.torn = False
        """Whether the last line breaks off."""
        self.good_end = 0
        """Where the last whole line ended."""
        self._path = path

    def __iter__(self) -> Iterator[Message | Record]:
        with self._path.open("rb") as file:
            for number, line in enumerate(file, 1):
                content = line.removeprefix(_BOM) if number == 1 else line
                if content.strip():
                    try:
                        item = self.parser.parse(content)
                    except (ValueError, RecursionError) as error:
                        self._reject(number, line, error)
                        continue
                    yield item
                else:
                    self.blank += 1
                self.good_end += len(line)
        if self.rejected > len(self.problems):
            self.problems.append(f"{self.rejected - len(self.problems)} more lines were kept out.")

    def _reject(self, number: int, line: bytes, error: Exception) -> None:
        self.rejected += 1
        if line.endswith(b"\n"):
            self.good_end += len(line)
            reason = "it is not JSON" if isinstance(error, json.JSONDecodeError | UnicodeDecodeError) else str(error)
            problem = f"Line {number} was kept out: {reason}."
        else:
            self.torn = True
            problem = f"The last line ({number}) breaks off, as after a crash, and was kept out."
        if len(self.problems) < MANY_PROBLEMS or self.torn:
            self.problems.append(problem)
