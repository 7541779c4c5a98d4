"""SessionWriter: both files, whatever happens."""

from __future__ import annotations

import fcntl
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings

from core.errors import SessionManagerError, StateError, StorageError
from core.message import FROM_DUMP, Message
from store.catalog import Catalog
from store.connection import open_new
from store.events import Event
from store.locking import is_locked
from store.metadata import Status
from store.reader import SessionReader
from store.schema import TABLES
from store.statistics import stored_statistics
from store.verify import verify
from store.writer import SessionWriter
from tests.builders import START_NS, any_event, any_messages, event, message, messages, metadata, read, session


def rows(db: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(db)) as connection:
        return connection.execute(sql).fetchall()


@settings(max_examples=60)
@given(any_messages, any_messages)
def test_any_messages_read_back_exactly_and_both_files_agree(
    tmp_path: Path, first: list[Message], second: list[Message]
) -> None:
    writer = SessionWriter.create(tmp_path, metadata())
    writer.write(first)
    writer.write(second)
    writer.close(metadata(id=writer.metadata.id, status=Status.COMPLETED))
    assert read(writer.db_path)[1] == first + second
    assert verify(writer.db_path).problems == []


@settings(max_examples=30)
@given(any_event)
def test_any_event_reads_back_exactly(tmp_path: Path, found: Event) -> None:
    db = session(tmp_path, [message()], [found])
    assert read(db)[2] == [found]
    assert verify(db).problems == []


def test_a_finished_session_is_two_plain_files(tmp_path: Path) -> None:
    db = session(tmp_path, messages(10))
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".db", ".log"]
    assert rows(db, "PRAGMA journal_mode") == [("delete",)]
    assert rows(db, "PRAGMA application_id") == [(0x4D515352,)]
    assert rows(db, "PRAGMA user_version") == [(1,)]
    assert {name for (name,) in rows(db, "SELECT name FROM sqlite_master WHERE type = 'table'")} == set(TABLES)


def test_samples_count_messages_and_bytes_of_each_second_and_topic_from_the_start(tmp_path: Path) -> None:
    db = session(
        tmp_path,
        [
            message("a", b"12", offset_s=-0.5),
            message("a", b"123", offset_s=0),
            message("b", b"1", offset_s=0.2),
            message("a", b"1", offset_s=0.999999),
            message("a", b"", offset_s=1),
        ],
    )
    sql = "SELECT second, name, messages, bytes FROM samples JOIN topics ON topics.id = topic_id ORDER BY second, name"
    assert rows(db, sql) == [(-1, "a", 1, 2), (0, "a", 2, 4), (0, "b", 1, 1), (1, "a", 1, 0)]


def test_the_view_shows_plain_sql_users_iso_times_text_and_flags(tmp_path: Path) -> None:
    db = session(tmp_path, [message("a", "ü".encode(), qos=2, retain=FROM_DUMP), message("b", b"\xff\x00")])
    assert rows(db, "SELECT * FROM mqtt_messages") == [
        (1, "2025-08-26T16:38:54.183763+00:00", "a", "ü", 2, 1),
        (2, "2025-08-26T16:38:54.183763+00:00", "b", "X'FF00'", 1, 0),
    ]


@settings(max_examples=40)
@given(any_messages)
def test_the_view_can_be_read_whatever_the_payload(tmp_path: Path, found: list[Message]) -> None:
    db = session(tmp_path, found)
    for (shown,), one in zip(rows(db, "SELECT payload FROM mqtt_messages"), found, strict=True):
        assert shown in (one.payload.decode("utf-8", "replace"), f"X'{one.payload.hex().upper()}'")


def test_the_log_begins_and_ends_with_the_metadata(tmp_path: Path) -> None:
    db = session(tmp_path, messages(2), name="Näme / 1")
    lines = [json.loads(line) for line in db.with_suffix(".log").read_text("utf-8").splitlines()]
    assert [line.get("_kind") for line in lines] == ["session_meta", None, None, "session_end"]
    assert lines[0]["name"] == lines[-1]["name"] == "Näme / 1"
    assert (lines[0]["status"], lines[-1]["status"]) == ("in_progress", "completed")


@pytest.mark.parametrize("name", ["../../x", "a/b\\c", "🏭", "n" * 300, "CON", "", "'; DROP TABLE messages"])
def test_what_the_user_typed_stays_in_the_metadata_and_the_files_in_the_folder(tmp_path: Path, name: str) -> None:
    db = session(tmp_path, messages(1), name=name)
    assert db.parent == tmp_path
    assert read(db)[0].name == name


def test_two_sessions_of_one_name_and_second_do_not_share_files(tmp_path: Path) -> None:
    assert session(tmp_path) != session(tmp_path)


def test_metadata_changes_reach_both_files_while_recording(tmp_path: Path) -> None:
    writer = SessionWriter.create(tmp_path, metadata(status=Status.PENDING))
    writer.set_metadata(writer.metadata.with_changes(source="HBW", status=Status.SOURCE_ASSIGNED))
    with SessionReader.open(writer.db_path) as reader:
        assert (reader.metadata.source, reader.metadata.status) == ("HBW", Status.SOURCE_ASSIGNED)
    assert '"source":"HBW"' in writer.log_path.read_text()
    writer.close(writer.metadata)


