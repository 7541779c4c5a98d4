"""Visitors hear what they have chosen; what nobody looks at any more is not subscribed any longer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import cast

import pytest

from app.listening import LEASE_S, MAX_TOPICS, NEWEST, Listening
from core.clock import ManualClock
from core.message import NS_PER_SECOND, Message
from core.topics import matches
from mqtt.client import SharedClient


class Client:
    """Counts subscriptions, and has these messages in its buffers."""

    def __init__(self) -> None:
        self.wanted: Counter[str] = Counter()
        self.messages: list[Message] = []

    def subscribe_many(self, filters: Sequence[str], qos: int = 1) -> None:
        self.wanted.update(filters)

    def unsubscribe_many(self, filters: Sequence[str]) -> None:
        self.wanted.subtract(filters)

    def get_buffer(self, topic_filter: str) -> list[Message]:
        return [message for message in self.messages if matches(topic_filter, message.topic)]

    @property
    def held(self) -> set[str]:
        return set((+self.wanted).elements())


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def listening(clock: ManualClock) -> Iterator[Listening]:
    found = Listening(clock)
    yield found
    found.stop()


@pytest.fixture
def client() -> Client:
    return Client()


def shared(client: Client) -> SharedClient:
    return cast("SharedClient", client)


def said(topic: str, at: int = 0) -> Message:
    return Message(topic, b"x", 0, 0, at)


def test_another_choice_ends_the_one_before(listening: Listening, client: Client) -> None:
    listening.hear("me", shared(client), ["a/#", "b"])
    listening.hear("you", shared(client), ["b"])
    listening.hear("me", shared(client), ["c"])
    assert client.held == {"b", "c"}


def test_what_two_filters_match_is_heard_once_and_in_order(listening: Listening, client: Client) -> None:
    client.messages = [said("a/b", 2), said("a/c", 1)]
    heard = listening.hear("me", shared(client), ["a/#", "a/b"])
    assert [message.topic for message in heard.newest] == ["a/b", "a/c"]


def test_the_last_value_of_a_topic_outlasts_the_buffer(listening: Listening, client: Client) -> None:
    client.messages = [said("a/seldom")]
    listening.hear("me", shared(client), ["#"])
    client.messages = [said("a/often", at) for at in range(NEWEST + 50)]
    heard = listening.hear("me", shared(client), ["#"])
    assert set(heard.by_topic) == {"a/seldom", "a/often"}
    assert len(heard.newest) == NEWEST
    assert heard.newest[0].at_ns == NEWEST + 49


def test_a_pause_keeps_what_was_heard(listening: Listening, client: Client) -> None:
    client.messages = [said("a")]
    before = listening.hear("me", shared(client), ["#"])
    client.messages = [said("a", 5)]
    assert listening.hear("me", shared(client), ["#"], paused=True) == before
    assert listening.hear("me", shared(client), ["#"]).newest[0].at_ns == 5


def test_who_does_not_look_any_more_is_forgotten(listening: Listening, client: Client, clock: ManualClock) -> None:
    listening.hear("gone", shared(client), ["a"])
    listening.hear("here", shared(client), ["b"])
    clock.advance(round((LEASE_S - 1) * NS_PER_SECOND))
    listening.hear("here", shared(client), ["b"])
    listening.drop_silent()
    assert client.held == {"a", "b"}
    clock.advance(2 * NS_PER_SECOND)
    listening.drop_silent()
    assert client.held == {"b"}


def test_topics_without_end_do_not_fill_the_memory(listening: Listening, client: Client) -> None:
    client.messages = [said(f"t/{number}", number) for number in range(MAX_TOPICS + 10)]
    heard = listening.hear("me", shared(client), ["#"])
    assert (len(heard.by_topic), heard.too_many) == (MAX_TOPICS, True)
