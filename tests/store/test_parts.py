"""A session in parts is read as if it were in one piece."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SessionFileError
from core.message import Message
from store.catalog import Catalog
from store.events import Event, EventKind
from store.metadata import Status
from store.part_files import first_part, is_further_part, number_of, part_path, parts_of
from store.parts import PartedReader, open_session
from store.query import MessageQuery
from store.reader import SessionReader
from store.reading import Reader
from store.repair import repair
from store.verify import verify
from tests.builders import START_NS, crashed, event, message, metadata, session

SECOND = 1_000_000_000


def split_session(folder: Path, parts: Sequence[Sequence[Message]], events: Sequence[Event] = ()) -> Path:
    """A session whose parts hold these messages, and the first one these events; returns its `.db`."""
    folder.mkdir(parents=True, exist_ok=True)
    first: Path | None = None
    for number, content in enumerate(parts, 1):
        made = session(folder / str(number), content, events if number == 1 else (), name="Split")
        first = first or folder / made.name
        for suffix in (".db", ".log"):
            made.with_suffix(suffix).rename(part_path(first, number).with_suffix(suffix))
    assert first is not None
    return first


CONTENT = st.lists(
    st.builds(
        message,
        st.sampled_from(["a", "a/b", "c"]),
        st.sampled_from([b"", b"x", b"needle", b"\xff\x00", b'{"n": 1}', b'{"n": 2}']),
        qos=st.sampled_from([0, 1, 2]),
        offset_s=st.floats(-1, 8),
    ),
    max_size=12,
)
QUERIES = st.builds(
    MessageQuery,
    include=st.sampled_from([(), ("a/#",), ("nothing",)]),
    start_ns=st.sampled_from([None, START_NS + 3 * SECOND]),
    text=st.sampled_from(["", "needle"]),
    qos=st.sampled_from([(), (0, 2)]),
    json=st.sampled_from(["", "$.n > 1"]),
)


def everything(reader: Reader, query: MessageQuery, offset: int, limit: int) -> list[object]:
    """All that can be read of a session."""
    return [
        reader.metadata.ended_reason,
        reader.summary(),
        reader.topics(),
        reader.count(query),
        [found.message for found in reader.page(query, offset, limit)],
        [reader.message(found) for found in reader.search(query)(offset, offset + limit)],
        [found.message for found in reader.newest(limit)],
        list(reader.stream(query)),
        [found.message for found in reader.stream_stored(query)],
        [found.message for found in reader.latest(query)],
        sorted(reader.samples(2)),
        reader.activity(1, 6),
        [point[1:] for point in reader.points(query, limit)],
        reader.events(),
    ]


@given(
    parts=st.lists(CONTENT, min_size=1, max_size=4), query=QUERIES, offset=st.integers(0, 14), limit=st.integers(1, 9)
)
def test_parts_read_like_one_session(
    tmp_path_factory: pytest.TempPathFactory,
    parts: list[list[Message]],
    query: MessageQuery,
    offset: int,
    limit: int,
) -> None:
    folder = tmp_path_factory.mktemp("parts")
    events = [event("here"), event(kind=EventKind.GAP_START)]
    db = split_session(folder, parts, events)
    whole = session(folder / "whole", [one for part in parts for one in part], events, name="Split")
    last = max((one.at_ns for one in parts[-1]), default=START_NS)
    expected_end = {"ended_ns": last, "status": Status.COMPLETED}
    with open_session(db) as reader, SessionReader.open(whole) as one_piece:
        one_piece.metadata = one_piece.metadata.with_changes(**expected_end)
        assert everything(reader, query, offset, limit) == everything(one_piece, query, offset, limit)


@given(parts=st.lists(CONTENT, min_size=2, max_size=4))
def test_ids_lead_back_to_their_messages(tmp_path_factory: pytest.TempPathFactory, parts: list[list[Message]]) -> None:
    with open_session(split_session(tmp_path_factory.mktemp("parts"), parts)) as reader:
        stored = list(reader.stream_stored())
        assert [found.id for found in stored] == list(range(1, len(stored) + 1))
        assert [reader.message(found.id) for found in stored] == stored
        assert reader.message(len(stored) + 1) is None
        for position in range(len(stored)):
            later = stored[position + 1 :]
            assert list(reader.stream_stored(after_id=stored[position].id)) == later
            assert list(reader.stream(after_id=stored[position].id)) == [found.message for found in later]


def test_the_first_part_says_who_it_is_and_the_last_how_it_ended(tmp_path: Path) -> None:
    db = split_session(tmp_path, [[message("a")], [message("b", offset_s=5)]])
    second = part_path(db, 2)
    with SessionReader.open(second) as reader:
        end = reader.metadata.ended_ns
    with open_session(db) as reader:
        assert isinstance(reader, PartedReader)
        assert reader.metadata.name == "Split"
        assert (reader.metadata.status, reader.metadata.ended_ns) == (Status.COMPLETED, end)


def test_a_part_that_cannot_be_read_is_said_and_leaves_nothing_open(tmp_path: Path) -> None:
    db = split_session(tmp_path, [[message("a")], [message("b")]])
    part_path(db, 2).write_bytes(b"no database, but as long as the head of one" * 10)
    with pytest.raises(SessionFileError, match="part002"):
        open_session(db)


def test_only_its_own_parts_belong_to_a_session(tmp_path: Path) -> None:
    db = split_session(tmp_path, [[message("a")], [message("b")]])
    session(tmp_path, [message("c")], name="Split")
    (tmp_path / f"{db.stem}.parts.db").touch()
    (tmp_path / f"{db.stem}x.part002.db").touch()
    assert parts_of(db) == [db, part_path(db, 2)]


def test_many_parts_stay_in_order(tmp_path: Path) -> None:
    first = tmp_path / "x_20261121_101010.db"
    for number in range(1, 1002):
        part_path(first, number).touch()
    assert [number_of(path) for path in parts_of(first)] == list(range(1, 1002))
    assert {first_part(path) for path in parts_of(first)} == {first}


def test_a_part_behind_a_missing_one_stands_for_itself(tmp_path: Path) -> None:
    first = tmp_path / "x_20261121_101010.db"
    for number in (1, 2, 4):
        part_path(first, number).touch()
    assert parts_of(first) == [first, part_path(first, 2)]
    assert [is_further_part(part_path(first, number)) for number in (2, 4)] == [True, False]


@pytest.mark.parametrize("stem", ["[a]*?", "x.part002", "é"])
def test_a_name_with_characters_of_a_pattern_finds_its_parts(tmp_path: Path, stem: str) -> None:
    first = tmp_path / f"{stem}.db"
    for number in (1, 2):
        part_path(first, number).touch()
    assert part_path(first, 2) in parts_of(first)


def test_a_part_without_its_first_stands_for_itself(tmp_path: Path) -> None:
    db = split_session(tmp_path, [[message("a")], [message("b")]])
    assert is_further_part(part_path(db, 2))
    assert not is_further_part(db)
    db.unlink()
    assert is_further_part(part_path(db, 2)), "its log can be made a database again"
    db.with_suffix(".log").unlink()
    assert not is_further_part(part_path(db, 2))


def test_metadata_of_one_piece_is_its_own(tmp_path: Path) -> None:
    db = session(tmp_path, [message()], name=metadata().name)
    with open_session(db) as reader:
        assert isinstance(reader, SessionReader)


def test_a_session_in_parts_is_one_in_the_catalogue(tmp_path: Path) -> None:
    db = split_session(tmp_path, [[message("a")], [message("b", b"12345")], [message("a")]])
    catalog = Catalog(tmp_path)
    (entry,) = catalog.sessions()
    assert (entry.path, entry.parts, entry.name) == (db, 3, "Split")
    assert entry.summary is not None
    assert (entry.summary.messages, entry.summary.topics) == (3, 2)
    assert entry.size_bytes == sum(path.stat().st_size for path in tmp_path.glob(f"{db.stem}*.*"))
    assert catalog.find(str(part_path(db, 2))).path == db
    assert catalog.update(entry.id, name="Renamed").name == "Renamed"
    assert [found.name for found in catalog.sessions()] == ["Renamed"]


def test_deleting_a_session_deletes_all_its_parts(tmp_path: Path) -> None:
    db = split_session(tmp_path, [[message("a")], [message("b")]])
    Catalog(tmp_path).delete(db.stem)
    assert list(tmp_path.glob("*.db")) == list(tmp_path.glob("*.log")) == []


def test_importing_the_first_part_brings_all_of_them(tmp_path: Path) -> None:
    db = split_session(tmp_path / "there", [[message("a")], [message("b"), message("c")]])
    result = Catalog(tmp_path / "here").import_file(db)
    with open_session(result.entry.path) as reader:
        assert [found.topic for found in reader.stream()] == ["a", "b", "c"]


def test_a_crash_in_a_later_part_is_recovered_there(tmp_path: Path) -> None:
    db = split_session(tmp_path, [[message("a")]])
    left = crashed(tmp_path / "left", [message("b")], name="Split")
    for suffix in (".db", ".log", ".db-wal"):
        if left.with_suffix(suffix).exists():
            left.with_suffix(suffix).rename(part_path(db, 2).with_suffix(suffix))
    catalog = Catalog(tmp_path)
    assert [entry.interrupted for entry in catalog.sessions()] == [True]
    (recovered,) = catalog.recover()
    assert (recovered.path, recovered.problem) == (db, "")
    (entry,) = catalog.sessions()
    assert entry.metadata is not None
    assert entry.metadata.status is Status.FAILED
    assert verify(db).ok
    assert verify(db).messages == 2


def test_damage_in_a_part_is_found_and_repaired_there(tmp_path: Path) -> None:
    db = split_session(tmp_path, [[message("a")], [message("b")]])
    part_path(db, 2).unlink()
    found = verify(db)
    assert not found.ok
    assert found.problems[0].startswith("Part 2: ")
    assert repair(db).messages == 2
    assert verify(db).ok