def test_the_start_cannot_move_because_the_samples_count_from_it(tmp_path: Path) -> None:
    writer = SessionWriter.create(tmp_path, metadata())
    with pytest.raises(StateError, match="start"):
        writer.set_metadata(writer.metadata.with_changes(started_ns=START_NS + 1))
    writer.close(writer.metadata)


def test_closing_twice_does_no_harm(tmp_path: Path) -> None:
    writer = SessionWriter.create(tmp_path, metadata())
    for _ in range(2):
        writer.close(metadata(id=writer.metadata.id, status=Status.COMPLETED))
    assert verify(writer.db_path).ok


def test_a_reader_that_stays_does_not_keep_a_recording_from_ending(tmp_path: Path) -> None:
    writer = SessionWriter.create(tmp_path, metadata())
    writer.write(messages(3))
    with SessionReader.open(writer.db_path) as reader:
        writer.close(metadata(id=writer.metadata.id, status=Status.COMPLETED))
        assert reader.count() == 3
    assert "left in WAL mode" in verify(writer.db_path).problems[0]
    Catalog(tmp_path).recover()
    assert verify(writer.db_path).ok


def test_a_full_disk_is_one_sentence_and_what_was_written_is_intact(tmp_path: Path) -> None:
    writer = SessionWriter.create(tmp_path, metadata())
    writer.write(messages(100))
    connection = writer._tables._connection
    connection.execute(f"PRAGMA max_page_count = {connection.execute('PRAGMA page_count').fetchone()[0] + 2}")
    with pytest.raises(StorageError, match="disk is full"):
        writer.write([message("new/topic", b"x" * 100_000)])
    writer.write([message("new/topic", b"fits")])
    writer.close(metadata(id=writer.metadata.id, status=Status.FAILED, ended_reason="The disk is full."))
    assert read(writer.db_path)[1] == [*messages(100), message("new/topic", b"fits")]
    assert verify(writer.db_path).problems == []


