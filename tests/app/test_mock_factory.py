"""The simulated factory and its broker: what ended by itself is started again where its clients look for it."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from app.mock_factory import MockFactory
from aps.simulator import Fault
from core.clock import SystemClock
from core.message import LIVE, Message
from core.ports import ConnectionState, ConnectionStatus
from mqtt.client import SharedClient

PATIENCE = 30.0
"""Seconds after which something is broken rather than slow."""


def note(status: ConnectionStatus, lost: threading.Event) -> None:
    if status.state is not ConnectionState.CONNECTED:
        lost.set()


def test_a_broker_that_was_killed_comes_back_at_its_address_and_the_factory_with_it() -> None:
    factory = MockFactory(SystemClock())
    client: SharedClient | None = None
    again, lost = threading.Event(), threading.Event()
    try:
        environment = factory.start_broker()
        client = SharedClient(environment, SystemClock(), "test-mock-factory")
        client.add_connection_listener(lambda status: note(status, lost))
        client.start()
        assert client.await_connected(PATIENCE)
        factory.start()
        process = factory._broker._stop.__self__._process  # type: ignore[union-attr]  # the started Mosquitto
        process.kill()
        process.wait(PATIENCE)
        assert lost.wait(PATIENCE)

        client.add_listener(lambda _: again.set())
        client.subscribe("module/#")
        factory.start()
        assert factory.start_broker().url == environment.url
        assert again.wait(PATIENCE), client.connection()
    finally:
        if client is not None:
            client.stop(PATIENCE)
        factory.close(PATIENCE)


def test_it_answers_what_others_publish_and_can_be_made_to_fail() -> None:
    factory = MockFactory(SystemClock(), speed=500.0)
    seed = factory.seed
    client: SharedClient | None = None
    answered, failed = threading.Event(), threading.Event()

    def listen(messages: Sequence[Message]) -> None:
        for message in messages:
            if message.topic == "ccu/order/response" and b'"mine"' in message.payload:
                answered.set()
            if message.topic == "ccu/order/completed" and b'"ERROR"' in message.payload:
                failed.set()

    try:
        factory.faults.switch_on(Fault("quality"))
        factory.start()
        assert factory.seed != seed
        client = SharedClient(factory.start_broker(), SystemClock(), "test-mock-factory")
        client.start()
        client.subscribe_listener(("ccu/order/response", "ccu/order/completed"), listen)
        assert client.await_subscribed(PATIENCE)
        request = b'{"type": "RED", "orderType": "PRODUCTION", "timestamp": "t", "requestId": "mine"}'
        client.publish_batch([Message("ccu/order/request", request, 1, LIVE, 0)])
        assert answered.wait(PATIENCE), factory.status()
        assert failed.wait(PATIENCE), factory.status()
    finally:
        if client is not None:
            client.stop(PATIENCE)
        factory.close(PATIENCE)
