"""Builders of valid values: a test states only what differs. And Hypothesis strategies for the same values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from core.message import LIVE, NS_PER_MICROSECOND, Message, Properties
from core.topics import why_invalid_topic
from store.events import Event, EventKind
from store.metadata import SessionMetadata, Status, new_metadata
from store.reader import SessionReader
from store.writer import SessionWriter
from tests.any_properties import properties_with

START_NS = 1_756_226_334_183_763_000
"""2025-08-26T16:38:54.183763Z."""


def message(
    topic: str = "ccu/order/request",
    payload: bytes = b'{"type":"WHITE"}',
    *,
    qos: int = 1,
    retain: int = LIVE,
    offset_s: float = 0.0,
    at_ns: int | None = None,
    properties: Properties | None = None,
) -> Message:
    """A message, `offset_s` seconds after START_NS (in whole microseconds) unless `at_ns` is given."""
    if at_ns is None:
        at_ns = START_NS + round(offset_s * 1_000_000) * NS_PER_MICROSECOND
    return Message(topic, payload, qos, retain, at_ns, properties)


def messages(count: int, topics: Sequence[str] = ("a/b", "a/c"), step_s: float = 0.1) -> list[Message]:
    """`count` messages, `step_s` apart, on `topics` in turn, each with its own payload."""
    return [
        message(topics[number % len(topics)], f'{{"n":{number}}}'.encode(), offset_s=number * step_s)
        for number in range(count)
    ]


def metadata(name: str = "A session", **fields: Any) -> SessionMetadata:
    """Metadata of a session in progress that began at START_NS."""
    return new_metadata(**{"name": name, "started_ns": START_NS, "status": Status.IN_PROGRESS, **fields})


def event(text: str = "", *, kind: EventKind = EventKind.MARK, offset_s: float = 0.0, **data: object) -> Event:
    """An event, `offset_s` seconds after START_NS."""
    return Event(START_NS + round(offset_s * 1_000_000) * NS_PER_MICROSECOND, kind, text, data or None)


def session(
    folder: Path,
    content: Sequence[Message] = (),
    events: Sequence[Event] = (),
    *,
    name: str = "A session",
    **fields: Any,
) -> Path:
    """A finished session in `folder`; returns its `.db`."""
    writer = SessionWriter.create(folder, metadata(name))
    writer.write(content)
    for one in events:
        writer.add_event(one)
    end = max((one.at_ns for one in content), default=START_NS)
    writer.close(metadata(name, **{"id": writer.metadata.id, "status": Status.COMPLETED, "ended_ns": end, **fields}))
    return writer.db_path


def crashed(folder: Path, content: Sequence[Message] = (), *, name: str = "A session", **fields: Any) -> Path:
    """A session whose recorder died; returns its `.db`."""
    writer = SessionWriter.create(folder, metadata(name, **fields))
    writer.write(content)
    writer.abandon()
    return writer.db_path


def read(db: Path) -> tuple[SessionMetadata, list[Message], list[Event]]:
    """All that a session holds."""
    with SessionReader.open(db) as reader:
        return reader.metadata, list(reader.stream()), reader.events()


_text = st.text(st.characters(codec="utf-8"), max_size=30)
_times = st.integers(START_NS - 10**15, START_NS + 10**15)

topics = st.one_of(
    st.sampled_from(["a", "a/b", "a/b/c", "/", "$SYS/x", 'quote"/<b>', "ü/😀", "sep\u2028\x85"]),
    _text.filter(lambda text: why_invalid_topic(text) is None),
)
payloads = st.one_of(
    st.binary(max_size=60),
    _text.map(str.encode),
    st.sampled_from([b"", b"\xff\xfe", b"\xed\xa0\x80", b"a\0b", b'\\"\n']),
)
properties = properties_with(_text).filter(lambda found: found != Properties())

any_message = st.builds(
    Message,
    topic=topics,
    payload=payloads,
    qos=st.sampled_from([0, 1, 2]),
    retain=st.sampled_from([0, 1, 2]),
    at_ns=st.one_of(_times, _times.map(lambda at: at - at % NS_PER_MICROSECOND), st.integers(-(2**62), 2**62)),
    properties=st.none() | properties,
)
any_messages = st.lists(any_message, max_size=12)
any_event = st.builds(
    Event,
    at_ns=_times,
    kind=st.sampled_from(EventKind),
    text=_text,
    data=st.none() | st.dictionaries(_text, st.none() | st.booleans() | st.integers() | _text, max_size=3),
)
any_metadata = st.builds(
    lambda name, note, tags, extra: metadata(name, note=note, tags=tags, extra=extra, started_ns=START_NS),
    _text,
    _text,
    st.lists(_text, max_size=3),
    st.dictionaries(_text, st.integers() | _text | st.lists(_text, max_size=2), max_size=2),
)
