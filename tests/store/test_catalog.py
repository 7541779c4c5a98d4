"""Catalog: finding, changing, deleting and recovering sessions."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import SessionFileError, SessionNotFound, StateError, StorageError, UsageError
from store.catalog import Catalog
from store.metadata import Outcome, Status
from store.repair import repair
from store.verify import verify
from store.writer import SessionWriter
from tests.builders import START_NS, crashed, event, message, messages, metadata, read, session

DAY = 86_400 * 10**9


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path)


def test_an_absent_folder_is_an_empty_one(tmp_path: Path) -> None:
    assert Catalog(tmp_path / "absent").sessions() == []


def test_sessions_come_newest_first_with_their_figures(catalog: Catalog) -> None:
    for name, day in (("middle", 1), ("new", 2), ("old", 0)):
        writer = SessionWriter.create(catalog.folder, metadata(name, started_ns=START_NS + day * DAY))
        writer.write(messages(day + 1))
        writer.close(writer.metadata.with_changes(status=Status.COMPLETED))
    found = catalog.sessions()
    assert [entry.name for entry in found] == ["new", "middle", "old"]
    assert [entry.summary and entry.summary.messages for entry in found] == [3, 2, 1]
    assert all(entry.size_bytes > 0 for entry in found)


def test_files_that_cannot_be_read_are_entries_with_their_problem(catalog: Catalog) -> None:
    (catalog.folder / "text.db").write_text("text")
    (catalog.folder / "alone.log").write_text("{}\n")
    (catalog.folder / "readme.txt").write_text("not listed")
    problems = {entry.id: entry.problem for entry in catalog.sessions()}
    assert set(problems) == {"text", "alone"}
    assert "not an SQLite file" in problems["text"]
    assert "Only the log is there" in problems["alone"]


def test_the_list_follows_what_happens_to_the_files(catalog: Catalog) -> None:
    writer = SessionWriter.create(catalog.folder, metadata())
    for count in (1, 2):
        writer.write([message()])
        summary = catalog.sessions()[0].summary
        assert summary is not None
        assert summary.messages == count
    writer.close(writer.metadata.with_changes(status=Status.COMPLETED))
    found = catalog.sessions()[0].metadata
    assert found is not None
    assert found.status is Status.COMPLETED


def test_an_unchanged_session_is_not_read_again(catalog: Catalog) -> None:
    session(catalog.folder, messages(1))
    assert catalog.sessions()[0] is catalog.sessions()[0]


def test_a_session_is_found_by_path_stem_id_name_and_part_of_it(catalog: Catalog, tmp_path: Path) -> None:
    db = session(catalog.folder, name="Storage order BLUE")
    session(catalog.folder, name="Storage order RED")
    session_id = read(db)[0].id
    texts = [
        str(db),
        str(db.with_suffix(".log")),
        db.stem,
        db.name,
        session_id,
        "storage order blue",
        "BLUE",
        "order-bl",
    ]
    assert {catalog.find(text).id for text in texts} == {session_id}


def test_a_whole_name_wins_over_a_part_of_another(catalog: Catalog) -> None:
    session(catalog.folder, name="red")
    session(catalog.folder, name="red two")
    assert catalog.find("red").name == "red"


def test_an_ambiguous_part_names_the_candidates(catalog: Catalog) -> None:
    stems = {session(catalog.folder, name=name).stem for name in ("red one", "red two")}
    with pytest.raises(SessionNotFound, match="fits 2 sessions") as raised:
        catalog.find("red")
    assert all(stem in str(raised.value) for stem in stems)


@pytest.mark.parametrize("text", ["nothing", "", "x" * 5_000, "a\0b", "../../absent/passwd"])
def test_what_is_not_there_names_what_is(catalog: Catalog, text: str) -> None:
    session(catalog.folder, name="something else")
    with pytest.raises(SessionNotFound, match="'something else'"):
        catalog.find(text)


def test_get_takes_ids_and_stems_and_never_a_path(catalog: Catalog, tmp_path: Path) -> None:
    db = session(catalog.folder)
    assert catalog.get(db.stem).path == db
    for text in (str(db), f"../{catalog.folder.name}/{db.stem}", db.name, "A session"):
        with pytest.raises(SessionNotFound):
            catalog.get(text)


def copied(db: Path, stem: str) -> Path:
    """A second pair of files with the same content, as a file manager makes it."""
    for suffix in (".db", ".log"):
        shutil.copy(db.with_suffix(suffix), db.with_name(stem + suffix))
    return db.with_name(f"{stem}.db")


def test_a_copied_session_is_another_one_with_an_id_of_its_own(catalog: Catalog) -> None:
    db = session(catalog.folder, messages(3))
    copy, session_id = copied(db, "A copy of the session that has a longer name"), read(db)[0].id
    found = {entry.path: entry.id for entry in catalog.sessions()}
    assert found == {db: session_id, copy: copy.stem}
    for path, one in found.items():
        assert catalog.get(one).path == catalog.find(one).path == catalog.find(path.stem).path == path
        assert catalog.find(str(path)).id == catalog.find(path.name).id == one
    assert catalog.update(copy.stem, name="Mine").id == copy.stem
    assert (read(db)[0].name, read(copy)[0].name) == ("A session", "Mine")
    catalog.delete(copy.stem)
    assert [entry.path for entry in catalog.sessions()] == [db]


def test_a_stem_comes_before_the_id_of_another_session(catalog: Catalog) -> None:
    db = session(catalog.folder)
    other = session(catalog.folder, id=db.stem, name="Wears the stem of another as its id")
    with closing(sqlite3.connect(other)) as connection, connection:
        connection.execute("UPDATE metadata SET value = ? WHERE key = 'id'", (f'"{db.stem}"',))
    assert catalog.get(db.stem).path == catalog.find(db.stem).path == db
    assert {entry.path: entry.id for entry in catalog.sessions()}[other] == other.stem


def test_an_id_comes_before_a_part_of_a_name(catalog: Catalog) -> None:
    session_id = read(session(catalog.folder))[0].id
    session(catalog.folder, name=f"Copy of {session_id}")
    assert catalog.find(session_id).id == session_id


def test_name_tags_and_note_change_in_one_go_in_both_files(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without reading the messages: what makes it quick for a million of them."""
    db = session(catalog.folder, messages(3), [event("mark")])

    def reads_everything(_: object) -> None:
        raise AssertionError("both files were compared")

    monkeypatch.setattr("store.recovery.compare", reads_everything)
    entry = catalog.update(db.stem, name=" New ", tags=["a", "b", "a"], note="n")
    assert entry.metadata is not None
    assert (entry.name, entry.metadata.tags, entry.metadata.note) == ("New", ("a", "b"), "n")
    assert catalog.update(db.stem, note="m").name == "New", "what is not given stays"
    assert catalog.update(db.stem, tags=()).metadata == read(db)[0]
    assert verify(db).problems == []
    assert sorted(path.suffix for path in catalog.folder.iterdir()) == [".db", ".log"]


