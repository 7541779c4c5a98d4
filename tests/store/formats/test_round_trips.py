"""What is exported and imported again is the same, in each format; and what breaks off leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SessionFileError, StorageError
from core.message import Message
from store.catalog import Catalog
from store.copying import batches
from store.events import Event
from store.export import ExportFormat, export, export_to
from store.formats.detect import source_for
from store.formats.own import NO_END
from store.formats.source import Source
from store.metadata import SessionMetadata, Status
from store.parts import open_session
from store.query import MessageQuery
from store.verify import verify
from tests.builders import (
    START_NS,
    any_event,
    any_messages,
    any_metadata,
    crashed,
    event,
    message,
    messages,
    read,
    session,
)
from tests.store.test_parts import split_session

KEPT = {"name", "status", "started_ns", "ended_ns", "note", "tags", "source", "filters", "exclude", "qos", "outcome"}


def quiet(done: int, total: int) -> None:
    """Nobody watches."""


def exported(db: Path, wanted: ExportFormat, query: MessageQuery | None = None) -> Path:
    file = db.parent / f"exported.{wanted}"
    with open_session(db) as reader:
        export(reader, file, wanted, quiet, query=query or MessageQuery())
    return file


def written(file: Path, wanted: ExportFormat, metadata: SessionMetadata, items: Iterable[Message | Event]) -> Source:
    """A file of these items, opened by what its content says."""
    with file.open("wb") as output, closing(export_to(output, wanted, metadata)) as writer:
        for item in batches(iter(items)):
            if isinstance(item, Event):
                writer.add_event(item)
            else:
                writer.write(item)
    return source_for(file, ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize("wanted", ExportFormat)
@given(any_messages, st.lists(any_event, max_size=3), any_metadata, st.sampled_from(ExportFormat))
def test_what_is_written_comes_back_also_by_way_of_another_format(
    tmp_path: Path,
    wanted: ExportFormat,
    content: list[Message],
    events: list[Event],
    about: SessionMetadata,
    other: ExportFormat,
) -> None:
    about = about.with_changes(status=Status.COMPLETED, ended_ns=START_NS)
    if ExportFormat.CSV in (wanted, other):
        content = [*content, message()]  # without a message there is no row that could say anything
    first = written(tmp_path / "a", wanted, about, [*events[:1], *content[:2], *events[1:], *content[2:]])
    on_the_way = list(first.items())
    second = written(tmp_path / "b", other, first.metadata(START_NS, START_NS), on_the_way)
    for found, source in ((on_the_way, first), (list(second.items()), second)):
        assert [one for one in found if isinstance(one, Message)] == content
        assert sorted((one for one in found if isinstance(one, Event)), key=repr) == sorted(events, key=repr)
        assert source.metadata(START_NS, START_NS) == about
        assert source.assumptions() == source.problems() == []


@pytest.mark.parametrize("wanted", ExportFormat)
def test_a_session_is_the_same_after_export_and_import(tmp_path: Path, wanted: ExportFormat) -> None:
    content = [message(payload=b"\xff\0", retain=2, qos=2), *messages(3_000), message("=1", b"@x", offset_s=999)]
    events = [event("mark", offset_s=1.0), event("=cmd", offset_s=2_000.0)]
    db = session(tmp_path / "there", content, events, note="=n", tags=("t", ";@x"), source="HBW\n+1")
    done = Catalog(tmp_path / "here").import_file(exported(db, wanted))
    before, after = read(db), read(done.entry.path)
    assert (after[1], after[2]) == (content, events)
    assert after[0].model_dump(include=KEPT) == before[0].model_dump(include=KEPT)
    assert (done.assumptions, done.problems) == ((), ())
    assert verify(done.entry.path).problems == []


@pytest.mark.parametrize("wanted", ExportFormat)
def test_a_session_in_parts_becomes_one_file(tmp_path: Path, wanted: ExportFormat) -> None:
    content = messages(9)
    db = split_session(tmp_path / "there", [content[:3], content[3:4], content[4:]], [event("mark", offset_s=0.45)])
    done = Catalog(tmp_path / "here").import_file(exported(db, wanted))
    assert read(done.entry.path)[1:] == (content, [event("mark", offset_s=0.45)])


@pytest.mark.parametrize("wanted", ExportFormat)
def test_a_session_that_is_being_recorded_is_exported_as_far_as_it_is(tmp_path: Path, wanted: ExportFormat) -> None:
    done = Catalog(tmp_path / "here").import_file(exported(crashed(tmp_path / "there", messages(9)), wanted))
    assert read(done.entry.path)[1] == messages(9)
    assert done.entry.metadata is not None
    assert done.entry.metadata.status is Status.FAILED
    assert done.assumptions == (NO_END,)


@pytest.mark.parametrize("wanted", ExportFormat)
def test_an_export_that_is_cancelled_leaves_what_was_there(tmp_path: Path, wanted: ExportFormat) -> None:
    db = session(tmp_path / "there", messages(5_000))
    file = tmp_path / "out" / "x"
    file.parent.mkdir()
    file.write_text("before")

    def cancel(done: int, total: int) -> None:
        assert total == 5_000
        if done:
            raise KeyboardInterrupt

    with open_session(db) as reader, pytest.raises(KeyboardInterrupt):
        export(reader, file, wanted, cancel)
    assert [path.name for path in file.parent.iterdir()] == ["x"]
    assert file.read_text() == "before"


def test_a_folder_that_takes_no_file_is_one_sentence(tmp_path: Path) -> None:
    db = session(tmp_path / "there", messages(1))
    with open_session(db) as reader, pytest.raises(StorageError, match="absent"):
        export(reader, tmp_path / "absent" / "x.csv", ExportFormat.CSV, quiet)


@pytest.mark.parametrize("wanted", ExportFormat)
def test_a_part_of_a_session_is_exported(tmp_path: Path, wanted: ExportFormat) -> None:
    happened = [event("early", offset_s=0.1), event("late", offset_s=0.35)]
    db = session(tmp_path / "there", messages(10), happened)
    query = MessageQuery(include=("a/b",), start_ns=START_NS + 200_000_000, end_ns=START_NS + 700_000_000)
    done = Catalog(tmp_path / "here").import_file(exported(db, wanted, query))
    _, found, events = read(done.entry.path)
    assert [one.payload for one in found] == [b'{"n":2}', b'{"n":4}', b'{"n":6}']
    assert [one.text for one in events] == ["late"]


LONG = [message("a", bytes([65 + number % 26]) * 2_000, offset_s=number) for number in range(3_000)]


def torn(tmp_path: Path, wanted: ExportFormat) -> Path:
    whole = exported(session(tmp_path / "there", LONG), wanted).read_bytes()
    file = tmp_path / "torn"
    file.write_bytes(whole[: len(whole) * 2 // 3])
    return file


@pytest.mark.parametrize("wanted", [ExportFormat.LOG, ExportFormat.CSV, ExportFormat.MCAP])
def test_a_file_that_breaks_off_is_read_as_far_as_it_goes(tmp_path: Path, wanted: ExportFormat) -> None:
    done = Catalog(tmp_path / "here").import_file(torn(tmp_path, wanted))
    _, found, _ = read(done.entry.path)
    assert LONG[: len(found)] == found != []
    assert any("breaks off" in problem for problem in done.problems)


def test_a_torn_parquet_file_is_refused_for_its_directory_is_at_its_end(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "here")
    with pytest.raises(SessionFileError, match="torn is not a whole Parquet file"):
        catalog.import_file(torn(tmp_path, ExportFormat.PARQUET))
    assert not catalog.sessions()
