"""After a crash the ends of both files are compared, and all of them where the ends do not agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from store import comparison
from store.comparison import compare
from store.metadata import Status
from store.recovery import reopen
from store.verify import verify
from store.writer import SessionWriter
from tests.builders import event, message, messages, metadata, read


def crashed(folder: Path, *, stored: int, logged: int) -> Path:
    """A session with so many messages in its database, and so many in its log, and an event in both."""
    writer = SessionWriter.create(folder, metadata(status=Status.IN_PROGRESS))
    sent = messages(max(stored, logged))
    common = min(stored, logged)
    writer.write(sent[:common])
    writer.add_event(event("in both"))
    if stored > common:
        writer.store(sent[common:stored])
        writer.store_event(event("in the database only"))
    if logged > common:
        writer.log(sent[common:logged])
    writer.abandon()
    return writer.db_path


@pytest.mark.parametrize(("stored", "logged"), [(0, 0), (5, 0), (5, 5), (2_500, 2_490), (2_500, 10)])
def test_a_log_that_is_behind_is_found_by_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stored: int, logged: int
) -> None:
    path = crashed(tmp_path, stored=stored, logged=logged)

    def never(*_: object) -> None:
        raise AssertionError("the ends tell all")

    monkeypatch.setattr(comparison, "_compare_all", never)
    found = compare(path, path.with_suffix(".log"))
    assert (found.differs, found.messages, found.last_common_id) == (False, logged, logged)
    assert found.events == [event("in both")]
    reopen(path).abandon()
    assert read(path)[1] == messages(stored)
    assert verify(path).problems == ["It has no end: it was interrupted while in progress."]


def test_a_log_that_is_ahead_is_compared_as_a_whole(tmp_path: Path) -> None:
    path = crashed(tmp_path, stored=3, logged=5)
    found = compare(path, path.with_suffix(".log"))
    assert (found.differs, found.messages, found.last_common_id) == (False, 5, 3)
    reopen(path).abandon()
    assert read(path)[1] == messages(5)


def test_a_difference_at_the_end_is_noticed(tmp_path: Path) -> None:
    path = crashed(tmp_path, stored=30, logged=20)
    log = path.with_suffix(".log")
    log.write_bytes(log.read_bytes().replace(b'\\"n\\":19', b'\\"n\\":77'))
    assert compare(path, log).differs


def test_a_line_that_is_no_message_is_noticed(tmp_path: Path) -> None:
    path = crashed(tmp_path, stored=3, logged=3)
    log = path.with_suffix(".log")
    log.write_bytes(log.read_bytes() + b"nonsense\n")
    assert compare(path, log).differs
    reopen(path).abandon()
    assert verify(path).problems == ["It has no end: it was interrupted while in progress."]


def test_a_message_about_events_is_a_message(tmp_path: Path) -> None:
    writer = SessionWriter.create(tmp_path, metadata(status=Status.IN_PROGRESS))
    writer.write([message("event", b'{"_kind":"event"}')])
    writer.abandon()
    found = compare(writer.db_path, writer.log_path)
    assert (found.messages, found.events, found.differs) == (1, [], False)


def test_large_messages_do_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "TAIL_BYTES", 1_000)
    tail = comparison._Tail()
    for number in range(10):
        tail.add(b"%d" % number * 400)
    assert [line[:1] for line in tail] == [b"8", b"9"]
