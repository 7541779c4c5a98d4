"""What counts as stored in bridge mode: what was fetched before SUBSCRIBE, once, and nothing where that is not sure."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from core.errors import BrokerError
from core.message import LIVE_RETAINED, Message
from mqtt.dump import Dump

PATIENCE = 30.0


def retained(topic: str, payload: bytes, qos: int = 1) -> Message:
    return Message(topic, payload, qos, LIVE_RETAINED, 0)


class Fetched:
    """A dump that knows what it fetched for `a/#`; `before`: what was subscribed already."""

    def __init__(self, *stored: Message, before: str = "", problem: BrokerError | None = None) -> None:
        self.stored, self.problem = stored, problem
        self.live = {before}
        self.fetched = threading.Event()
        self.dump = Dump(self.fetch, self.live.__contains__, self.fetched.set)
        assert not self.dump.is_known(("a/#",))
        assert self.fetched.wait(PATIENCE)
        assert self.dump.is_known(("a/#",))
        self.live |= {"a/b", "a/c"}  # SUBACK

    def fetch(self, filters: Sequence[str], _: float) -> list[Message]:
        assert filters == ("a/#",)
        if self.problem is not None:
            raise self.problem
        return list(self.stored)

    def stored_among(self, *messages: Message) -> list[bool]:
        return [self.dump.is_stored(message) for message in messages]


def test_each_stored_message_is_expected_once():
    one, other = retained("a/b", b"1"), retained("a/c", b"1")
    assert Fetched(one, other).stored_among(one, one, other, other) == [True, False, True, False]


def test_it_may_come_with_a_lower_qos_but_not_with_a_higher_one():
    assert Fetched(retained("a/b", b"1", 2)).stored_among(retained("a/b", b"1", 0)) == [True]
    assert Fetched(retained("a/b", b"1", 0)).stored_among(retained("a/b", b"1", 1)) == [False]


def test_where_another_message_comes_first_nothing_is_left_out():
    old, new = retained("a/b", b"old"), retained("a/b", b"new")
    assert Fetched(old).stored_among(new, old, new) == [False, False, False]


def test_on_a_topic_that_was_subscribed_before_the_live_message_is_what_is_stored_then():
    old, new, gone = retained("a/b", b"old"), retained("a/b", b"new"), retained("a/b", b"")
    assert Fetched(old, before="a/b").stored_among(new, new, old) == [False, True, False]
    assert Fetched(old, before="a/b").stored_among(gone, old) == [False, False]


def test_what_was_heard_while_it_was_fetched_is_what_is_stored_then():
    old, new = retained("a/b", b"old"), retained("a/b", b"new")
    fetched = Fetched(old)
    fetched.fetched.clear()
    assert not fetched.dump.is_known(("a/#",))
    assert not fetched.dump.is_stored(new)
    assert fetched.fetched.wait(PATIENCE)
    assert fetched.dump.is_known(("a/#",))
    assert fetched.stored_among(new, old) == [True, False]


def test_what_comes_before_suback_or_where_flags_are_not_published_is_stored():
    fetched = Fetched()
    assert fetched.stored_among(retained("other", b"1"), retained("a/b", b"1")) == [True, False]


def test_what_cannot_be_fetched_is_an_error():
    with pytest.raises(BrokerError, match="no rights"):
        Fetched(problem=BrokerError("no rights"))


def test_what_was_fetched_for_another_connection_or_other_filters_does_not_count():
    fetched = Fetched(retained("a/b", b"1"))
    fetched.dump.attach()
    fetched.fetched.clear()
    assert not fetched.dump.is_known(("a/#",))
    assert fetched.fetched.wait(PATIENCE)
    fetched.dump.attach()
    fetched.fetched.clear()
    assert not fetched.dump.is_known(("a/#",))
    assert fetched.fetched.wait(PATIENCE)
    assert fetched.dump.is_known(("a/#",))
