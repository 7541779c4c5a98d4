"""The broker's stored messages are fetched over a connection of its own, all of them, on both versions of MQTT."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from core.errors import BrokerError
from core.message import FROM_DUMP, LIVE, LIVE_RETAINED, Message, Properties
from mqtt import retained
from mqtt.client import SharedClient
from mqtt.connect import Protocol
from mqtt.environments import Environment
from tests.brokers import PrivateBroker
from tests.mqtt.listening import PATIENCE, Collected
from tests.mqtt.silent_server import silent_server

Clients = Callable[..., SharedClient]


@contextmanager
def stored(client: SharedClient, *messages: Message) -> Iterator[None]:
    """The broker has stored these; afterwards it forgets them."""
    assert client.publish_batch([one._replace(retain=LIVE_RETAINED) for one in messages]).wait(PATIENCE)
    try:
        yield
    finally:
        gone = [Message(one.topic, b"", 1, LIVE_RETAINED, 0) for one in messages]
        assert client.publish_batch(gone).wait(PATIENCE)


def test_each_stored_message_comes_once_as_it_was_published(protocol: Protocol, client_factory: Clients, topic: str):
    """With its QoS, and with MQTT 5 its properties; overlapping filters do not double it."""
    writer, client = client_factory(), client_factory(protocol=protocol)
    properties = Properties(content_type="text/plain", correlation_data=b"\0\xff")
    messages = [Message(f"{topic}/{qos}", b"%d" % qos, qos, FROM_DUMP, 0, properties) for qos in (0, 1, 2)]
    with stored(writer, *messages, Message(f"{topic}/other/x", b"", 1, 0, 0)):
        found = client.fetch_retained([f"{topic}/+", f"{topic}/0"], PATIENCE)
    expected = messages if protocol is Protocol.V5 else [one._replace(properties=None) for one in messages]
    assert sorted(one._replace(at_ns=0) for one in found) == expected
    assert all(one.at_ns > 0 for one in found)


def test_thousands_of_stored_messages_come_completely(
    protocol: Protocol, private_broker: Callable[..., PrivateBroker], client_factory: Clients
):
    """Far more than the broker sends without confirmation, so most of them queue."""
    environment = Environment("replay", private_broker(extra="max_inflight_messages 5").url, may_publish=True)
    messages = [Message(f"a/{number}", b"%d" % number, number % 3, 0, 0) for number in range(3_000)]
    writer, client = client_factory(environment), client_factory(environment, protocol=protocol)
    with stored(writer, *messages):
        found = client.fetch_retained(["#"], PATIENCE)
    assert sorted(one.topic for one in found) == sorted(one.topic for one in messages)


def test_messages_that_need_two_round_trips_come_without_any_silence(
    client_factory: Clients, protocol: Protocol, topic: str, monkeypatch: pytest.MonkeyPatch
):
    """A network may be slower than the silence that is waited for: the broker's answers alone say what is left."""
    monkeypatch.setattr(retained, "QUIET_S", 0.0)
    writer, client = client_factory(), client_factory(protocol=protocol)
    with stored(writer, *(Message(f"{topic}/{number}", b"x", number % 3, 0, 0) for number in range(5))):
        for _ in range(100):
            assert len(client.fetch_retained([f"{topic}/#"], PATIENCE)) == 5


def test_live_messages_that_pass_meanwhile_are_not_taken_for_stored_ones(
    protocol: Protocol, client_factory: Clients, topic: str
):
    writer, client = client_factory(), client_factory(protocol=protocol)
    ending = threading.Event()

    def publish() -> None:
        while not ending.is_set():
            batch = [Message(f"{topic}/live", b"x", qos, LIVE, 0) for qos in (0, 1, 2)]
            assert writer.publish_batch(batch).wait(PATIENCE)

    thread = threading.Thread(target=publish, name="test-traffic", daemon=True)
    with stored(writer, Message(f"{topic}/stored", b"s", 1, 0, 0)):
        thread.start()
        found = client.fetch_retained([f"{topic}/#"], PATIENCE)
        ending.set()
        thread.join(PATIENCE)
    assert [(one.topic, one.retain) for one in found] == [(f"{topic}/stored", FROM_DUMP)]


def test_fetching_publishes_nothing_and_leaves_the_listeners_alone(client_factory: Clients, topic: str):
    witness, client = client_factory(), client_factory()
    everything, mine = Collected(), Collected()
    witness.subscribe_listener(["#"], everything)
    client.subscribe_listener([f"{topic}/#"], mine)
    assert witness.await_subscribed(PATIENCE)
    assert client.await_subscribed(PATIENCE)
    with stored(witness, Message(f"{topic}/a", b"s", 1, 0, 0)):
        everything.await_payload(b"s")
        before = len(everything.messages)
        assert len(client.fetch_retained([f"{topic}/#"], PATIENCE)) == 1
        assert witness.publish_batch([Message(f"{topic}/end", b"end", 1, 0, 0)]).wait(PATIENCE)
        assert [one.payload for one in everything.await_payload(b"end")[before:]] == [b"end"]
        assert [one.payload for one in mine.await_payload(b"end")] == [b"s", b"end"]


def test_nothing_stored_is_an_empty_list(protocol: Protocol, client_factory: Clients, topic: str):
    client = client_factory(protocol=protocol)
    assert client.fetch_retained([f"{topic}/#"], PATIENCE) == []
    assert client.fetch_retained([]) == []


def test_without_a_broker_it_says_so(client_factory: Clients):
    client = client_factory(Environment("replay", "mqtt://localhost:1", may_publish=True), connected=False)
    with pytest.raises(BrokerError, match="Nothing listens on localhost:1"):
        client.fetch_retained(["#"], PATIENCE)


def test_a_broker_that_does_not_answer_in_time_is_an_error(client_factory: Clients):
    with silent_server() as port:
        client = client_factory(Environment("replay", f"mqtt://localhost:{port}", may_publish=True), connected=False)
        with pytest.raises(BrokerError, match="did not answer in time"):
            client.fetch_retained(["#"], 0.3)
