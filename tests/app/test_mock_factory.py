"""The simulated factory and its broker: what ended by itself is started again where its clients look for it."""

from __future__ import annotations

import threading

from app.mock_factory import MockFactory
from core.clock import SystemClock
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
