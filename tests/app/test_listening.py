"""Visitors hear what they have chosen; what nobody looks at any more is not subscribed any longer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import cast

import pytest

from app.listening import LEASE_S, MAX_TOPICS, NEWEST, STORED_S, Listening
from core.clock import ManualClock
from core.errors import BrokerError
from core.message import FROM_DUMP, NS_PER_SECOND, Message
from core.ports import ConnectionState, ConnectionStatus, Listener
from core.topics import matches
from mqtt.buffers import MAX_MESSAGES
from mqtt.client import SharedClient


class Client:
    """Counts subscriptions, and has these messages in its buffers."""

    def __init__(self) -> None:
        self.wanted: Counter[str] = Counter()
        self.messages: list[Message] = []
        self.stored: list[Message] = []
        self.listeners: list[tuple[Sequence[str], Listener]] = []
        self.asked = 0
        self.empty: set[str] = set()
        """Filters whose buffers have nothing yet."""
        self.status = ConnectionStatus(ConnectionState.CONNECTED, "mqtt://x")

    def subscribe_many(self, filters: Sequence[str], qos: int = 1) -> None:
        self.wanted.update(filters)

    def unsubscribe_many(self, filters: Sequence[str]) -> None:
        self.wanted.subtract(filters)

    def subscribe_listener(self, filters: Sequence[str], listener: Listener) -> Callable[[], None]:
        self.wanted.update(filters)
        self.listeners.append((filters, listener))

        def undo() -> None:
            self.wanted.subtract(filters)
            self.listeners.remove((filters, listener))

        return undo

    def say(self, *messages: Message) -> None:
        """They come: to the listeners, and into the buffers, as far as these reach."""
        self.messages = [*self.messages, *messages][-MAX_MESSAGES:]
        for filters, listener in list(self.listeners):
            listener([one for one in messages if any(matches(each, one.topic) for each in filters)])

    def get_buffer(self, topic_filter: str) -> list[Message]:
        matching = [message for message in self.messages if matches(topic_filter, message.topic)]
        return [] if topic_filter in self.empty else matching

    def connection(self) -> ConnectionStatus:
        return self.status

    def fetch_retained(self, filters: Sequence[str], timeout: float) -> list[Message]:
        assert timeout <= STORED_S
        self.asked += 1
        if not self.stored:
            raise BrokerError("It takes too long.")
        return [message for message in self.stored if any(matches(one, message.topic) for one in filters)]

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


def test_another_choice_forgets_nothing_that_it_wants_too(listening: Listening, client: Client) -> None:
    client.messages = [said("a/one", 1), said("b/two", 2), said("c", 3)]
    listening.hear("me", shared(client), ["a/#", "b/#"])
    client.empty, client.stored = {"+/two", "c"}, [stored("a/one"), stored("b/two"), stored("c")]
    heard = listening.hear("me", shared(client), ["+/two", "c"])
    assert [one.at_ns for one in heard.newest] == [2]
    assert {topic: one.at_ns for topic, one in heard.by_topic.items()} == {"b/two": 2, "c": 99}
    client.empty = set()
    assert [one.at_ns for one in listening.hear("me", shared(client), ["+/two", "c"]).newest] == [3, 2]
    assert not listening.hear("me", shared(Client()), ["+/two", "c"]).newest


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


@pytest.mark.parametrize("paused", [False, True])
def test_what_comes_between_two_looks_is_known_however_much_it_is(
    listening: Listening, client: Client, paused: bool
) -> None:
    client.messages = [said("a/seldom")]
    listening.hear("me", shared(client), ["#"])
    client.say(said("a/seldom", 1), *(said("a/often", 2 + at) for at in range(MAX_MESSAGES)))
    seen = listening.hear("me", shared(client), ["#"], paused=paused)
    assert seen.by_topic["a/seldom"].at_ns == (0 if paused else 1)
    assert listening.hear("me", shared(client), ["#"]).by_topic["a/seldom"].at_ns == 1


def test_who_has_gone_hears_nothing_any_more(listening: Listening, client: Client, clock: ManualClock) -> None:
    listening.hear("me", shared(client), ["a"])
    listening.hear("me", shared(client), ["b"])
    assert [filters for filters, _ in client.listeners] == [("b",)]
    listening.hear("me", shared(client), [])
    assert client.listeners == []
    listening.hear("me", shared(client), ["c"])
    clock.advance(round((LEASE_S + 1) * NS_PER_SECOND))
    listening.drop_silent()
    assert (client.listeners, client.held) == ([], set())


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


def stored(topic: str, payload: bytes = b"old") -> Message:
    return Message(topic, payload, 1, FROM_DUMP, 99)


def test_what_the_broker_stores_is_known_until_something_is_heard(listening: Listening, client: Client) -> None:
    client.stored = [stored("a/b"), stored("a/c"), stored("other")]
    heard = listening.hear("me", shared(client), ["a/#"])
    assert (heard.newest, [one.topic for one in heard.stored]) == ((), ["a/b", "a/c"])
    client.messages = [said("a/b", 1)]
    heard = listening.hear("me", shared(client), ["a/#"])
    assert [one.topic for one in heard.stored] == ["a/c"]
    assert heard.by_topic["a/b"].at_ns == 1
    assert client.asked == 1


def test_the_broker_is_asked_again_after_a_reconnection(listening: Listening, client: Client) -> None:
    client.status = ConnectionStatus(ConnectionState.DISCONNECTED, "mqtt://x")
    client.stored = [stored("a"), stored("b")]
    assert not listening.hear("me", shared(client), ["#"]).by_topic
    client.status = ConnectionStatus(ConnectionState.CONNECTED, "mqtt://x")
    client.messages = [said("b", 1)]
    listening.hear("me", shared(client), ["#"])
    client.stored, client.messages = [stored("a", b"new"), stored("b", b"new")], []  # the buffer has forgotten it
    client.status = replace(client.status, reconnects=1)
    heard = listening.hear("me", shared(client), ["#"])
    assert (heard.by_topic["a"].payload, heard.by_topic["b"].payload) == (b"new", b"x")


def test_a_broker_that_does_not_tell_what_it_stores_is_said_and_not_asked_each_second(
    listening: Listening, client: Client
) -> None:
    for _ in range(3):
        heard = listening.hear("me", shared(client), ["#"])
    assert heard.why_not_stored == "What the broker stores is not shown: It takes too long."
    assert client.asked == 1
