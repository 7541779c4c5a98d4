"""What a client says about its connection, and when."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from core.clock import SystemClock
from core.message import LIVE, Message
from core.ports import ConnectionState, ConnectionStatus
from mqtt.client import SharedClient
from mqtt.connect import Protocol
from mqtt.environments import Environment
from tests.fakes import eventually
from tests.mqtt.listening import PATIENCE, Collected
from tests.mqtt.scripted_broker import scripted_broker
from tests.mqtt.silent_server import silent_server

Clients = Callable[..., SharedClient]
CONNECTED, DISCONNECTED = ConnectionState.CONNECTED, ConnectionState.DISCONNECTED


def watched(client: SharedClient) -> list[ConnectionStatus]:
    seen: list[ConnectionStatus] = []
    client.add_connection_listener(seen.append)
    return seen


def test_after_a_reconnect_it_is_connected_only_when_the_broker_has_answered_the_subscriptions(
    client_factory: Clients,
):
    with scripted_broker() as broker:
        client = client_factory(Environment("replay", broker.url, may_publish=True), protocol=Protocol.V311)
        client.subscribe_listener(["a"], Collected())
        assert client.await_subscribed(PATIENCE)
        seen = watched(client)
        confirmed_then: list[bool] = []
        client.add_connection_listener(
            lambda status: confirmed_then.append(client.await_subscribed(0)) if status.state is CONNECTED else None
        )
        broker.answers.clear()
        broker.asked.clear()
        broker.drop_client()
        assert broker.asked.wait(PATIENCE)
        assert not client.await_connected(0)
        broker.answers.set()
        assert client.await_connected(PATIENCE)
        assert [status.state for status in seen] == [DISCONNECTED, CONNECTED]
        assert confirmed_then == [True]
        assert client.connection().reconnects == 1
        client.stop(PATIENCE)


def test_a_refused_filter_is_announced_and_so_is_that_it_is_granted_when_it_is_asked_for_again(
    client_factory: Clients,
):
    with scripted_broker() as broker:
        broker.refuses = frozenset({"secret"})
        client = client_factory(Environment("replay", broker.url, may_publish=True), protocol=Protocol.V311)
        seen = watched(client)
        client.subscribe_listener(["secret", "open"], Collected())
        eventually(lambda: len(seen) == 2, "the answer", PATIENCE)
        assert [(status.state, status.refused) for status in seen] == [(CONNECTED, ()), (CONNECTED, ("secret",))]
        assert [status.held for status in seen] == [("open", "secret"), ("open",)]
        assert client.connection().refused == ("secret",)
        assert not client.await_subscribed(PATIENCE)
        broker.refuses = frozenset()
        client.subscribe("secret")
        assert client.await_subscribed(PATIENCE)
        eventually(lambda: len(seen) == 3, "the second answer", PATIENCE)
        assert seen[-1].refused == client.connection().refused == ()
        assert client.connection().reconnects == 0
        client.stop(PATIENCE)


def test_a_new_connection_on_which_a_filter_is_refused_is_connected_and_says_so(client_factory: Clients):
    """Else the recording of the other filters would stay in a gap for ever."""
    with scripted_broker() as broker:
        broker.refuses = frozenset({"secret"})
        environment = Environment("replay", broker.url, may_publish=True)
        client = client_factory(environment, protocol=Protocol.V311, connected=False)
        client.subscribe_many(["secret", "open"])
        assert client.await_connected(PATIENCE)
        eventually(lambda: client.connection().refused, "the answer", PATIENCE)
        assert client.connection().refused == ("secret",)
        client.stop(PATIENCE)


def test_stopping_while_it_connects_never_says_that_it_is_connected():
    with silent_server() as port:
        client = SharedClient(Environment("replay", f"mqtt://127.0.0.1:{port}", may_publish=True), SystemClock(), "x")
        connecting, seen = threading.Event(), watched(client)
        client.add_connection_listener(lambda _: connecting.set())
        client.start()
        assert connecting.wait(PATIENCE)
        client.stop(PATIENCE)
    assert [status.state for status in seen] == [ConnectionState.CONNECTING, ConnectionState.CLOSED]


def test_a_mistake_in_the_program_is_logged_and_does_not_end_the_client_for_good(
    client_factory: Clients, topic: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    client, publisher, listener = client_factory(), client_factory(), Collected()
    client.subscribe_listener([topic], listener)
    assert client.await_subscribed(PATIENCE)
    seen, again = watched(client), threading.Event()
    client.add_connection_listener(lambda status: again.set() if status.state is CONNECTED else None)

    def mistaken(*_: object, **__: object) -> list[int]:
        monkeypatch.undo()
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(client._lifeline._conversation._arrivals._twins, "second_copies", mistaken)
    assert publisher.publish_batch([Message(topic, b"the one in the way", 1, LIVE, 0)]).wait(PATIENCE)
    assert again.wait(PATIENCE)
    assert publisher.publish_batch([Message(topic, b"after", 1, LIVE, 0)]).wait(PATIENCE)
    listener.await_payload(b"after")
    assert [status.state for status in seen] == [DISCONNECTED, CONNECTED]
    assert "because of an error in the program itself" in seen[0].reason
    assert "ZeroDivisionError: a bug" in caplog.text


def test_a_qos_that_the_broker_lowers_is_announced(client_factory: Clients):
    with scripted_broker() as broker:
        broker.grants = 0
        client = client_factory(Environment("replay", broker.url, may_publish=True), protocol=Protocol.V311)
        seen = watched(client)
        client.subscribe_many(["a/#", "b"])
        assert client.await_subscribed(PATIENCE)
        eventually(lambda: seen and seen[-1].lowered, "the announcement", PATIENCE)
        assert seen[-1].lowered == client.connection().lowered == ("a/#", "b")
        assert seen[-1].refused == ()
        client.unsubscribe("b")
        assert client.connection().lowered == ("a/#",)
        client.stop(PATIENCE)


def test_what_is_going_to_be_subscribed_is_told_before_the_broker_is_asked(client_factory: Clients):
    """So whoever notes it knows of everything that the broker can hold, whenever the program dies."""
    with scripted_broker() as broker:
        client = client_factory(Environment("replay", broker.url, may_publish=True), protocol=Protocol.V311)
        told: list[tuple[tuple[str, ...], bool]] = []
        client.add_connection_listener(lambda status: told.append((status.held, broker.asked.is_set())))
        client.subscribe("a")
        assert client.await_subscribed(PATIENCE)
        assert told == [(("a",), False)]
        broker.asked.clear()
        client.subscribe("a/#")
        assert client.await_subscribed(PATIENCE)
        eventually(lambda: client.connection().held == ("a/#",), "the handover", PATIENCE)
        eventually(lambda: told[-1][0] == ("a/#",), "its announcement", PATIENCE)
        assert told[1:] == [(("a", "a/#"), False), (("a/#",), True)]
        client.stop(PATIENCE)
