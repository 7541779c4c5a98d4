"""Import: by content, saying what was assumed and what was kept out, losing nothing."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import SessionFileError, UsageError
from core.message import LIVE, LIVE_RETAINED, Message
from store.catalog import Catalog
from store.events import Event
from store.log import LineEncoder
from store.metadata import Status
from store.timestamps import iso
from store.verify import verify
from tests.builders import any_event, any_messages, crashed, event, message, messages, read, session

BERLIN = "Europe/Berlin"
OLD_TIME = "2025-11-10T18:08:57.714"


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "sessions")


def lines(path: Path, *records: object) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def old_line(
    topic: str = "a", payload: str = "x", timestamp: str = "2025-11-10T18:08:57.714", **more: object
) -> object:
    return {"topic": topic, "payload": payload, "timestamp": timestamp, **more}


@settings(max_examples=40)
@given(any_messages, st.lists(any_event, max_size=3), st.sampled_from([".db", ".log"]))
def test_our_own_files_lose_nothing_by_import(
    tmp_path: Path, content: list[Message], events: list[Event], suffix: str
) -> None:
    db = session(tmp_path / "there", content, events, note="n", tags=("t",), source="HBW")
    done = Catalog(tmp_path / "here").import_file(db.with_suffix(suffix))
    before, after = read(db), read(done.entry.path)
    assert after[1] == content
    assert sorted(after[2], key=repr) == sorted(events, key=repr)
    kept = {"name", "status", "started_ns", "ended_ns", "note", "tags", "source", "filters", "qos"}
    assert after[0].model_dump(include=kept) == before[0].model_dump(include=kept)
    assert after[0].imported_from == db.with_suffix(suffix).name
    assert (done.messages, done.problems) == (len(content), ())
    assert verify(done.entry.path).problems == []


def test_the_content_decides_and_not_the_name(tmp_path: Path, catalog: Catalog) -> None:
    db = session(tmp_path / "there", messages(3))
    as_text = db.rename(db.with_name("session.txt"))
    log = (tmp_path / "there").glob("*.log").__next__()
    as_db = log.rename(log.with_name("other.db"))
    assert catalog.import_file(as_text).messages == 3
    assert catalog.import_file(as_db).messages == 3


def test_an_imported_session_keeps_its_id_unless_that_is_taken(tmp_path: Path, catalog: Catalog) -> None:
    db = session(tmp_path / "there", messages(3))
    first, second = catalog.import_file(db), catalog.import_file(db)
    assert first.entry.id == read(db)[0].id != second.entry.id
    assert second.entry.path != first.entry.path
    assert second.assumptions == ()
    assert second.notes == ("A file of this name was imported before, as 'A session'.",)


def test_an_imported_id_that_is_the_stem_of_a_session_is_replaced(tmp_path: Path, catalog: Catalog) -> None:
    here = session(catalog.folder)
    log = lines(
        tmp_path / "x.log",
        {"_kind": "session_meta", "format": "mqtt-session-manager", "id": here.stem, "name": "x", "started_ns": 0},
        old_line(timestamp="2025-11-10T18:08:57.714Z", qos=0, retain=False),
    )
    done = catalog.import_file(log)
    assert read(done.entry.path)[0].id == done.entry.id != here.stem


def test_a_log_of_the_older_recorder_with_meta_line(tmp_path: Path, catalog: Catalog) -> None:
    path = lines(
        tmp_path / "old_20260512_125623.log",
        {
            "_kind": "session_meta",
            "schema": 1,
            "sessionName": "Red & blue",
            "recordingStartedAt": "2026-05-12T12:49:06.267",
            "recordingExclusionPreset": "no_cam",
            "brokerHost": "192.168.0.100",
            "brokerPort": 1883,
            "sessionRecorderVersion": "1.5.0",
            "note": "went well",
        },
        old_line(timestamp="2026-05-12T10:49:06.597Z", qos=1, retain=True),
        old_line(timestamp="2026-05-12T10:49:06.596Z", qos=0, retain=False),
    )
    done = catalog.import_file(path)
    metadata, found, _ = read(done.entry.path)
    assert (metadata.name, metadata.note, metadata.broker) == ("Red & blue", "went well", "mqtt://192.168.0.100:1883")
    assert (metadata.status, metadata.recorder_version) == (Status.COMPLETED, "1.5.0")
    assert metadata.extra["recordingExclusionPreset"] == "no_cam"
    assert [(one.qos, one.retain) for one in found] == [(1, LIVE_RETAINED), (0, LIVE)]
    assert [iso(one.at_ns)[20:23] for one in found] == ["597", "596"], "the order of the lines is kept"
    assert metadata.started_ns == found[0].at_ns
    assert metadata.ended_ns == found[0].at_ns
    assert done.assumptions == ()


def test_a_log_without_flags_and_zone_says_what_was_assumed(tmp_path: Path, catalog: Catalog) -> None:
    path = lines(tmp_path / "blue_20251110_181104.log", old_line(), old_line())
    done = catalog.import_file(path, timezone=BERLIN)
    metadata, found, _ = read(done.entry.path)
    assert metadata.name == "blue"
    assert iso(found[0].at_ns) == "2025-11-10T17:08:57.714000+00:00"
    assert done.assumptions == (
        "2 times had no time zone: Europe/Berlin was assumed.",
        "2 messages had no QoS or retain flag: QoS 0 and not retained were assumed.",
    )
    assert metadata.assumptions == done.assumptions


def test_utc_is_assumed_unless_told_otherwise(tmp_path: Path, catalog: Catalog) -> None:
    done = catalog.import_file(lines(tmp_path / "x.log", old_line()))
    assert iso(read(done.entry.path)[1][0].at_ns) == "2025-11-10T18:08:57.714000+00:00"
    assert "UTC was assumed" in done.assumptions[0]


def test_what_cannot_be_read_is_reported_with_its_line_and_kept_out(tmp_path: Path, catalog: Catalog) -> None:
    path = tmp_path / "x.log"
    good = LineEncoder().encode(messages(2)).splitlines(keepends=True)
    path.write_bytes(good[0] + b"\n{}\n{broken}\n" + good[1] + good[1][:40])
    done = catalog.import_file(path)
    assert read(done.entry.path)[1] == messages(2)
    assert done.problems == (
        "Line 4 was kept out: it is not JSON.",
        "The last line (6) breaks off, as after a crash, and was kept out.",
        "1 lines without a topic were left out.",
    )


def test_the_log_of_a_crashed_recording_is_imported_as_failed(tmp_path: Path, catalog: Catalog) -> None:
    db = crashed(tmp_path / "there", messages(5))
    done = catalog.import_file(db.with_suffix(".log"))
    metadata = read(done.entry.path)[0]
    assert (metadata.status, metadata.ended_ns) == (Status.FAILED, messages(5)[-1].at_ns)
    assert "interrupted" in done.assumptions[0]


def flat_database(path: Path, columns: str, rows: list[tuple[object, ...]], *more: str) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE mqtt_messages ({columns})")
        marks = ",".join("?" * len(rows[0])) if rows else ""
        connection.executemany(f"INSERT INTO mqtt_messages VALUES ({marks})", rows)
        for statement in more:
            connection.execute(statement)
    return path


FOUR = "id INTEGER PRIMARY KEY, topic TEXT NOT NULL, payload TEXT NOT NULL, timestamp TEXT NOT NULL"
MORE = "id INTEGER PRIMARY KEY, timestamp TEXT, topic TEXT, payload TEXT, qos INTEGER, retain BOOLEAN, status TEXT"


def test_a_flat_database_of_four_columns(tmp_path: Path, catalog: Catalog) -> None:
    rows: list[tuple[object, ...]] = [
        (1, "a", "ü", "2025-11-10T18:08:57.714443"),
        (2, "b", b"\xff", "2025-11-10T17:08:58Z"),
    ]
    done = catalog.import_file(flat_database(tmp_path / "x.db", FOUR, rows), timezone=BERLIN)
    found = read(done.entry.path)[1]
    assert [(one.topic, one.payload, one.qos, one.retain) for one in found] == [
        ("a", "ü".encode(), 0, 0),
        ("b", b"\xff", 0, 0),
    ]
    assert iso(found[0].at_ns) == "2025-11-10T17:08:57.714443+00:00"
    assert done.assumptions == (
        "1 times had no time zone: Europe/Berlin was assumed.",
        "2 messages had no QoS or retain flag: QoS 0 and not retained were assumed.",
    )
    assert verify(done.entry.path).problems == []


def test_a_flat_database_with_flags_keeps_them_and_reports_bad_rows(tmp_path: Path, catalog: Catalog) -> None:
    rows: list[tuple[object, ...]] = [
        (1, "2025-01-01T00:00:00Z", "a", "x", 1, 1, "s"),
        (2, "soon", "a", "x", 1, 1, "s"),
        (3, "2025-01-01T00:00:00Z", "a/#", "x", 1, 1, "s"),
        (4, "2025-01-01T00:00:01Z", "a", None, 2, 0, "s"),
        (5, "2025-01-01T00:00:01Z", "a", "x", 7, 0, "s"),
    ]
    done = catalog.import_file(flat_database(tmp_path / "x.db", MORE, rows))
    assert [(one.payload, one.qos, one.retain) for one in read(done.entry.path)[1]] == [(b"x", 1, 1), (b"", 2, 0)]
    assert [problem.split(" was")[0] for problem in done.problems] == ["Row 2", "Row 3", "Row 5"]
    assert done.assumptions == ("The columns status have no place in a session and were left out.",)


def test_views_and_triggers_of_a_foreign_file_do_not_run(tmp_path: Path, catalog: Catalog) -> None:
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE t (topic, payload, timestamp)")
        connection.execute("CREATE VIEW mqtt_messages AS SELECT * FROM t")
    with pytest.raises(SessionFileError, match="another program"):
        catalog.import_file(path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "no format that can be imported"),
        (b"hello\nworld\n", "no format that can be imported"),
        (b"\x89PNG\r\n\x1a\n" + bytes(1000), "no format that can be imported"),
        (b"SQLite format 3\0" + b"\xa5" * 5000, "damaged|not an SQLite"),
        (b'{"_kind":"session_meta","sessionName":"x"}\n', "no message that can be read"),
    ],
)
def test_a_file_that_cannot_be_imported_leaves_nothing_behind(
    tmp_path: Path, catalog: Catalog, content: bytes, sentence: str
) -> None:
    path = tmp_path / "x.log"
    path.write_bytes(content)
    with pytest.raises(SessionFileError, match=sentence):
        catalog.import_file(path)
    assert catalog.sessions() == []
    assert not list(catalog.folder.glob("*"))


def test_a_file_that_breaks_half_way_leaves_nothing_behind(tmp_path: Path, catalog: Catalog) -> None:
    db = session(tmp_path / "there", messages(20_000))
    content = bytearray(db.read_bytes())
    content[len(content) // 2 :] = b"\xa5" * (len(content) - len(content) // 2)
    db.write_bytes(content)
    with pytest.raises(SessionFileError, match="damaged"):
        catalog.import_file(db)
    assert not list(catalog.folder.glob("*"))


def test_a_newer_format_is_said(tmp_path: Path, catalog: Catalog) -> None:
    db = session(tmp_path / "there", messages(1))
    with closing(sqlite3.connect(db)) as connection:
        connection.execute("PRAGMA user_version = 9")
    with pytest.raises(SessionFileError, match=r"newer version.*Update"):
        catalog.import_file(db)
    log = db.with_suffix(".log")
    log.write_text(log.read_text().replace('"version":1', '"version":9'))
    with pytest.raises(SessionFileError, match=r"newer version.*Update"):
        catalog.import_file(log)


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "", "../etc/passwd", "CET\0"])
def test_an_unknown_zone_is_a_usage_error(tmp_path: Path, catalog: Catalog, zone: str) -> None:
    with pytest.raises(UsageError, match="not a time zone"):
        catalog.import_file(lines(tmp_path / "x.log", old_line()), timezone=zone)


def test_a_name_can_be_given(tmp_path: Path, catalog: Catalog) -> None:
    assert catalog.import_file(lines(tmp_path / "x.log", old_line()), name="Mine").entry.name == "Mine"


def test_a_payload_of_10_mb_is_imported(tmp_path: Path, catalog: Catalog) -> None:
    path = tmp_path / "x.log"
    big = [message(payload=b"\xff" * 10_000_000), message(payload=b'"' * 10_000_000)]
    path.write_bytes(LineEncoder().encode(big))
    assert read(catalog.import_file(path).entry.path)[1] == big


def test_events_before_the_first_message_survive(tmp_path: Path, catalog: Catalog) -> None:
    db = session(tmp_path / "there", messages(2), [event("early", offset_s=-5), event("late", offset_s=99)])
    found = read(catalog.import_file(db).entry.path)
    assert [one.text for one in found[2]] == ["early", "late"]
