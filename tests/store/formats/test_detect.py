"""Formats of other programs: what they hold, what is assumed about it, and what is kept out."""

from __future__ import annotations

import csv
import io
import subprocess
from base64 import b64encode
from contextlib import suppress
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcap.records import Chunk
from mcap.stream_reader import StreamReader
from mcap.writer import CompressionType, Writer

from core.errors import SessionFileError
from core.message import FROM_DUMP, LIVE, Message, Properties
from store.catalog import Catalog
from store.export import ExportFormat, export_to
from store.formats.detect import source_for
from store.formats.mqtt_recorder import are_base64
from store.log import LineEncoder, encode_event, encode_metadata
from tests.builders import event, message, metadata, read

NS = 1_763_744_749_567_303_200


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "sessions")


def recorded(path: Path, rows: list[tuple[str, bytes]], *, encoded: bool) -> Path:
    """As mqtt-recorder 1.4.0 writes it, with the words that it looks for when it replays."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        for topic, payload in rows:
            text = b64encode(payload).decode() if encoded else payload.decode()
            writer.writerow([topic, text, 1, False, 1763744749.5673032, 0.25])
    return path


WORDS = [("a/b", b'{"state": "RUNNING",\r\n "x": "1,2"}'), ("a/b", b""), ("c", "ü;\"'=1".encode()), ("c", b"true")]


@pytest.mark.parametrize("encoded", [False, True])
def test_csv_of_mqtt_recorder(tmp_path: Path, catalog: Catalog, encoded: bool) -> None:
    rows = [*WORDS, ("image", bytes(range(256)))] if encoded else WORDS
    done = catalog.import_file(recorded(tmp_path / "any.name", rows, encoded=encoded))
    metadata, found, _ = read(done.entry.path)
    assert found == [Message(topic, payload, 1, LIVE, NS) for topic, payload in rows]
    assert (metadata.name, metadata.started_ns) == ("any", NS)
    assert done.problems == ()
    assert [text for text in done.assumptions if "base64" in text] == list(done.assumptions)
    assert bool(done.assumptions) is encoded


@given(st.lists(st.binary(max_size=40), min_size=1))
def test_payloads_in_base64_are_recognised(payloads: list[bytes]) -> None:
    texts = [b64encode(payload).decode() for payload in payloads]
    telling = [payload for payload in payloads if len(payload) % 3 or (payload and payload.isascii())]
    if any(payloads) and len(telling) == len(payloads) and all(p.decode("latin-1").isprintable() for p in payloads):
        assert are_base64(texts)


@pytest.mark.parametrize("word", ["true", "1234", "idle", "STOP", "DEADBEEF", "d41d8cd98f00b204e9800998ecf8427e", ""])
def test_a_word_that_could_be_base64_is_a_word(word: str) -> None:
    assert not are_base64([word])


REAL = """\
a/b,eyJ4IjogIjEsMiJ9,2,0,1795284305.708706,4.660263538360596\r
"ü ""q""\",dHJ1ZQ==,0,1,1795284305.7169101,0.008204221725463867\r
bin,/wA=,0,0,1795284305.760591,0.04368090629577637\r
n,,0,0,1795284305.7720578,0.011466741561889648\r
"""


def test_a_recording_that_mqtt_recorder_made(tmp_path: Path, catalog: Catalog) -> None:
    path = tmp_path / "real.csv"
    path.write_bytes(REAL.encode())
    assert read(catalog.import_file(path).entry.path)[1] == [
        Message("a/b", b'{"x": "1,2"}', 2, LIVE, 1795284305_708706000),
        Message('ü "q"', b"true", 0, FROM_DUMP, 1795284305_716910100),
        Message("bin", b"\xff\0", 0, LIVE, 1795284305_760591000),
        Message("n", b"", 0, LIVE, 1795284305_772057800),
    ]


@pytest.mark.parametrize(("base64", "payload"), [(True, b"\xb6\xbb\x9e"), (False, b"true"), (None, b"true")])
def test_whether_payloads_are_base64_can_be_said(
    tmp_path: Path, catalog: Catalog, base64: bool | None, payload: bytes
) -> None:
    path = recorded(tmp_path / "x", [("a", b"true")], encoded=False)
    done = catalog.import_file(path, base64=base64)
    assert [one.payload for one in read(done.entry.path)[1]] == [payload]
    assert done.assumptions == ()


def test_rows_of_mqtt_recorder_that_cannot_be_read_are_named(tmp_path: Path, catalog: Catalog) -> None:
    path = recorded(tmp_path / "x.csv", WORDS[:1], encoded=False)
    good = path.read_text()
    bad = 'a/#,x,1,False,1,0\na,x,7,False,1,0\na,x,1,yes,1,0\na,x,1,False,nan,0\na,x,1,False,1e400,0\na,"x'
    path.write_text(good + "s,stored,0,True,1763744750,0\n" + bad)
    done = catalog.import_file(path)
    assert [(one.topic, one.retain) for one in read(done.entry.path)[1]] == [("a/b", LIVE), ("s", FROM_DUMP)]
    assert len(done.problems) == 6
    assert "line 4" in done.problems[0]
    assert "initial state" in done.assumptions[0]


LINES = (
    '{"tst":"2026-11-21T16:52:29.567303Z+0000","topic":"a/b","qos":1,"retain":0,"payloadlen":19,"mid":1,'
    '"payload":{"x":1.50,"y":"ä"}}\n'
    '{"tst":"2026-11-21T17:52:29.6+0100","topic":"a","qos":0,"retain":1,"payloadlen":0,"payload":null}\n\n'
    '{"tst":"2026-11-21T16:52:29.7Z","topic":"p","qos":2,"retain":0,"payloadlen":6,"properties":{"content-type":"t",'
    '"user-properties":{"k":"v","payload":"x","k":"w"},"response-topic":"r","correlation-data":"abc",'
    '"payload-format-indicator":1,"message-expiry-interval":60},"payload":[1,2]}\n'
    '{"tst":"2026-11-21T16:52:29.8Z","topic":"a","qos":0,"retain":0,"payloadlen":5,"payload":null}\n'
    '{"tst":"2026-11-21T16:52:29.9Z","topic":"a","qos":0,"retain":0,"payloadlen":4,"payload":null}\n'
)


def test_lines_of_mosquitto_sub(tmp_path: Path, catalog: Catalog) -> None:
    path = tmp_path / "x.csv"
    path.write_text(LINES, encoding="utf-8")
    done = catalog.import_file(path)
    found = read(done.entry.path)[1]
    users = (("k", "v"), ("payload", "x"), ("k", "w"))
    assert [(one.payload, one.qos, one.retain) for one in found] == [
        ('{"x":1.50,"y":"ä"}'.encode(), 1, LIVE),
        (b"", 0, FROM_DUMP),
        (b"[1,2]", 2, LIVE),
        (b"null", 0, LIVE),
    ]
    assert found[2].properties == Properties(1, 60, "t", "r", b"abc", users)
    assert [one.at_ns % 10**9 for one in found] == [567_303_000, 600_000_000, 700_000_000, 900_000_000]
    assert found[1].at_ns - found[0].at_ns == 32_697_000
    assert ["1 payloads" in done.assumptions[0], "initial state" in done.assumptions[1]] == [True, True]
    assert ["Line 5" in done.problems[0], "1 lines are empty" in done.problems[1]] == [True, True]


@given(st.sampled_from(CompressionType))
def test_mcap_of_other_programs(tmp_path: Path, compression: CompressionType) -> None:
    path = tmp_path / "x"
    with path.open("wb") as file:
        writer = Writer(file, compression=compression)
        writer.start(profile="", library="other")
        schema = writer.register_schema("s", "jsonschema", b'{"type":"object"}')
        json_channel = writer.register_channel("/tf", "json", schema, {"offered_qos_profiles": ""})
        raw_channel = writer.register_channel("cdr", "cdr", 0)
        wrong = writer.register_channel("a/#", "json", schema)
        for channel, data in ((json_channel, b'{"x": 1}'), (raw_channel, b"\xff"), (wrong, b"{}")):
            writer.add_message(channel, NS, data, NS)
        writer.finish()  # type: ignore[no-untyped-call]  # of the library
    catalog = Catalog(tmp_path / f"sessions-{compression.name}")
    done = catalog.import_file(path)
    assert read(done.entry.path)[1] == [Message("/tf", b'{"x": 1}', 0, LIVE, NS), Message("cdr", b"\xff", 0, LIVE, NS)]
    assert "encodings cdr" in done.assumptions[1]
    assert len(done.problems) == 1


def test_a_chunk_that_says_more_than_memory_holds_is_not_unfolded(tmp_path: Path, catalog: Catalog) -> None:
    path = tmp_path / "bomb.mcap"
    with path.open("wb") as file:
        writer = Writer(file)
        writer.start()
        writer.add_message(writer.register_channel("a", "json", 0), NS, b"{}", NS)
        writer.finish()  # type: ignore[no-untyped-call]  # of the library
    with path.open("rb") as file:
        chunk = next(one for one in StreamReader(file, emit_chunks=True).records if isinstance(one, Chunk))
    said, huge = chunk.uncompressed_size.to_bytes(8, "little"), (2**40).to_bytes(8, "little")
    path.write_bytes(path.read_bytes().replace(said, huge, 1))
    with pytest.raises(SessionFileError, match="no message"):
        catalog.import_file(path)


@pytest.mark.parametrize(
    "content",
    [b"\x89MCAP0\r\n", b"\x89MCAP0\r\n" + b"\xff" * 99, b"PAR1", b"PAR1" + bytes(99) + b"PAR1",
     b"timestamp,topic,payload\n", b'timestamp,topic,payload\n"', b"a,b,c,d,e,f\n",
     b'{"topic":"a","tst":"x"}\n', b"\0" * 1000, b"[" * 100_000],
)  # fmt: skip
def test_a_file_without_anything_is_one_sentence(tmp_path: Path, catalog: Catalog, content: bytes) -> None:
    path = tmp_path / "odd"
    path.write_bytes(content)
    with pytest.raises(SessionFileError):
        catalog.import_file(path)
    assert not catalog.sessions()


MOSQUITTO = LINES.encode() * 3
RECORDER = b'a/b,"{""x"": 1}",1,False,1763744749.5,0.25\r\nc,dHJ1ZQ==,0,True,1763744749.6,0.1\r\n' * 5
STATED = Properties(content_type="t", correlation_data=b"x", user_properties=(("k", "v"),))


def whole_file(wanted: ExportFormat) -> bytes:
    file = io.BytesIO()
    writer = export_to(file, wanted, metadata("x"))
    writer.add_event(event("e", more="x"))
    writer.write(
        [message(properties=STATED), message("b", b"\xff\0"), message("c", b"12"), message("=d", b";=1", retain=2)]
    )
    writer.close()
    return file.getvalue()


WHOLE = [MOSQUITTO, RECORDER, *map(whole_file, ExportFormat)]
PIECES = [b"\0", b'"', b",", b"{", b"}", b"\xff", b"\n", b"9" * 20, b"null", b"[", b"-1", b"\\ud800"]


@given(
    st.sampled_from(WHOLE), st.lists(st.tuples(st.floats(0, 0.999), st.sampled_from(PIECES), st.booleans()), min_size=1)
)
def test_damage_anywhere_is_survived_or_refused(
    tmp_path: Path, whole: bytes, damage: list[tuple[float, bytes, bool]]
) -> None:
    content = bytearray(whole)
    for part, piece, instead in damage:
        at = int(part * len(content))
        content[at : at + instead] = piece
    path = tmp_path / "damaged"
    path.write_bytes(content)
    encoder = LineEncoder()
    with suppress(SessionFileError):
        source = source_for(path, ZoneInfo("UTC"))
        for item in source.items():
            encoder.encode([item]) if isinstance(item, Message) else encode_event(item)
        encode_metadata(source.metadata(NS, NS))
        assert all(text.endswith(".") for text in (*source.assumptions(), *source.problems()))


def test_real_output_of_mosquitto_sub(tmp_path: Path, catalog: Catalog, broker: str, topic: str) -> None:
    port = broker.rpartition(":")[2]
    command = ["mosquitto_sub", "-p", port, "-t", f"{topic}/#", "-q", "2", "-V", "5", "-C", "2", "-W", "30", "-F", "%J"]
    with (tmp_path / "lines").open("wb") as output:
        subscriber = subprocess.Popen(command, stdout=output)
    try:
        while subscriber.poll() is None:  # the first ones may come before it has subscribed
            for payload in ('{"n": 12345}', "[ ]"):
                command = ["mosquitto_pub", "-p", port, "-V", "5", "-t", f"{topic}/x", "-m", payload, "-q", "2"]
                subprocess.run([*command, "-D", "publish", "user-property", "k", "v"], check=True)
    finally:
        subscriber.kill()
        subscriber.wait()
    found = read(catalog.import_file(tmp_path / "lines").entry.path)[1]
    assert sorted({one.payload for one in found}) == [b"[]", b'{"n":12345}']
    assert {(one.topic, one.qos, one.properties) for one in found} == {
        (f"{topic}/x", 2, Properties(user_properties=(("k", "v"),)))
    }
