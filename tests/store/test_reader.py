"""SessionReader: figures, pages, streams; never writing, never trusting."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import SessionFileError, UsageError
from core.message import Message
from core.topics import matches
from store.events import EventKind
from store.metadata import Status
from store.query import MessageQuery, condition_for
from store.reader import SessionReader
from store.results import SampleRow, StoredMessage, TopicSummary
from store.writer import SessionWriter
from tests.builders import START_NS, crashed, event, message, messages, metadata, session

SECOND = 1_000_000_000


def test_the_summary_counts_everything(tmp_path: Path) -> None:
    events = [event(kind=EventKind.GAP_START), event(kind=EventKind.GAP_END), event()]
    db = session(tmp_path, [message("a", b"12"), message("b", b"", offset_s=2)], events, ended_ns=START_NS + 5 * SECOND)
    with SessionReader.open(db) as reader:
        found = reader.summary()
    assert (found.messages, found.bytes, found.topics, found.gaps) == (2, 2, 2, 1)
    assert (found.first_ns, found.last_ns, found.duration_s) == (START_NS, START_NS + 2 * SECOND, 5.0)


def test_an_empty_session_has_figures_too(tmp_path: Path) -> None:
    with SessionReader.open(session(tmp_path)) as reader:
        found = reader.summary()
        assert (found.messages, found.first_ns, found.last_ns, found.duration_s) == (0, None, None, 0.0)
        assert reader.topics() == []
        assert reader.page(MessageQuery(), 0, 10) == []
        assert list(reader.stream()) == []
        assert reader.samples() == []


def test_topics_have_counts_times_and_sizes(tmp_path: Path) -> None:
    db = session(
        tmp_path, [message("b", b"1234"), message("a", b"1"), message("b", b"", offset_s=3), message("b", b"12")]
    )
    with SessionReader.open(db) as reader:
        assert reader.topics() == [
            TopicSummary("a", 1, 1, START_NS, START_NS, 1, 1),
            TopicSummary("b", 3, 6, START_NS, START_NS + 3 * SECOND, 0, 4),
        ]


def test_samples_can_be_summed_in_buckets_that_begin_at_multiples(tmp_path: Path) -> None:
    found = [message("a", b"1", offset_s=offset) for offset in (-1, 0, 4, 5, 9.5, 10)]
    with SessionReader.open(session(tmp_path, found)) as reader:
        assert reader.samples(5) == [
            SampleRow(-5, "a", 1, 1),
            SampleRow(0, "a", 2, 2),
            SampleRow(5, "a", 2, 2),
            SampleRow(10, "a", 1, 1),
        ]


def test_activity_is_the_seconds_of_a_range_with_all_topics_together(tmp_path: Path) -> None:
    found = [message(topic, b"12", offset_s=offset) for offset in (-1, 0, 0.5, 4, 9) for topic in ("a", "b")]
    with SessionReader.open(session(tmp_path, found)) as reader:
        assert reader.activity() == [(-1, 2, 4), (0, 4, 8), (4, 2, 4), (9, 2, 4)]
        assert reader.activity(0, 9) == [(0, 4, 8), (4, 2, 4)], "the end is exclusive"
        assert reader.activity(start_s=4) == [(4, 2, 4), (9, 2, 4)]


CONTENT = [
    message("a/b", b'{"state":"RUNNING"}', offset_s=0),
    message("a/c", "Größe".encode(), offset_s=1),
    message("x", b"100% _done_", offset_s=3),
    message("a/b", b"\xff\xferunning", offset_s=2),
    message("$SYS/x", b"", offset_s=4),
]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SessionReader]:
    with SessionReader.open(session(tmp_path_factory.mktemp("reader"), CONTENT)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        (MessageQuery(), [1, 2, 3, 4, 5]),
        (MessageQuery(include=("a/#",)), [1, 2, 4]),
        (MessageQuery(include=("#",)), [1, 2, 3, 4]),
        (MessageQuery(include=("#",), exclude=("a/b", "x")), [2]),
        (MessageQuery(include=("nothing/+",)), []),
        (MessageQuery(start_ns=START_NS + SECOND, end_ns=START_NS + 3 * SECOND), [2, 4]),
        (MessageQuery(include=("a/b",), start_ns=START_NS + 1), [4]),
        (MessageQuery(text="running"), [1, 4]),
        (MessageQuery(text="GRÖSSE"), [2]),
        (MessageQuery(text="grö"), [2]),
        (MessageQuery(text="sys"), [5]),
        (MessageQuery(text="0% _D"), [3]),
        (MessageQuery(text="_unn"), []),
        (MessageQuery(text="'; DROP TABLE messages --"), []),
        (MessageQuery(text="x" * 60_000), []),
        (MessageQuery(text="A/", exclude=("a/c",)), [1, 4]),
    ],
)
def test_queries(reader: SessionReader, query: MessageQuery, ids: list[int]) -> None:
    assert [stored.id for stored in reader.page(query, 0, 100)] == ids
    assert reader.count(query) == len(ids)
    assert list(reader.stream(query)) == [CONTENT[number - 1] for number in ids]


_pieces = st.sampled_from(["ä", "Ä", "ß", "SS", "€", "😀", "a", "A", "\0", "İ"])


@settings(max_examples=60)
@given(
    st.lists(
        st.lists(_pieces.map(str.encode) | st.sampled_from([b"\xff", b"\x80", b"\xc3"]), max_size=5).map(b"".join),
        max_size=8,
    ),
    st.lists(_pieces, min_size=1, max_size=2).map("".join).filter(lambda text: not text.isascii()),
)
def test_a_text_beyond_ascii_is_found_wherever_python_finds_it(
    tmp_path: Path, payloads: list[bytes], text: str
) -> None:
    with SessionReader.open(session(tmp_path, [message("t", payload) for payload in payloads])) as reader:
        found = [stored.id for stored in reader.page(MessageQuery(text=text), 0, 100)]
    folded = text.casefold()
    assert found == [n for n, one in enumerate(payloads, 1) if folded in one.decode("utf-8", "replace").casefold()]


def test_a_text_beyond_ascii_does_not_call_python_for_plain_payloads() -> None:
    condition = condition_for(MessageQuery(text="Größe"), {})
    with closing(sqlite3.connect(":memory:")) as connection:
        asked = []
        connection.create_function("contains_folded", 2, lambda payload, _: asked.append(payload))
        connection.execute("CREATE TABLE messages (topic_id, payload)")
        connection.executemany("INSERT INTO messages VALUES (1, ?)", [(b"plain",), ("größe".encode(),)])
        connection.execute(f"SELECT count(*) FROM messages WHERE {condition.where}", condition.values).fetchone()
    assert asked == ["größe".encode()]


def test_an_invalid_filter_is_refused_with_the_reason(reader: SessionReader) -> None:
    with pytest.raises(UsageError, match="whole last level"):
        reader.page(MessageQuery(include=("a/#/b",)), 0, 1)


def test_the_newest_messages_come_in_the_order_of_arrival(reader: SessionReader, tmp_path: Path) -> None:
    assert reader.newest(2) == [StoredMessage(4, CONTENT[3]), StoredMessage(5, CONTENT[4])]
    assert [stored.id for stored in reader.newest(99)] == [1, 2, 3, 4, 5]
    with SessionReader.open(session(tmp_path)) as empty:
        assert empty.newest(3) == []


def test_one_message_by_its_id(reader: SessionReader) -> None:
    assert reader.message(3) == StoredMessage(3, CONTENT[2])
    assert reader.message(99) is None


FILTERS = ["#", "+", "a/#", "a/+", "a/b", "x"]


@settings(max_examples=50)
@given(
    st.lists(st.sampled_from(["a", "a/b", "a/c", "x"]), max_size=30),
    st.lists(st.sampled_from(FILTERS), max_size=2),
    st.lists(st.sampled_from(FILTERS), max_size=2),
    st.integers(0, 20),
    st.integers(1, 10),
)
def test_a_page_is_what_filtering_all_messages_by_hand_gives(
    tmp_path: Path, topics: list[str], include: list[str], exclude: list[str], offset: int, limit: int
) -> None:
    content = [message(topic, offset_s=number) for number, topic in enumerate(topics)]
    expected = [
        StoredMessage(number, one)
        for number, one in enumerate(content, 1)
        if (not include or any(matches(wanted, one.topic) for wanted in include))
        and not any(matches(unwanted, one.topic) for unwanted in exclude)
    ]
    with SessionReader.open(session(tmp_path, content)) as reader:
        query = MessageQuery(include=tuple(include), exclude=tuple(exclude))
        assert reader.page(query, offset, limit) == expected[offset : offset + limit]


def test_offsets_count_messages_even_if_ids_have_holes(tmp_path: Path) -> None:
    db = session(tmp_path, messages(10))
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute("DELETE FROM messages WHERE id = 3")
    with SessionReader.open(db) as reader:
        assert [stored.id for stored in reader.page(MessageQuery(), 1, 2)] == [2, 4]
        assert [stored.id for stored in reader.page(MessageQuery(), 3, 2)] == [5, 6]


def test_filtering_reads_the_index_and_not_the_payloads(tmp_path: Path) -> None:
    """What keeps a page of a million messages quick."""
    with closing(sqlite3.connect(session(tmp_path, messages(10)))) as connection:
        plan = connection.execute(
            "EXPLAIN QUERY PLAN SELECT id FROM messages WHERE topic_id IN (1) AND at >= 5 ORDER BY id LIMIT 5 OFFSET 2"
        ).fetchall()
    assert [row[3] for row in plan] == ["SCAN messages USING COVERING INDEX messages_in_order"]


def test_paging_in_a_running_recording_looks_neither_at_its_figures_nor_at_all_topics(tmp_path: Path) -> None:
    """What keeps it quick with a topic for each message."""
    writer = SessionWriter.create(tmp_path, metadata())
    writer.write([message(f"t/{number}") for number in range(20)])
    statements: list[str] = []
    with SessionReader.open(writer.db_path) as reader:
        reader._connection.set_trace_callback(statements.append)
        assert [stored.message.topic for stored in reader.page(MessageQuery(), 17, 2)] == ["t/17", "t/18"]
        assert [stored.message.topic for stored in reader.newest(2)] == ["t/18", "t/19"]
    writer.close(writer.metadata)
    assert statements
    assert not [sql for sql in statements if "GROUP BY" in sql or sql.endswith("FROM topics")]


def test_a_stream_remembers_a_bounded_number_of_topics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.topic_names.MANY_TOPICS", 3)
    content = [message(f"t/{number % 7}") for number in range(20)]
    with SessionReader.open(session(tmp_path, content)) as reader:
        assert list(reader.stream()) == content
        assert len(reader._names.known) <= 3
        assert len(reader.topics()) == 7
        assert len(reader._names.known) <= 3


def test_a_message_whose_topic_has_no_name_is_damage(tmp_path: Path) -> None:
    db = session(tmp_path, messages(3))
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute("DELETE FROM topics WHERE id = 2")
    with SessionReader.open(db) as reader:
        for read in (lambda: reader.newest(3), reader.samples, reader.topics, lambda: reader.points(MessageQuery(), 3)):
            with pytest.raises(SessionFileError, match="a topic that has no name"):
                read()


def test_a_stream_longer_than_a_chunk_is_complete(tmp_path: Path) -> None:
    content = messages(4_500)
    with SessionReader.open(session(tmp_path, content)) as reader:
        assert list(reader.stream()) == content
        assert list(reader.stream(MessageQuery(include=("a/b",)))) == content[::2]


def test_a_reader_may_be_closed_before_its_stream(tmp_path: Path) -> None:
    with SessionReader.open(session(tmp_path, messages(10))) as reader:
        stream = reader.stream()
        next(stream)
    stream.close()  # type: ignore[attr-defined]  # a generator


def test_it_follows_a_running_recording(tmp_path: Path) -> None:
    writer = SessionWriter.create(tmp_path, metadata())
    with SessionReader.open(writer.db_path) as reader:
        for number in range(3):
            writer.write([message(f"new/{number}")])
            assert reader.summary().messages == number + 1
            assert reader.page(MessageQuery(), number, 1)[0].message.topic == f"new/{number}"
            assert reader.count(MessageQuery(include=("new/+",))) == number + 1
    writer.close(metadata(id=writer.metadata.id, status=Status.COMPLETED))


def test_reading_changes_nothing(tmp_path: Path) -> None:
    db = session(tmp_path, messages(10))
    before = db.read_bytes()
    with SessionReader.open(db) as reader:
        reader.topics()
        list(reader.stream())
    assert db.read_bytes() == before
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".db", ".log"]


_READ = "import sys; from pathlib import Path; from store.reader import SessionReader\n"
_READ += "print(SessionReader.open(Path(sys.argv[1])).summary().messages)"


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")
@pytest.mark.parametrize("wal", [False, True], ids=["plain", "left-in-wal-mode"])
def test_a_finished_session_that_may_not_be_written_can_be_read(tmp_path: Path, wal: bool) -> None:
    db = session(tmp_path, messages(7))
    if wal:
        with closing(sqlite3.connect(db)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
    db.chmod(0o444)
    tmp_path.chmod(0o555)
    try:
        command = [sys.executable, "-c", _READ, str(db)]
        if os.geteuid() == 0:  # root may write anywhere, unless it gives that capability away
            command = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all", *command]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        tmp_path.chmod(0o755)
    assert (done.stdout.strip(), done.stderr) == ("7", "")


def _sqlite_file(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    return path


def _text_file(path: Path) -> Path:
    path.write_text("This is no database, whatever its name says. " * 50)
    return path


def _newer(path: Path) -> Path:
    return _sqlite_file(
        path, "PRAGMA application_id = 0x4D515352", "PRAGMA user_version = 2", "CREATE TABLE metadata (x)"
    )


def _tableless(path: Path) -> Path:
    return _sqlite_file(
        path, "PRAGMA application_id = 0x4D515352", "PRAGMA user_version = 1", "CREATE TABLE metadata (x)"
    )


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (_text_file, "is not an SQLite file"),
        (lambda path: _sqlite_file(path, "CREATE TABLE t (x)"), "not a session of this program"),
        (_newer, r"newer version of this program \(format 2, this one knows 1\). Update"),
        (_tableless, "lacks topics, messages, samples, events"),
        (lambda path: path, "There is no file"),
    ],
)
def test_a_file_that_is_no_session_is_one_clear_sentence(tmp_path: Path, make: object, sentence: str) -> None:
    assert callable(make)
    with pytest.raises(SessionFileError, match=sentence):
        SessionReader.open(make(tmp_path / "x.db"))


def test_a_damaged_session_is_one_clear_sentence(tmp_path: Path) -> None:
    db = session(tmp_path, messages(2_000))
    content = bytearray(db.read_bytes())
    content[8192 * 3 :] = b"\xa5" * (len(content) - 8192 * 3)
    db.write_bytes(content)
    with pytest.raises(SessionFileError, match=r"is damaged.*repair"), SessionReader.open(db) as reader:
        list(reader.stream())


def test_a_table_that_is_a_view_in_disguise_is_not_read(tmp_path: Path) -> None:
    db = session(tmp_path, messages(3))
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute("ALTER TABLE events RENAME TO hidden")
        connection.execute("CREATE VIEW events AS SELECT * FROM hidden")
    with pytest.raises(SessionFileError, match="lacks events"):
        SessionReader.open(db)


def test_an_interrupted_session_can_be_read(tmp_path: Path) -> None:
    with SessionReader.open(crashed(tmp_path, messages(5))) as reader:
        assert list(reader.stream()) == messages(5)
        assert reader.metadata.status is Status.IN_PROGRESS


def test_text_where_bytes_belong_is_read_as_bytes(tmp_path: Path) -> None:
    """Another program may have written the payload as text: SQLite lets it."""
    db = session(tmp_path, [message(payload=b"x")])
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute("UPDATE messages SET payload = 'ü'")
    with SessionReader.open(db) as reader:
        found: list[Message] = list(reader.stream())
    assert found[0].payload == "ü".encode()
