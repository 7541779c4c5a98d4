"""Verify and repair: either file from the other."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import NewerVersion, SessionFileError, StateError
from core.message import Message
from store.catalog import Catalog
from store.events import Event
from store.repair import rebuild_db, rebuild_log, repair, verify
from store.writer import SessionWriter
from tests.builders import any_event, any_messages, crashed, event, message, messages, metadata, read, session


@settings(max_examples=40)
@given(any_messages, st.lists(any_event, max_size=3))
def test_either_file_rebuilt_from_the_other_is_equal(
    tmp_path: Path, content: list[Message], events: list[Event]
) -> None:
    db = session(tmp_path, content, sorted(events, key=lambda one: one.at_ns), extra={"x": [1]})
    log = db.with_suffix(".log")
    before = read(db)
    db.unlink()
    assert rebuild_db(log).messages == len(content)
    assert read(db) == before
    log.unlink()
    assert rebuild_log(db).path == log
    assert verify(db).problems == []
    db.unlink()
    rebuild_db(log)
    assert (read(db)[0], read(db)[1]) == before[:2]
    assert sorted(read(db)[2], key=repr) == sorted(events, key=repr)


def change(db: Path, sql: str) -> None:
    with closing(sqlite3.connect(db, isolation_level=None)) as connection:
        connection.executescript(sql)


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("UPDATE messages SET payload = x'00' WHERE id = 3", "Message 3 differs between log and database in payload."),
        ("UPDATE messages SET at = at + 1 WHERE id = 2", "Message 2 differs between log and database in at_ns."),
        ("UPDATE messages SET qos = 0, retain = 1 WHERE id = 2", "Message 2 differs .* in qos, retain."),
        ("UPDATE messages SET topic_id = 2 WHERE id = 1", "Message 1 differs .* in topic."),
        ('UPDATE messages SET properties = \'{"content_type":"x"}\' WHERE id = 1', "in properties."),
        ("UPDATE messages SET topic_id = 77 WHERE id = 1", "no topic"),
        ("DELETE FROM messages WHERE id = 2", "numbers its messages up to 5, but holds 4"),
        ("DELETE FROM messages WHERE id = 5", "1 messages at the end of the log are not in the database."),
        ("UPDATE samples SET bytes = bytes + 1", "samples do not agree"),
        ("DELETE FROM samples", "samples do not agree"),
        ("DELETE FROM events", "The log holds 1 events"),
        ("UPDATE metadata SET value = '\"other\"' WHERE key = 'name'", "metadata of log and database differ in name"),
        ("UPDATE metadata SET value = '\"paused\"' WHERE key = 'status'", "has no end"),
        ("DROP VIEW mqtt_messages", "lacks its view mqtt_messages"),
        ("UPDATE messages SET payload = CAST(payload AS TEXT) WHERE id < 3", "2 payloads .* not stored as bytes"),
        ("PRAGMA journal_mode = WAL", "left in WAL mode"),
        ("CREATE TABLE helper (x)", "tables that do not belong there: helper"),
        ("CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM messages; END", "holds triggers"),
        ("UPDATE metadata SET value = replace(value, '[', '[1') WHERE key LIKE '\\_%' ESCAPE '\\'", "kept figures"),
    ],
)
def test_verify_names_what_is_wrong(tmp_path: Path, sql: str, problem: str) -> None:
    db = session(tmp_path, messages(5), [event("mark")])
    assert verify(db).ok
    change(db, sql)
    result = verify(db)
    assert not result.ok
    with pytest.raises(AssertionError, match=problem):
        raise AssertionError(" ".join(result.problems))


def test_verify_counts_what_the_log_lacks_and_says_that_it_is_torn(tmp_path: Path) -> None:
    db = session(tmp_path, messages(5))
    log = db.with_suffix(".log")
    content = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(content[:4]) + content[4][:30])
    problems = verify(log).problems
    assert "2 messages at the end of the database are not in the log." in problems
    assert "Log: The last line (5) breaks off, as after a crash, and was kept out." in problems
    assert "The log has no session_end line, but the session has ended." in problems


def test_verify_finds_a_view_that_shows_something_else(tmp_path: Path) -> None:
    db = session(tmp_path, messages(5))
    change(db, "DROP VIEW mqtt_messages; CREATE VIEW mqtt_messages AS SELECT 1 AS id")
    assert verify(db).problems == ["The view mqtt_messages is not the one that a session has."]
    assert repair(db).problems == []
    assert verify(db).ok


def test_verify_misses_the_flags_of_a_line_of_the_log(tmp_path: Path) -> None:
    db = session(tmp_path, [message(qos=0), message(qos=0)])
    log = db.with_suffix(".log")
    log.write_text(log.read_text().replace(',"qos":0,"retain":false', "", 1))
    assert verify(db).problems == ["1 lines of the log lack 'qos' or 'retain'."]
    assert repair(db).problems == []
    assert verify(db).ok


def remove_last_message(db: Path) -> None:
    """From everything that tells of it, as nobody does by accident."""
    change(
        db,
        "DELETE FROM messages WHERE id = 5;"
        "UPDATE samples SET messages = messages - 1, bytes = bytes - 7 WHERE topic_id = 1;"
        "DELETE FROM metadata WHERE key LIKE '\\_%' ESCAPE '\\'",
    )
    log = db.with_suffix(".log")
    lines = log.read_text().splitlines(keepends=True)
    log.write_text("".join([*lines[:5], lines[6]]))


def test_a_message_that_went_missing_in_every_place_is_missed(tmp_path: Path) -> None:
    db = session(tmp_path, messages(5))
    remove_last_message(db)
    assert verify(db).problems == ["The session ended with 5 messages, but holds 4."]
    result = repair(db)
    assert result.messages == 4
    assert result.problems == ["1 messages that the session had at its end are in neither file."]
    assert verify(db).ok


@pytest.mark.parametrize("how", ["rename", "repair"])
def test_a_change_of_the_metadata_keeps_the_count_of_the_messages(tmp_path: Path, how: str) -> None:
    db = session(tmp_path, messages(5))
    if how == "rename":
        Catalog(tmp_path).update(db.stem, name="Another name")
    else:
        db.unlink()
        assert repair(db).problems == []
    remove_last_message(db)
    assert not verify(db).ok


def test_a_log_that_does_not_count_its_messages_is_whole(tmp_path: Path) -> None:
    db = session(tmp_path, messages(5))
    log = db.with_suffix(".log")
    *lines, end = log.read_text().splitlines()
    record = json.loads(end)
    assert record.pop("messages") == 5
    log.write_text("\n".join([*lines, json.dumps(record)]) + "\n")
    assert verify(db).problems == []
    Catalog(tmp_path).update(db.stem, name="Another name")
    assert verify(db).problems == []


@pytest.mark.parametrize("newer", ["database", "log"])
def test_a_session_of_a_newer_version_is_neither_judged_nor_repaired(tmp_path: Path, newer: str) -> None:
    db = session(tmp_path, messages(5))
    log = db.with_suffix(".log")
    if newer == "database":
        change(db, "PRAGMA user_version = 99")
    else:
        db.unlink()
        log.write_text(log.read_text().replace('"version":1', '"version":99'))
    before = [path.read_bytes() for path in sorted(tmp_path.iterdir())]
    if newer == "database":
        with pytest.raises(NewerVersion, match="Update the program"):
            verify(db)
    with pytest.raises(NewerVersion, match="Update the program"):
        repair(log)
    assert [path.read_bytes() for path in sorted(tmp_path.iterdir())] == before


def test_verify_finds_a_missing_file(tmp_path: Path) -> None:
    db = session(tmp_path, messages(5))
    db.rename(tmp_path / "away")
    assert "is missing: rebuild it from the log." in verify(db.with_suffix(".log")).problems[0]
    (tmp_path / "away").rename(db)
    db.with_suffix(".log").unlink()
    assert "is missing: rebuild it from the database." in verify(db).problems[0]


def test_verify_finds_bytes_that_the_disk_changed(tmp_path: Path) -> None:
    db = session(tmp_path, messages(2_000))
    with db.open("rb+") as file:
        file.seek(8192 * 4)
        file.write(b"\xa5" * 8192)
    assert any("damaged" in problem for problem in verify(db).problems)


def test_a_running_recording_is_not_judged_and_not_touched(tmp_path: Path) -> None:
    writer = SessionWriter.create(tmp_path, metadata())
    with pytest.raises(StateError, match="is being recorded; verify it when it has ended"):
        verify(writer.db_path)
    for refused in (rebuild_log, repair):
        with pytest.raises(StateError, match="being recorded"):
            refused(writer.db_path)
    with pytest.raises(StateError, match="being recorded"):
        rebuild_db(writer.log_path)
    writer.close(writer.metadata)


def test_a_database_is_rebuilt_from_a_torn_log_which_is_kept(tmp_path: Path) -> None:
    db = session(tmp_path, messages(5))
    log = db.with_suffix(".log")
    os.truncate(log, log.stat().st_size - 2)
    db.write_bytes(b"no database any more")
    result = repair(db)
    assert result.messages == 5
    assert "breaks off" in result.problems[0]
    assert verify(db).problems == []
    assert log.with_suffix(".log.damaged").exists()


def test_repair_brings_the_log_to_the_database(tmp_path: Path) -> None:
    db = crashed(tmp_path, messages(5))
    db.with_suffix(".log").write_text("rubbish\n")
    assert repair(db.with_suffix(".log")).problems == []
    assert read(db)[1] == messages(5)
    assert verify(db).ok


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM samples",
        "CREATE TABLE helper (x)",
        "UPDATE messages SET id = 9 WHERE id = 5",
        "DELETE FROM events",
        "DROP VIEW mqtt_messages",
        "UPDATE messages SET payload = CAST(payload AS TEXT)",
        "PRAGMA journal_mode = WAL",
    ],
)
def test_repair_mends_what_is_wrong_in_the_database_itself(tmp_path: Path, sql: str) -> None:
    db = session(tmp_path, messages(5), [event("mark")])
    change(db, sql)
    assert not verify(db).ok
    assert repair(db).problems == []
    assert verify(db).ok
    assert read(db)[1] == messages(5)


def test_nothing_to_repair_from_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SessionFileError, match="There is no file"):
        repair(tmp_path / "x.db")
    (tmp_path / "x.log").write_text("rubbish")
    with pytest.raises(SessionFileError, match="no format"):
        rebuild_db(tmp_path / "x.log")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.log"]
