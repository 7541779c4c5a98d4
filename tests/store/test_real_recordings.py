"""The recordings of a real factory, as imported: the expected values were counted by another program."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.catalog import Catalog
from store.query import MessageQuery
from store.reader import SessionReader
from store.repair import rebuild_db, rebuild_log, verify
from tests.builders import read

pytestmark = pytest.mark.real_data

BERLIN_TIMES = "times had no time zone"
NO_FLAGS = "no QoS or retain flag"
COLUMNS = "no place in a session"


@pytest.mark.parametrize(
    ("file", "messages", "retained", "topics", "span_s", "assumed"),
    [
        ("red-storage-production-nok_20260807_113739.log", 1227, 0, 38, 245.3, []),
        ("startup-clean_20260512_102831.log", 412, 0, 43, 81.6, []),
        ("storage-production-ml-rrr_20260804_133245.log", 3387, 0, 38, 762.1, []),
        ("synthetic-arduino-sensors_20260508_091000.log", 30, 30, 10, 30.4, []),
        ("white-storage-production_20260807_111716.log", 1483, 0, 37, 302.8, []),
        ("default_test_session.db", 205, 62, 41, 48.1, [BERLIN_TIMES, COLUMNS]),
        ("production-rw-agv2-b-agv1_20260512_125623.log", 3001, 0, 43, 436.9, []),
        ("production-white_20260303_081127.log", 897, 40, 53, 226.7, [BERLIN_TIMES]),
        ("storage_order_blue_20251110_181104.log", 552, 0, 48, 127.0, [BERLIN_TIMES, NO_FLAGS]),
        ("storage_order_blue_20251110_181104.db", 552, 0, 48, 127.0, [BERLIN_TIMES, NO_FLAGS]),
    ],
)
def test_a_recording_is_imported_whole_and_either_file_rebuilds_the_other(
    real_recordings: Path,
    tmp_path: Path,
    file: str,
    messages: int,
    retained: int,
    topics: int,
    span_s: float,
    assumed: list[str],
) -> None:
    done = Catalog(tmp_path).import_file(real_recordings / file, timezone="Europe/Berlin")
    db = done.entry.path
    with SessionReader.open(db) as reader:
        summary = reader.summary()
        found = list(reader.stream())
        assert reader.count(MessageQuery(include=("#",))) == messages
    assert summary.first_ns is not None
    assert summary.last_ns is not None
    assert (summary.messages, summary.topics, sum(one.retained for one in found)) == (messages, topics, retained)
    assert round((summary.last_ns - summary.first_ns) / 1e9, 1) == span_s
    assert len(done.assumptions) == len(assumed)
    assert all(text in said for text, said in zip(assumed, done.assumptions, strict=True))
    assert done.problems == ()
    before = read(db)
    rebuild_db(db.with_suffix(".log"))
    rebuild_log(db)
    assert read(db) == before
    assert verify(db).problems == []


def test_log_and_database_of_one_recording_hold_the_same_messages(real_recordings: Path, tmp_path: Path) -> None:
    catalog = Catalog(tmp_path)
    one, other = (
        read(catalog.import_file(real_recordings / f"storage_order_blue_20251110_181104{suffix}").entry.path)[1]
        for suffix in (".log", ".db")
    )
    assert sorted(one) == sorted(other)