def test_a_log_that_fell_behind_is_completed_when_the_disk_takes_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = SessionWriter.create(tmp_path, metadata())
    sent = messages(10)
    writer.write(sent[:2])

    def refuse(lines: bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(writer._log, "append", refuse)
        for part in (sent[2:4], sent[4:6]):
            with pytest.raises(StorageError, match="The disk is full"):
                writer.write(part)
    writer.write(sent[6:])
    writer.close(metadata(id=writer.metadata.id, status=Status.COMPLETED))
    assert read(writer.db_path)[1] == sent
    assert verify(writer.db_path).problems == []


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be used"):
        SessionWriter.create(tmp_path / "file" / "sessions", metadata())


@pytest.mark.parametrize("count", [99, 100, 101, 250])
@pytest.mark.parametrize("size", [10, 20_000])
def test_a_batch_of_any_length_and_weight_is_stored_in_order(tmp_path: Path, count: int, size: int) -> None:
    batch = [one._replace(payload=one.payload.ljust(size)) for one in messages(count)]
    db = session(tmp_path, batch)
    assert read(db)[1] == batch
    assert rows(db, "SELECT min(id), max(id) FROM messages") == [(1, count)]
    assert verify(db).ok


def test_10_mb_go_through(tmp_path: Path) -> None:
    payloads = [b"x" * 10_000_000, bytes(range(256)) * 40_000]
    db = session(tmp_path, [message(payload=payload) for payload in payloads])
    assert [one.payload for one in read(db)[1]] == payloads
    assert verify(db).ok


def test_more_topics_than_are_remembered_are_all_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.tables._MANY_TOPICS", 3)
    monkeypatch.setattr("store.log._MANY_TOPICS", 3)
    monkeypatch.setattr("store.statistics.MANY_TOPICS", 3)
    monkeypatch.setattr("store.topic_names.MANY_TOPICS", 3)
    sent = messages(40, topics=[f"t/{number}" for number in range(10)])
    db = session(tmp_path, sent)
    assert read(db)[1] == sent
    with SessionReader.open(db) as reader:
        assert [row.messages for row in reader.topics()] == [4] * 10
    assert verify(db).problems == []


def test_with_too_many_topics_to_keep_figures_for_each_those_of_all_together_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that nobody scans a running recording for its number of messages, and memory stays bounded."""
    monkeypatch.setattr("store.tables._STATISTICS_EVERY", 5)
    monkeypatch.setattr("store.statistics.MANY_TOPICS", 3)
    sent = messages(40, topics=[f"t/{number}" for number in range(10)])
    writer = SessionWriter.create(tmp_path, metadata())
    for number in range(0, 40, 4):
        writer.write(sent[number : number + 4])
        with SessionReader.open(writer.db_path) as reader:
            assert reader.summary().messages == number + 4
    with closing(sqlite3.connect(writer.db_path)) as connection:
        kept = stored_statistics(connection)
    assert kept.cells is None
    assert kept.total is not None
    assert kept.total[0] == kept.through_id >= 30
    writer.close(metadata(id=writer.metadata.id, status=Status.COMPLETED))
    with SessionReader.open(writer.db_path) as reader:
        summary = reader.summary()
        assert (summary.messages, summary.topics, summary.first_ns) == (40, 10, START_NS)
        assert [row.messages for row in reader.topics()] == [4] * 10
    assert verify(writer.db_path).problems == []


@pytest.mark.parametrize("value", ["{", "[]", "{}", '{"through_id":3,"total":[1],"topics":{}}', '{"topics":{"a":1}}'])
def test_kept_figures_that_make_no_sense_are_counted_anew(tmp_path: Path, value: str) -> None:
    db = session(tmp_path, messages(3))
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute("UPDATE metadata SET value = ? WHERE key = '_topic_statistics'", (value,))
    with SessionReader.open(db) as reader:
        assert (reader.summary().messages, len(reader.topics())) == (3, 2)
    writer = SessionWriter.reopen(db)
    writer.close(writer.metadata)
    assert verify(db).problems == []


def test_figures_kept_while_recording_and_counted_afterwards_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.tables._STATISTICS_EVERY", 5)
    writer = SessionWriter.create(tmp_path, metadata())
    for number in range(0, 40, 4):
        writer.write(messages(40)[number : number + 4])
        with SessionReader.open(writer.db_path) as reader:
            assert reader.summary().messages == number + 4
    writer.close(metadata(id=writer.metadata.id, status=Status.COMPLETED))
    assert verify(writer.db_path).problems == []


def _is_locked_elsewhere(log: Path) -> bool:
    program = "import sys, pathlib, store.locking as at; print(at.is_locked(pathlib.Path(sys.argv[1])))"
    answer = subprocess.run([sys.executable, "-c", program, str(log)], capture_output=True, text=True, check=True)
    return answer.stdout.strip() == "True"


def test_a_session_is_locked_for_this_and_every_other_process_until_it_is_closed(tmp_path: Path) -> None:
    writer = SessionWriter.create(tmp_path, metadata())
    assert is_locked(writer.log_path)
    assert _is_locked_elsewhere(writer.log_path)
    with pytest.raises(StateError, match="being recorded"):
        SessionWriter.reopen(writer.db_path)
    writer.close(metadata(id=writer.metadata.id, status=Status.COMPLETED))
    assert not is_locked(writer.log_path)


def test_a_probe_at_the_moment_of_locking_does_not_leave_a_recording_unlocked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`is_locked` of another process holds the lock for some microseconds."""
    answers = iter([BlockingIOError()])
    real = fcntl.flock

    def flock(file: int, operation: int) -> None:
        if error := next(answers, None):
            raise error
        real(file, operation)

    monkeypatch.setattr("store.locking.fcntl.flock", flock)
    writer = SessionWriter.create(tmp_path, metadata())
    assert is_locked(writer.log_path)
    writer.close(writer.metadata)


def test_a_session_that_cannot_be_locked_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.session_files.try_lock", lambda log: False)
    with pytest.raises(StateError, match="Another program holds"):
        SessionWriter.create(tmp_path, metadata())
    assert not list(tmp_path.iterdir())


def _closed(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("SELECT 1")
    except sqlite3.ProgrammingError:
        return True
    return False


@pytest.mark.parametrize("failing", ["store.writer.schema.create", "store.writer.encode_metadata"])
def test_a_session_that_cannot_be_created_leaves_nothing_open_and_no_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    opened = []

    def fail(_: object) -> None:
        raise OSError(5, "Input/output error")

    def remember(path: Path) -> sqlite3.Connection:
        opened.append(open_new(path))
        return opened[0]

    monkeypatch.setattr("store.writer.open_new", remember)
    monkeypatch.setattr(failing, fail)
    with pytest.raises(StorageError, match="Input/output error"):
        SessionWriter.create(tmp_path, metadata())
    assert _closed(opened[0])
    assert not list(tmp_path.iterdir())


def test_a_session_that_cannot_be_reopened_is_neither_open_nor_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db, opened = session(tmp_path, messages(3)), []

    def fail(connection: sqlite3.Connection) -> None:
        opened.append(connection)
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr("store.writer.tune_for_writing", fail)
    with pytest.raises(SessionManagerError):
        SessionWriter.reopen(db)
    assert _closed(opened[0])
    assert not is_locked(db.with_suffix(".log"))


def test_a_reopened_session_goes_on_where_it_ended(tmp_path: Path) -> None:
    db = session(tmp_path, messages(3), [event("one")])
    writer = SessionWriter.reopen(db)
    writer.write([message("z", b"last", offset_s=9)])
    writer.add_event(event("two"))
    writer.close(writer.metadata)
    _, found, events = read(db)
    assert found == [*messages(3), message("z", b"last", offset_s=9)]
    assert [one.text for one in events] == ["one", "two"]
    assert verify(db).problems == []
