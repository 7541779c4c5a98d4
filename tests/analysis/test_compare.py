"""Two sessions side by side: their topics and their course."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import key_messages
from analysis.compare import TopicChange, TopicPair, topic_pairs
from analysis.json_values import Leaf, leaves
from analysis.key_messages import course, words_of
from core.message import Message
from store.query import EVERYTHING, MessageQuery
from tests.analysis.sessions import START_NS, message, session


def every(seconds: float, count: int, topic: str) -> list[Message]:
    return [message(topic, seconds * number) for number in range(count)]


def by_topic(left: list[Message], right: list[Message], query: MessageQuery = EVERYTHING) -> dict[str, TopicPair]:
    with session(sorted(left, key=at), ended_s=100) as one, session(sorted(right, key=at), ended_s=50) as other:
        return {pair.topic: pair for pair in topic_pairs(one, other, query)}


def at(one: Message) -> int:
    return one.at_ns


def test_topics_appear_vanish_and_change_their_rate():
    left = [*every(1, 100, "same"), *every(10, 10, "gone"), *every(1, 100, "slower"), *every(20, 5, "few")]
    right = [*every(1, 50, "same"), *every(10, 5, "new"), *every(5, 10, "slower"), *every(10, 5, "few")]
    found = by_topic(left, right)
    assert {topic: pair.change for topic, pair in found.items()} == {
        "same": TopicChange.ALIKE,  # half the messages in half the time
        "gone": TopicChange.VANISHED,
        "new": TopicChange.APPEARED,
        "slower": TopicChange.QUIETER,
        "few": TopicChange.ALIKE,  # twice the rate, but of five messages
    }
    assert (found["slower"].left_rate, found["slower"].right_rate, found["slower"].ratio) == (1.0, 0.2, 0.2)
    assert found["new"].ratio is None


def test_only_what_is_in_view_counts():
    left, right = every(1, 100, "a"), every(1, 50, "b")
    stretch = MessageQuery(exclude=("b",), start_ns=START_NS + 10**10, end_ns=START_NS + 3 * 10**10)
    (pair,) = by_topic(left, right, stretch).values()
    assert (pair.left_messages, pair.left_rate, pair.right_messages) == (20, 1.0, 0)


def states(*words: str, topic: str = "m") -> list[Message]:
    return [message(topic, place, json.dumps({"state": word, "n": place}).encode()) for place, word in enumerate(words)]


def test_the_course_is_aligned_and_its_first_difference_marked():
    left, right = states("IDLE", "RUNNING", "RUNNING", "FINISHED"), states("IDLE", "FAILED", "FINISHED")
    with session(left) as one, session(right) as other:
        found = course(one, other, words_of)
    labels = [(step.left and step.left.label, step.right and step.right.label) for step in found.steps]
    assert labels == [
        ("m: state IDLE", "m: state IDLE"),
        ("m: state RUNNING", None),  # a state that is told twice counts once
        (None, "m: state FAILED"),
        ("m: state FINISHED", "m: state FINISHED"),
    ]
    assert (found.first_difference, found.common, found.cut) == (1, 2, False)


def test_a_course_that_is_too_long_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(key_messages, "MAX_KEY_MESSAGES", 3)
    with session(states("AA", "BB", "CC", "DD", "EE")) as one, session(states("AA", "BB")) as other:
        found = course(one, other, words_of)
    assert (len(found.steps), found.cut, found.first_difference) == (3, True, 2)


@pytest.mark.parametrize("payload", [b"", b"1", b"{", b"\xff", b"[" * 9_000, b'{"a":"idle"}', b'{"a":NaN}'])
def test_a_message_without_words_is_no_key_message(payload: bytes):
    assert words_of(message(payload=payload)) is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", min_size=1, max_size=2), inner, max_size=3)
    ),
    max_leaves=12,
)


def naive(value: object, path: str = "") -> list[Leaf]:
    if isinstance(value, dict):
        return [leaf for name, one in value.items() for leaf in naive(one, f"{path}.{name}" if path else name)]
    if isinstance(value, list):
        return [leaf for one in value for leaf in naive(one, f"{path}[]")]
    return [] if value is None else [Leaf(path, value)]  # type: ignore[arg-type]


@given(VALUES)
def test_the_values_of_a_payload_come_in_their_order_with_their_places(value: object):
    assert list(leaves(json.dumps(value).encode())) == naive(value)
