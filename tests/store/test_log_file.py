"""The log as a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.message import Message
from store.log import LineEncoder, LineParser, encode_end
from store.log_file import MANY_PROBLEMS, LogAppender, LogReader
from tests.builders import message, messages, metadata


def read_all(path: Path) -> tuple[list[Message], LogReader[LineParser]]:
    reader = LogReader(path, LineParser())
    return [item for item in reader if isinstance(item, Message)], reader


def test_a_torn_last_line_is_reported_and_kept_out(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_bytes(LineEncoder().encode(messages(3))[:-10])
    found, reader = read_all(path)
    assert found == messages(2)
    assert reader.torn
    assert reader.problems == ["The last line (3) breaks off, as after a crash, and was kept out."]


def test_a_whole_last_line_without_line_feed_counts(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_bytes(LineEncoder().encode(messages(3))[:-1])
    found, reader = read_all(path)
    assert found == messages(3)
    assert not reader.problems


def test_a_bad_line_in_the_middle_is_named_by_its_number_and_blank_lines_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    one, two = LineEncoder().encode(messages(2)).splitlines(keepends=True)
    path.write_bytes(b"\xef\xbb\xbf" + one + b"\n  \r\n{broken\n" + two)
    found, reader = read_all(path)
    assert found == messages(2)
    assert reader.problems == ["Line 4 was kept out: it is not JSON."]


def test_endless_nesting_is_a_bad_line_not_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_bytes(b"[" * 200_000 + b"\n")
    found, reader = read_all(path)
    assert not found
    assert reader.rejected == 1


def test_a_file_full_of_rubbish_does_not_fill_the_memory_with_complaints(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_bytes(b"rubbish\n" * 1_000)
    _, reader = read_all(path)
    assert len(reader.problems) == MANY_PROBLEMS + 1
    assert reader.problems[-1] == "950 more lines were kept out."


class RefusingFile:
    """A file on a disk that takes `room` more bytes."""

    def __init__(self, path: Path, room: int) -> None:
        self.file = path.open("rb+", buffering=0)
        self.room = room

    def write(self, data: memoryview) -> int:
        if self.room == 0:
            raise OSError(28, "No space left on device")
        taken = self.file.write(data[: self.room]) or 0
        self.room -= taken
        return taken

    def __getattr__(self, name: str) -> object:
        return getattr(self.file, name)


def test_a_full_disk_leaves_the_log_with_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.touch()
    first, second = LineEncoder().encode([message()]), LineEncoder().encode(messages(2))
    appender = LogAppender(RefusingFile(path, len(first) + 30))  # type: ignore[arg-type]  # what it uses of a file
    appender.append(first)
    with pytest.raises(OSError, match="No space left"):
        appender.append(second)
    appender.close()
    assert path.read_bytes() == first


@pytest.mark.parametrize("length", [10, 70_000, 200_000])
def test_the_end_line_is_dropped_however_long_it_is(tmp_path: Path, length: int) -> None:
    path = tmp_path / "x.log"
    line = LineEncoder().encode([message()])
    path.write_bytes(line + encode_end(metadata(note="n" * length), 1))
    with path.open("rb+", buffering=0) as file:
        LogAppender(file).drop_end_line()
    assert path.read_bytes() == line


def test_a_message_at_the_end_is_not_taken_for_the_end_line(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    line = LineEncoder().encode([message(payload=b'{"_kind":"session_end"}')])
    path.write_bytes(line)
    with path.open("rb+", buffering=0) as file:
        appender = LogAppender(file)
        appender.drop_torn_line()
        appender.drop_end_line()
    assert path.read_bytes() == line


def test_a_torn_line_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    line = LineEncoder().encode([message()])
    path.write_bytes(line + line[:50])
    with path.open("rb+", buffering=0) as file:
        LogAppender(file).drop_torn_line()
    assert path.read_bytes() == line
