"""While a listener is not ready nothing is read, and the connection lives on: against a real Mosquitto."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import pytest

from core.clock import SystemClock
from core.message import LIVE, Message
from core.ports import ConnectionStatus
from mqtt.client import SharedClient
from mqtt.connect import Protocol
from mqtt.environments import Environment
from mqtt.unnumbered import WITHOUT_IDS_S
from tests.brokers import PrivateBroker
from tests.fakes import eventually, payloads
from tests.mqtt.listening import PATIENCE, Collected
from tests.mqtt.scripted_broker import await_dropped_for_silence

KEEPALIVE_S = 1
Brokers = Callable[..., PrivateBroker]
Clients = Callable[..., SharedClient]


class Unready:
    """A listener that takes what comes at one time: it is not ready again until a test says so."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.ready = threading.Event()
        self.ready.set()

    def __call__(self, messages: Sequence[Message]) -> None:
        self.messages += messages
        self.ready.clear()


@pytest.fixture
def impatient(private_broker: Brokers, protocol: Protocol) -> Iterator[SharedClient]:
    """A client with a short keep-alive."""
    environment = Environment("replay", private_broker().url, may_publish=True)
    client = SharedClient(environment, SystemClock(), "impatient", protocol=protocol, keepalive_s=KEEPALIVE_S)
    client.start()
    assert client.await_connected(PATIENCE)
    yield client
    client.stop(PATIENCE)


def has_got(listener: Unready, count: int) -> bool:
    return len(listener.messages) >= count


def numbered(topic: str, count: int, qos: int = 1) -> list[Message]:
    return [Message(topic, b"%d" % number, qos, LIVE, 0) for number in range(count)]


def test_the_connection_outlives_a_long_time_without_reading_and_nothing_is_lost(
    impatient: SharedClient, client_factory: Clients
):
    """Mosquitto ends a connection after one and a half keep-alives of silence. Here are two and more."""
    listener, changes = Unready(), list[ConnectionStatus]()
    impatient.subscribe_listener(["a"], listener, ready=listener.ready)
    assert impatient.await_subscribed(PATIENCE)
    impatient.add_connection_listener(changes.append)
    publisher = client_factory(impatient.environment)
    assert publisher.publish_batch(numbered("a", 3_000)).wait(PATIENCE)
    eventually(lambda: listener.messages, "the first messages", PATIENCE)
    taken = len(listener.messages)
    await_dropped_for_silence("localhost", impatient.environment.port, 2 * KEEPALIVE_S)
    assert len(listener.messages) == taken < 3_000
    everything = Collected()
    impatient.add_listener(everything)
    listener.ready.clear = lambda: None  # type: ignore[method-assign]  # from now on it keeps up
    listener.ready.set()
    everything.await_payload(b"2999")
    assert payloads(listener.messages) == [b"%d" % number for number in range(3_000)]
    assert changes == []
    assert impatient.connection().reconnects == 0


def test_while_nothing_is_read_messages_still_go_out(impatient: SharedClient, client_factory: Clients):
    """As many as the broker takes without confirmation: a confirmation is not read either."""
    ready, hearing = threading.Event(), Collected()
    hearer = client_factory(impatient.environment)
    hearer.subscribe_listener(["out"], hearing)
    assert hearer.await_subscribed(PATIENCE)
    impatient.subscribe_listener(["in"], lambda _: None, ready=ready)
    impatient.await_processed(1.0)  # what this turn of reading brings still comes: here it is the broker's answers
    delivery = impatient.publish_batch(numbered("out", 10))
    assert payloads(hearing.await_count(10)) == payloads(numbered("out", 10))
    assert delivery.confirmed() == 0
    ready.set()
    assert delivery.wait(PATIENCE)


def test_a_client_can_be_stopped_while_it_does_not_read(impatient: SharedClient):
    impatient.subscribe_listener(["a"], lambda _: None, ready=threading.Event())
    impatient.stop(PATIENCE)
    assert "mqtt-replay" not in [thread.name for thread in threading.enumerate()]


def test_taking_back_the_listener_that_is_not_ready_lets_the_others_go_on(
    impatient: SharedClient, client_factory: Clients
):
    undo = impatient.subscribe_listener(["b"], lambda _: None, ready=threading.Event())
    listener = Collected()
    impatient.subscribe_listener(["a"], listener)
    undo()
    assert impatient.await_subscribed(PATIENCE)
    assert client_factory(impatient.environment).publish_batch(numbered("a", 1)).wait(PATIENCE)
    listener.await_count(1)


def test_second_copies_are_recognised_over_a_time_without_reading(private_broker: Brokers, client_factory: Clients):
    """Nothing is read after each message, for longer than a second copy is otherwise waited for."""
    broker = private_broker(extra="allow_duplicate_messages true")
    client = client_factory(Environment("replay", broker.url, may_publish=True), protocol=Protocol.V311)
    publisher = client_factory(client.environment)
    listener = Unready()
    client.subscribe_listener(["a/b"], listener, ready=listener.ready)
    assert client.await_subscribed(PATIENCE)
    listener.ready.clear()
    client.subscribe("a/#")  # the answer is not read: both are subscribed for as long as we like
    client.publish_batch([Message("sign", b"", 0, LIVE, 0)]).wait(PATIENCE)  # written, and so is what was before it
    assert publisher.publish_batch(numbered("a/b", 3)).wait(PATIENCE)
    pause = threading.Event()
    for number in range(1, 4):
        listener.ready.set()
        eventually(partial(has_got, listener, number), "the next message", PATIENCE)
        pause.wait(3 * WITHOUT_IDS_S)
    listener.ready.clear = lambda: None  # type: ignore[method-assign]  # from now on it keeps up
    listener.ready.set()
    assert client.await_subscribed(PATIENCE)
    end = Message("a/b", b"end", 1, LIVE, 0)
    assert publisher.publish_batch([end]).wait(PATIENCE)
    eventually(lambda: payloads(listener.messages)[-1:] == [b"end"], "the last message", PATIENCE)
    assert payloads(listener.messages) == [b"0", b"1", b"2", b"end"]