def test_a_log_without_its_end_is_completed_when_the_session_is_changed(catalog: Catalog) -> None:
    db = session(catalog.folder, messages(5))
    log = db.with_suffix(".log")
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:3]))
    catalog.update(db.stem, note="n")
    assert verify(db).problems == []


def test_a_change_that_the_database_refuses_is_in_neither_file(catalog: Catalog) -> None:
    db = session(catalog.folder, messages(3))
    before = db.with_suffix(".log").read_bytes()
    with closing(sqlite3.connect(db, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM messages").fetchone()
        with pytest.MonkeyPatch.context() as impatient:
            impatient.setattr("store.connection.BUSY_SECONDS", 0)
            with pytest.raises(StorageError, match="in use"):
                catalog.update(db.stem, name="New")
    assert read(db)[0].name == "A session"
    assert db.with_suffix(".log").read_bytes() == before
    assert verify(db).problems == []


def test_name_tags_and_note_change_in_both_files(catalog: Catalog) -> None:
    db = session(catalog.folder, messages(3))
    session_id = read(db)[0].id
    entry = catalog.update(
        session_id, name="  Better / name ", tags=["good", " good ", "", "run 7"], note="A note\nof two lines"
    )
    assert entry.metadata is not None
    assert (entry.name, entry.metadata.tags, entry.metadata.note) == (
        "Better / name",
        ("good", "run 7"),
        "A note\nof two lines",
    )
    assert entry.path == db, "the files keep their names"
    assert verify(db).problems == []
    assert sorted(path.suffix for path in catalog.folder.iterdir()) == [".db", ".log"]
    with pytest.raises(UsageError, match="must not be empty"):
        catalog.update(session_id, name="  ")


def test_source_and_outcome_change_in_both_files(catalog: Catalog) -> None:
    db = session(catalog.folder, messages(3))
    entry = catalog.update(db.stem, source=" APS Freiburg ", outcome=Outcome.NOT_OK)
    assert entry.metadata is not None
    assert (entry.metadata.source, entry.metadata.outcome) == ("APS Freiburg", Outcome.NOT_OK)
    assert verify(db).problems == []
    db.unlink()
    repair(db)
    assert read(db)[0] == entry.metadata, "the log has it too"
    changed = catalog.update(db.stem, source="  ", outcome=Outcome.UNKNOWN).metadata
    assert changed is not None
    assert (changed.source, changed.outcome) == ("Unknown", Outcome.UNKNOWN)


def test_a_session_of_before_there_were_outcomes_has_an_unknown_one(catalog: Catalog) -> None:
    db = session(catalog.folder, messages(3))
    log = db.with_suffix(".log")
    log.write_text(re.sub(r',?"outcome":"unknown"', "", log.read_text(encoding="utf-8")), encoding="utf-8")
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute("DELETE FROM metadata WHERE key = 'outcome'")
    assert "outcome" not in log.read_text(encoding="utf-8")
    assert verify(db).problems == []
    assert read(db)[0].outcome is Outcome.UNKNOWN
    entry = catalog.update(db.stem, outcome=Outcome.MIXED)
    assert entry.metadata is not None
    assert entry.metadata.outcome is Outcome.MIXED
    assert verify(db).problems == []


def test_a_session_that_is_being_recorded_is_neither_changed_nor_deleted(catalog: Catalog) -> None:
    writer = SessionWriter.create(catalog.folder, metadata())
    for refused in (
        lambda: catalog.delete(writer.stem),
        lambda: catalog.update(writer.stem, name="x"),
    ):
        with pytest.raises(StateError, match="being recorded"):
            refused()
    writer.write(messages(3))
    writer.close(writer.metadata.with_changes(status=Status.COMPLETED))
    assert verify(writer.db_path).problems == []
    catalog.delete(writer.stem)
    assert not list(catalog.folder.iterdir())


def test_a_session_without_log_gets_one_when_it_is_changed(catalog: Catalog) -> None:
    db = session(catalog.folder, messages(3))
    db.with_suffix(".log").unlink()
    catalog.update(db.stem, name="x")
    assert verify(db).problems == []


def test_recovery_gives_a_crashed_session_its_end(catalog: Catalog) -> None:
    db = crashed(catalog.folder, messages(5))
    found = catalog.recover()
    assert [entry.path for entry in found] == [db]
    assert found[0].metadata is not None
    assert (found[0].metadata.status, found[0].metadata.ended_ns) == (Status.FAILED, messages(5)[-1].at_ns)
    assert "interrupted" in found[0].metadata.ended_reason
    assert read(db)[1] == messages(5)
    assert verify(db).problems == []
    assert catalog.recover() == []


_RECORD_FOREVER = """
import sys
from pathlib import Path
from store.writer import SessionWriter
from tests.builders import messages, metadata
writer = SessionWriter.create(Path(sys.argv[1]), metadata())
batch = messages(50)
while True:
    writer.write(batch)
    print("stored", flush=True)
"""


def test_a_recorder_killed_in_the_middle_of_writing_loses_nothing_that_it_had_stored(catalog: Catalog) -> None:
    """SIGKILL; while the recorder lives, another process neither recovers nor deletes its session."""
    command = [sys.executable, "-c", _RECORD_FOREVER, str(catalog.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as recorder:
        assert recorder.stdout is not None
        stored = [recorder.stdout.readline() for _ in range(20)]
        assert catalog.recover() == []
        with pytest.raises(StateError, match="being recorded"):
            catalog.delete(catalog.sessions()[0].id)
        recorder.kill()
        stored += recorder.stdout.readlines()
    (entry,) = catalog.recover()
    assert entry.summary is not None
    assert entry.summary.messages >= 50 * len(stored)
    assert entry.summary.messages % 50 == 0
    assert verify(entry.path).problems == []


def test_recovery_leaves_alone_what_is_being_recorded(catalog: Catalog) -> None:
    writer = SessionWriter.create(catalog.folder, metadata())
    assert catalog.recover() == []
    writer.write(messages(2))
    writer.close(writer.metadata.with_changes(status=Status.COMPLETED))
    assert read(writer.db_path)[1] == messages(2)


def test_recovery_drops_a_torn_tail_and_completes_the_log(catalog: Catalog) -> None:
    db = crashed(catalog.folder, messages(5))
    log = db.with_suffix(".log")
    os.truncate(log, log.stat().st_size - 150)
    catalog.recover()
    assert read(db)[1] == messages(5)
    assert verify(db).problems == []


def test_recovery_takes_from_the_log_what_a_power_cut_took_from_the_database(catalog: Catalog) -> None:
    writer = SessionWriter.create(catalog.folder, metadata())
    writer.write(messages(3))
    writer.log(messages(5)[3:])
    writer.log_event(event("mark"))
    writer.abandon()
    catalog.recover()
    _, found, events = read(writer.db_path)
    assert (found, events) == (messages(5), [event("mark")])
    assert verify(writer.db_path).problems == []


def test_recovery_completes_events_in_the_log(catalog: Catalog) -> None:
    writer = SessionWriter.create(catalog.folder, metadata())
    writer.write(messages(3))
    writer.store_event(event("only in the database"))
    writer.abandon()
    catalog.recover()
    assert verify(writer.db_path).problems == []


def test_recovery_rebuilds_a_log_that_says_something_else(catalog: Catalog) -> None:
    db = crashed(catalog.folder, messages(5))
    log = db.with_suffix(".log")
    log.write_bytes(log.read_bytes().replace(b'\\"n\\":2', b'\\"n\\":7'))
    catalog.recover()
    assert read(db)[1] == messages(5)
    assert verify(db).problems == []


def test_recovery_makes_a_log_that_is_missing(catalog: Catalog) -> None:
    db = crashed(catalog.folder, messages(5))
    db.with_suffix(".log").unlink()
    catalog.recover()
    assert verify(db).problems == []


def test_a_finished_session_that_cannot_become_a_plain_file_stops_nothing(catalog: Catalog, tmp_path: Path) -> None:
    """Its recorder could not bring the WAL in, and now something forbids to change the file."""
    db = session(tmp_path / "elsewhere", messages(3))
    interrupted = crashed(catalog.folder, messages(2), name="Interrupted")
    with closing(sqlite3.connect(db)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM messages; END")
        for file in db.parent.iterdir():
            shutil.copy(file, catalog.folder)
    found = {entry.path.name: entry.problem for entry in catalog.recover()}
    assert found.pop(interrupted.name) == ""
    assert "triggers" in found[db.name]
    assert verify(interrupted).problems == []


def test_one_session_that_cannot_be_recovered_does_not_keep_the_others_from_it(catalog: Catalog) -> None:
    broken, whole = crashed(catalog.folder, messages(2000)), crashed(catalog.folder, messages(3))
    size = broken.stat().st_size
    with broken.open("rb+") as file:
        file.seek(size // 3)
        file.write(b"\xa5" * (size - size // 3))
    for suffix in (".db-wal", ".db-shm"):
        broken.with_suffix(suffix).unlink(missing_ok=True)
    catalog.recover()
    assert verify(whole).problems == []


def test_a_recording_whose_process_died_is_interrupted_and_one_that_goes_on_is_not(catalog: Catalog) -> None:
    """Also when nothing in the files has changed since they were looked at."""
    writer = SessionWriter.create(catalog.folder, metadata())
    (running,) = catalog.sessions()
    assert (running.recording, running.interrupted) == (True, False)
    writer.abandon()
    (dead,) = catalog.sessions()
    assert (dead.recording, dead.interrupted) == (False, True)
    repair(dead.path)
    (ended,) = catalog.sessions()
    assert (ended.recording, ended.interrupted) == (False, False)
    assert ended.metadata is not None
    assert ended.metadata.status is Status.FAILED


def test_the_path_of_something_else_is_no_session(catalog: Catalog, tmp_path: Path) -> None:
    session(catalog.folder, name="something else")
    note = tmp_path / "notes.txt"
    note.write_text("text")
    for path in (note, tmp_path):
        with pytest.raises(SessionFileError, match="is no session: give the"):
            catalog.find(str(path))


def test_a_long_name_is_shortened_in_a_sentence(catalog: Catalog) -> None:
    session(catalog.folder, name="n" * 300)
    for text in ("absent", "m" * 300):
        with pytest.raises(SessionNotFound) as raised:
            catalog.find(text)
        assert f"'{'n' * 59}…'" in str(raised.value)
        assert len(str(raised.value)) < 350 + len(str(catalog.folder))
