"""The retained state of a session after any message is what a broker makes of the messages up to it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.message import FROM_DUMP, LIVE, LIVE_RETAINED, Message, Properties
from replay.keyframes import Keyframes
from replay.program import program_of
from replay.status import ReplayRequest
from store.catalog import Catalog
from store.parts import open_session
from store.pieces import LAST_ID
from store.query import MessageQuery
from store.reading import Reader
from store.writer import SessionWriter
from tests.builders import metadata
from tests.replay.sessions import START_NS, message, session
from tests.replay.states import contents, last_retained
from tests.store.test_parts import split_session

EVERYTHING = MessageQuery()
queries = st.sampled_from(
    [
        EVERYTHING,
        MessageQuery(include=("a/#",)),
        MessageQuery(exclude=("a/b",), end_ns=START_NS + 8),
        MessageQuery(start_ns=START_NS + 3),
        MessageQuery(include=("nothing/here",)),
    ]
)


@contextmanager
def reading(parts: Sequence[Sequence[Message]]) -> Iterator[Reader]:
    """A session in one piece, or in several."""
    with tempfile.TemporaryDirectory() as folder:
        path = session(Path(folder), parts[0]) if len(parts) == 1 else split_session(Path(folder) / "parts", parts)
        with open_session(path) as reader:
            yield reader


def retained(keyframes: Keyframes, through_id: int) -> list[Message]:
    return [stored.message for stored in keyframes.retained_through(through_id)]


def last_of_each(messages: Sequence[Message]) -> list[Message]:
    """The last message of each topic, in order."""
    return [
        one for number, one in enumerate(messages) if one.topic not in {later.topic for later in messages[number + 1 :]}
    ]


def chosen(query: MessageQuery, messages: Sequence[Message]) -> list[Message]:
    """Those that `query` matches."""
    return [
        one
        for one in messages
        if query.wants_topic(one.topic)
        and (query.start_ns is None or one.at_ns >= query.start_ns)
        and (query.end_ns is None or one.at_ns < query.end_ns)
    ]


@given(
    parts=st.lists(contents, min_size=1, max_size=3),
    query=queries,
    asked=st.lists(st.integers(0, 50), min_size=1, max_size=4),
    spacing=st.integers(1, 6),
    max_ids=st.integers(1, 12),
    flagged=st.booleans(),
)
def test_the_state_after_any_message_is_that_of_the_messages_up_to_it(
    parts: list[list[Message]], query: MessageQuery, asked: list[int], spacing: int, max_ids: int, flagged: bool
):
    """Whatever was asked before, wherever the keyframes lie, however few may be kept, and if recorded times go back.

    Also where all is published with the retain flag, however it was recorded.
    """
    content = [one for part in parts for one in part]
    with reading(parts) as reader:
        keyframes = Keyframes(reader, query, spacing, max_ids, flagged=flagged)
        for through_id in asked:
            before = chosen(query, content[:through_id])
            assert retained(keyframes, through_id) == (last_retained(before) if flagged else last_of_each(before))


def test_what_a_topic_lost_is_told_by_its_deletion(tmp_path: Path):
    with open_session(
        session(tmp_path, [message(0, "a", b"1", retain=LIVE_RETAINED), message(1, "a", retain=1)])
    ) as it:
        found = retained(Keyframes(it, EVERYTHING), LAST_ID)
    assert [(one.topic, one.payload, one.retain) for one in found] == [("a", b"", LIVE_RETAINED)]


@pytest.mark.parametrize(("at_s", "left"), [(3.5, 9), (11.9, 1), (12, None), (40, None)])
def test_a_message_that_expires_is_there_for_as_long_as_the_broker_kept_it(
    tmp_path: Path, at_s: float, left: int | None
):
    """With what is left of its time; after that its topic is empty."""
    expires = Properties(message_expiry_interval=10, content_type="text/plain")
    content = [message(2, "a", b"1", retain=LIVE_RETAINED, properties=expires), message(50, "b", retain=FROM_DUMP)]
    path = session(tmp_path, content)
    with open_session(path) as reader:
        (found,) = program_of(ReplayRequest(path), [reader]).retained_before(round(at_s * 10**9))
    if left is None:
        assert (found.payload, found.properties, found.retained) == (b"", None, True)
    else:
        assert found == content[0]._replace(properties=Properties(None, left, "text/plain"))


def test_a_running_recording_may_add_messages(tmp_path: Path):
    writer = SessionWriter.create(tmp_path, metadata())
    writer.write([message(number, "a", b"%d" % number, retain=LIVE_RETAINED) for number in range(5)])
    with open_session(writer.db_path) as reader:
        keyframes = Keyframes(reader, EVERYTHING, spacing=2)
        assert [one.payload for one in retained(keyframes, LAST_ID)] == [b"4"]
        writer.write([message(6, "a", b"6", retain=LIVE_RETAINED), message(7, "b", b"7", retain=LIVE)])
        assert [one.payload for one in retained(keyframes, LAST_ID)] == [b"6"]
    writer.close(writer.metadata)


def test_few_message_ids_are_kept_of_a_long_session(tmp_path: Path):
    """Memory stays bounded: the keyframes lie further apart instead."""
    content = [message(number, f"t/{number % 50}", b"x", retain=LIVE_RETAINED) for number in range(2_000)]
    with open_session(session(tmp_path, content)) as reader:
        keyframes = Keyframes(reader, EVERYTHING, spacing=10, max_ids=400)
        assert len(retained(keyframes, LAST_ID)) == 50
        assert sum(len(one.ids) for one in keyframes._built()) <= 400
        assert len(keyframes._built()) > 1


@pytest.mark.real_data
@pytest.mark.parametrize("file", ["default_test_session.db", "production-white_20260303_081127.log"])
def test_the_state_after_any_message_of_a_real_recording(real_recordings: Path, tmp_path: Path, file: str):
    """Of those that have retained messages among the others."""
    path = Catalog(tmp_path).import_file(real_recordings / file, timezone="Europe/Berlin").entry.path
    with open_session(path) as reader:
        content = list(reader.stream())
        keyframes = Keyframes(reader, EVERYTHING, spacing=50)
        for through_id in range(0, len(content) + 25, 25):
            assert retained(keyframes, through_id) == last_retained(content[:through_id])
        assert retained(keyframes, LAST_ID)
