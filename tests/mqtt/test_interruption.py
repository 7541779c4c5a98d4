"""Outages on purpose, and proof that the broker has processed what was sent; against a real Mosquitto."""

from __future__ import annotations

import threading
from collections.abc import Callable

from core.message import LIVE, Message
from core.ports import ConnectionState
from mqtt.client import SharedClient
from mqtt.connect import Protocol
from mqtt.environments import Environment
from mqtt.interruption import Interruption
from tests.brokers import PrivateBroker
from tests.fakes import eventually
from tests.mqtt.listening import PATIENCE

Clients = Callable[..., SharedClient]
Brokers = Callable[..., PrivateBroker]
NEVER = 3_600.0


def to(broker: PrivateBroker) -> Environment:
    return Environment("replay", broker.url, may_publish=True)


def test_an_interruption_says_so_and_lasts(protocol: Protocol, client_factory: Clients):
    client = client_factory(protocol=protocol)
    client.interrupt(NEVER)
    status = client.connection()
    assert status.state is ConnectionState.DISCONNECTED
    assert "interrupted on purpose" in status.reason
    assert not client.await_connected(0.2)
    client.interrupt(0.0)
    assert not client.await_connected(0.2), "a shorter one does not end it"


def test_a_client_can_be_stopped_during_an_interruption(client_factory: Clients):
    client = client_factory()
    client.interrupt(NEVER)
    client.stop(PATIENCE)
    assert client.connection().state is ConnectionState.CLOSED


def test_an_interruption_of_no_time_is_a_cut(protocol: Protocol, client_factory: Clients):
    client = client_factory(protocol=protocol)
    client.interrupt(0.0)
    eventually(lambda: client.connection().reconnects == 1, "the return", PATIENCE)
    assert client.await_connected(PATIENCE)


def test_an_interruption_before_the_first_connection_delays_it(private_broker: Brokers, client_factory: Clients):
    broker = private_broker()
    broker.stop()
    client = client_factory(to(broker), connected=False)
    client.interrupt(NEVER)
    broker.start()
    assert not client.await_connected(0.5)


def test_a_listener_may_interrupt_its_own_connection(client_factory: Clients, topic: str):
    client, sender = client_factory(), client_factory()
    heard: list[Message] = []

    def listen(messages: object) -> None:
        client.interrupt(0.0)
        heard.extend(messages)  # type: ignore[arg-type]  # messages, as a listener gets them

    client.subscribe_listener([topic], listen)
    assert client.await_subscribed(PATIENCE)
    assert sender.publish_batch([Message(topic, b"x", 1, LIVE, 0)]).wait(PATIENCE)
    eventually(lambda: client.connection().reconnects, "the return", PATIENCE)
    assert [message.payload for message in heard] == [b"x"]


def test_a_broker_that_stands_still_has_not_processed_anything(
    protocol: Protocol, private_broker: Brokers, client_factory: Clients
):
    """What was written to the socket counts as sent, but not as processed."""
    broker = private_broker()
    client = client_factory(to(broker), protocol=protocol)
    broker.freeze()
    try:
        assert client.publish_batch([Message("a", b"x", 0, LIVE, 0)]).wait(PATIENCE)
        assert not client.await_processed(0.2)
    finally:
        broker.thaw()
    assert client.await_processed(PATIENCE)


def test_whoever_waits_for_a_connection_that_ends_is_told(private_broker: Brokers, client_factory: Clients):
    broker = private_broker()
    client = client_factory(to(broker))
    answers: list[bool] = []
    broker.freeze()
    waiting = threading.Thread(target=lambda: answers.append(client.await_processed(NEVER)), daemon=True)
    waiting.start()
    client.interrupt(NEVER)
    waiting.join(PATIENCE)
    broker.thaw()
    assert answers == [False]


def test_the_longer_of_two_interruptions_counts():
    interruption = Interruption()
    assert interruption.left_s() <= 0
    interruption.begin(NEVER)
    interruption.begin(0.0)
    assert NEVER - PATIENCE < interruption.left_s() <= NEVER
    stop = threading.Event()
    stop.set()
    interruption.stay_away(stop)
