"""What a subscriber is told before the first message: from the session, or from a folder."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageError
from core.message import FROM_DUMP, LIVE, LIVE_RETAINED, Message, Properties
from replay.preload import preload_files, preload_message, state_then
from store.parts import open_session
from store.query import MessageQuery
from store.reading import Reader
from tests.brokers import ROOT
from tests.replay.sessions import START_NS, message, session
from tests.replay.states import before, contents, last_retained, moments
from tests.replay.test_keyframes import reading

EVERYTHING = MessageQuery()


def last_messages(reader: Reader, query: MessageQuery, before_ns: int) -> list[Message]:
    return state_then(reader, query, before_ns).messages


def last_of_each(messages: list[Message]) -> list[Message]:
    found: dict[str, Message] = {}
    for one in messages:
        found.pop(one.topic, None)
        found[one.topic] = one
    return list(found.values())


@given(content=contents, at_ns=moments)
def test_it_is_the_last_message_of_each_topic_and_the_last_that_was_stored(content: list[Message], at_ns: int):
    """In the order of the session; where the broker stores nothing any more, nothing is sent to be stored."""
    with reading([content]) as reader:
        found = last_messages(reader, EVERYTHING, at_ns)
    earlier = before(content, at_ns)
    stored, last = last_retained(earlier), last_of_each(earlier)
    wanted = {id(one) for one in (*stored, *last) if one.payload or not one.retained}
    assert found == [one for one in earlier if id(one) in wanted]


def test_a_message_at_the_moment_itself_is_not_before_it(tmp_path: Path):
    with open_session(session(tmp_path, [message(1, "a", b"1"), message(2, "a", b"2")])) as reader:
        assert [one.payload for one in last_messages(reader, EVERYTHING, START_NS + 2 * 10**9)] == [b"1"]
        assert last_messages(reader, EVERYTHING, START_NS + 10**9) == []


def test_only_chosen_topics_are_told_and_only_what_lies_in_the_range(tmp_path: Path):
    content = [message(1, "a/x", b"1"), message(2, "a/y", b"2"), message(3, "b", b"3"), message(4, "a/z", b"4")]
    query = MessageQuery(include=("a/#",), exclude=("a/x",), end_ns=START_NS + 4 * 10**9)
    with open_session(session(tmp_path, content)) as reader:
        assert [one.payload for one in last_messages(reader, query, START_NS + 10**11)] == [b"2"]
        assert last_messages(reader, MessageQuery(include=("c",)), START_NS + 10**11) == []


def test_a_stored_message_that_has_expired_is_not_told_but_a_live_one_is(tmp_path: Path):
    """Who was there has seen the live one, and its time is that for delivering it."""
    soon = Properties(message_expiry_interval=1)
    content = [message(1, "a", b"1", retain=FROM_DUMP, properties=soon), message(1, "b", b"2", properties=soon)]
    with open_session(session(tmp_path, content)) as reader:
        assert last_messages(reader, EVERYTHING, START_NS + 10**10) == content[1:]


def test_many_topics_are_told_each_with_its_last_message(tmp_path: Path):
    """Most of them at the very beginning, more than are looked for by name."""
    rare = [message(0, f"rare/{number}", b"%d" % number) for number in range(5_100)]
    busy = [message(1 + number / 1_000, f"busy/{number % 7}", b"%d" % number) for number in range(50_100)]
    with open_session(session(tmp_path, [*rare, *busy])) as reader:
        assert last_messages(reader, EVERYTHING, START_NS + 10**12) == [*rare, *busy[-7:]]
        few = MessageQuery(include=("rare/+", "busy/3"), exclude=("rare/1",))
        assert len(last_messages(reader, few, START_NS + 10**12)) == 5_100


def write(folder: Path, name: str, value: object) -> Path:
    path = folder / name
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def test_each_file_of_a_folder_is_a_message_sorted_by_name(tmp_path: Path):
    write(
        tmp_path, "2.json", {"topic": "a/ü", "payload": {"n": 1.0, "text": "ü", "deep": [None, True]}, "retain": True}
    )
    write(tmp_path, "1.JSON", {"topic": "b", "payload": '{ "as": "it is" }', "qos": 2, "retain": False, "type": "x"})
    write(tmp_path, "3.json", "\ufeff" + json.dumps({"topic": "c", "payload": ""}))
    write(tmp_path, "notes.txt", "not a message")
    write(tmp_path, ".hidden.json", "neither")
    (tmp_path / "folder.json").mkdir()
    found = preload_files(tmp_path)
    assert [one.name for one in found] == ["1.JSON", "2.json", "3.json"]
    assert [one.message for one in found] == [
        Message("b", b'{ "as": "it is" }', 2, LIVE, 0),
        Message("a/ü", '{"n":1.0,"text":"ü","deep":[null,true]}'.encode(), 1, LIVE_RETAINED, 0),
        Message("c", b"", 1, LIVE, 0),
    ]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(payload=json_values)
def test_a_payload_that_is_no_text_is_sent_as_the_same_json(payload: object, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("preload")
    try:
        write(folder, "a.json", {"topic": "a", "payload": payload})
    except UnicodeEncodeError:
        return
    assert json.loads(preload_files(folder)[0].message.payload) == payload


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "is not valid JSON"),
        ("[]", "it must be an object like"),
        ({"payload": {}}, "it has no 'topic'"),
        ({"topic": 7, "payload": {}}, "it has no 'topic'"),
        ({"topic": "a/#", "payload": {}}, "'a/#' is not a topic name"),
        ({"topic": "", "payload": {}}, "must not be empty"),
        ({"topic": "a"}, "it has no 'payload'"),
        ({"topic": "a", "payload": {}, "qos": 3}, "its 'qos' must be 0, 1 or 2, not 3"),
        ({"topic": "a", "payload": {}, "qos": True}, "its 'qos' must be 0, 1 or 2, not true"),
        ({"topic": "a", "payload": {}, "qos": "1"}, "its 'qos' must be 0, 1 or 2, not \"1\""),
        ({"topic": "a", "payload": {}, "qos": [1]}, "its 'qos' must be 0, 1 or 2"),
        ({"topic": "a", "payload": {}, "retain": 1}, "its 'retain' must be true or false, not 1"),
        ('{"topic": "a", "payload": NaN}', "NaN is no number"),
        ('{"topic": "a", "payload": {"n": 1e999}}', "a number in its payload is larger than JSON can say"),
        ('{"topic": "a", "payload": "\\ud800"}', "not valid Unicode"),
        ("[" * 100_000, "is not valid JSON"),
    ],
)
def test_a_file_that_is_no_message_is_named_with_the_reason(tmp_path: Path, content: object, reason: str):
    write(tmp_path, "good.json", {"topic": "a", "payload": {}})
    path = write(tmp_path, "wrong.json", content)
    with pytest.raises(UsageError) as caught:
        preload_files(tmp_path)
    assert str(path) in str(caught.value)
    assert reason in str(caught.value)


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path):
    (tmp_path / "latin.json").write_bytes('{"topic": "a", "payload": "ü"}'.encode("latin-1"))
    with pytest.raises(UsageError, match=r"latin\.json is not valid JSON"):
        preload_files(tmp_path)


def test_a_folder_that_is_missing_empty_or_a_file_is_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        preload_files(tmp_path / "missing")
    with pytest.raises(UsageError, match=r"There is no \.json file"):
        preload_files(tmp_path)
    with pytest.raises(UsageError, match="cannot be read: Not a directory"):
        preload_files(write(tmp_path, "a.json", {}))


def test_a_single_message_is_chosen_by_its_name(tmp_path: Path):
    """The other files may be anything: only this one is read."""
    write(tmp_path, "one.json", {"topic": "a", "payload": "1"})
    broken = write(tmp_path, "broken.json", "{")
    assert preload_message(tmp_path, "one").payload == b"1"
    assert preload_message(tmp_path, "one.json").topic == "a"
    with pytest.raises(UsageError, match=r"broken\.json is not valid JSON"):
        preload_message(tmp_path, "broken")
    broken.unlink()
    for name in ("two", f"..{os.sep}{tmp_path.name}{os.sep}one", ""):
        with pytest.raises(UsageError, match=r"choose one of one\.json"):
            preload_message(tmp_path, name)


@pytest.mark.real_data
def test_the_preload_messages_of_the_real_factory_are_read(real_recordings: Path):
    folder = real_recordings / "preload"
    if not folder.is_dir():
        pytest.skip(f"there is no {folder}")
    files = preload_files(folder)
    assert len(files) == len(list(folder.glob("*.json")))
    for file in files:
        written = json.loads((folder / file.name).read_text("utf-8"))
        assert (file.message.topic, file.message.qos) == (written["topic"], written["qos"])
        assert file.message.retained is written["retain"]
        assert json.loads(file.message.payload) == written["payload"]
        assert preload_message(folder, file.name) == file.message


def test_the_folder_that_is_shipped_can_be_sent():
    found = {one.name: one.message for one in preload_files(ROOT / "data" / "preload")}
    assert sorted(found) == ["order-red.json", "order-white.json", "warehouse-offline.json", "warehouse-online.json"]
    assert (found["order-red.json"].topic, found["order-red.json"].retained) == ("ccu/order/request", False)
    assert found["warehouse-offline.json"].retained


def test_what_was_deleted_until_then_is_known_with_the_state(tmp_path: Path):
    """Also what has expired: a broker forgets it. What was stored again later is no deletion."""
    short = Properties(message_expiry_interval=1)
    content = [
        message(0, "gone", b"1", retain=LIVE_RETAINED),
        message(1, "gone", b"", retain=LIVE_RETAINED),
        message(1, "again", b"", retain=LIVE_RETAINED),
        message(2, "again", b"2", retain=LIVE_RETAINED),
        message(2, "expired", b"3", retain=LIVE_RETAINED, properties=short),
        message(2, "plain", b""),
        message(9, "again", b"", retain=LIVE_RETAINED),
    ]
    with open_session(session(tmp_path, content)) as reader:
        state = state_then(reader, EVERYTHING, START_NS + 8 * 10**9)
    assert [one.topic for one in state.messages] == ["again", "plain"]
    assert [(one.topic, one.payload) for one in state.deletions] == [("gone", b""), ("expired", b"")]
