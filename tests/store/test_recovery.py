"""Recovery that fails leaves the session to the next one who tries; what it does is in test_catalog.py."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import StorageError
from store import recovery
from store.catalog import Catalog
from store.locking import is_locked
from store.log_file import LogAppender
from store.metadata import SessionMetadata, Status
from store.verify import verify
from store.writer import SessionWriter
from tests.builders import crashed, event, messages, metadata, read, session


def refuse(*_: object) -> None:
    raise StorageError("The disk is full.")


@pytest.mark.parametrize("failing", ["compare", "_complete", "SessionReader.summary"])
def test_a_recovery_that_fails_lets_go_of_the_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    db = crashed(tmp_path, messages(5))
    with monkeypatch.context() as full:
        full.setattr(f"store.recovery.{failing}", refuse)
        with pytest.raises(StorageError):
            recovery.finish(db)
    assert not is_locked(db.with_suffix(".log"))
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".db", ".log"]
    recovery.finish(db)
    assert read(db)[1] == messages(5)
    assert verify(db).problems == []


def test_a_change_that_makes_no_sense_lets_go_of_the_session(tmp_path: Path) -> None:
    db = crashed(tmp_path, messages(5))

    def nonsense(metadata: SessionMetadata) -> SessionMetadata:
        return metadata.with_changes(qos="high")

    for _ in range(2):  # left open, then ended
        with pytest.raises(ValueError, match="qos"):
            recovery.change(db, nonsense)
        assert not is_locked(db.with_suffix(".log"))
        assert sorted(path.suffix for path in tmp_path.iterdir()) == [".db", ".log"]
        recovery.finish(db)
    assert verify(db).problems == []


def no_room(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("status", [Status.FAILED, Status.COMPLETED])
def test_the_next_start_completes_the_log_that_a_full_disk_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: Status
) -> None:
    writer = SessionWriter.create(tmp_path, metadata())
    writer.write(messages(3))
    with monkeypatch.context() as full:
        full.setattr(LogAppender, "append", no_room)
        with pytest.raises(StorageError):
            writer.write(messages(2))
        with pytest.raises(StorageError):
            writer.close(metadata(id=writer.metadata.id, status=status, ended_reason="The disk is full."))
        (still_full,) = Catalog(tmp_path).recover()
        assert "disk is full" in still_full.problem
    assert not verify(writer.db_path).ok
    Catalog(tmp_path).recover()
    assert verify(writer.db_path).problems == []
    found, content, _ = read(writer.db_path)
    assert (found.status, found.ended_reason, len(content)) == (status, "The disk is full.", 5)


def test_a_session_that_is_whole_is_not_compared_at_every_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = session(tmp_path, messages(5), [event("mark")])
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    monkeypatch.setattr("store.recovery.compare", refuse)
    assert Catalog(tmp_path).recover() == []
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before
    db.with_suffix(".log").unlink()
    assert Catalog(tmp_path).recover() == [], "a log that somebody took away is not made anew"


def test_a_database_in_wal_mode_without_its_second_file_becomes_plain(tmp_path: Path) -> None:
    db = session(tmp_path, messages(5))
    with closing(sqlite3.connect(db)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    assert not verify(db).ok
    Catalog(tmp_path).recover()
    assert verify(db).ok
