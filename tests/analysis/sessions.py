"""Builders of small sessions on disk: a test says only what matters to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st

from core.message import LIVE, NS_PER_SECOND, Message
from store.events import Event
from store.metadata import Status, new_metadata
from store.reader import SessionReader
from store.writer import SessionWriter

START_NS = 1_786_093_887 * NS_PER_SECOND
"""2026-08-07 09:11:27 UTC."""
SECOND = NS_PER_SECOND


def message(topic: str = "a/b", at_s: float = 0.0, payload: bytes = b"1", qos: int = 0, retain: int = LIVE) -> Message:
    """A message `at_s` seconds after the session's start."""
    return Message(topic, payload, qos, retain, START_NS + round(at_s * SECOND))


def write_session(
    folder: Path, messages: Sequence[Message], events: Sequence[Event] = (), ended_s: float | None = None
) -> Path:
    """A finished session; without `ended_s` it ends with its last message."""
    last_ns = max((each.at_ns for each in messages), default=START_NS)
    ended_ns = last_ns if ended_s is None else START_NS + round(ended_s * SECOND)
    metadata = new_metadata("A session", START_NS, source="Line 1", status=Status.IN_PROGRESS)
    writer = SessionWriter.create(folder, metadata)
    writer.write(messages)
    for event in events:
        writer.add_event(event)
    writer.close(metadata.with_changes(status=Status.COMPLETED, ended_ns=ended_ns))
    return writer.db_path


@contextmanager
def session(
    messages: Sequence[Message], events: Sequence[Event] = (), ended_s: float | None = None
) -> Iterator[SessionReader]:
    """A finished session, opened; gone afterwards."""
    with (
        TemporaryDirectory() as folder,
        SessionReader.open(write_session(Path(folder), messages, events, ended_s)) as it,
    ):
        yield it


HOSTILE_TOPICS = (
    'he said "hi"',
    "<b>bold</b>&amp;",
    "a/<img src=x onerror=alert(1)>",
    "it's/ä/😀",
    "%{x}/$y$",
    "'; DROP",
)
TOPICS = st.sampled_from(("a", "a/b", "a/c", "/a", "b/1/x", *HOSTILE_TOPICS))
MICROSECONDS = st.integers(min_value=-2_000_000, max_value=30_000_000)
"""Offsets: a few before the session's start, the rest within half a minute."""


@st.composite
def message_lists(draw: st.DrawFn, max_size: int = 40) -> list[Message]:
    """Messages in the order of their arrival, some at the same instant."""
    offsets = sorted(draw(st.lists(MICROSECONDS, max_size=max_size)))
    return [
        Message(
            topic=draw(TOPICS),
            payload=draw(st.binary(max_size=20)),
            qos=draw(st.integers(0, 2)),
            retain=draw(st.integers(0, 2)),
            at_ns=START_NS + offset * 1_000,
        )
        for offset in offsets
    ]
