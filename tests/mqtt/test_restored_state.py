"""A broker that was killed comes back with the session state of its last save."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

from core.message import LIVE, Message
from mqtt.client import SharedClient
from mqtt.connect import Protocol
from mqtt.environments import Environment
from tests.brokers import PrivateBroker
from tests.fakes import eventually
from tests.mqtt.keeping import Keeping
from tests.mqtt.listening import PATIENCE


def test_what_was_subscribed_since_the_last_save_is_subscribed_again(
    tmp_path: Path, private_broker: Callable[..., PrivateBroker], client_factory: Callable[..., SharedClient]
):
    place = tmp_path / "persistence"
    place.mkdir()
    broker = private_broker(extra=f"persistence true\npersistence_location {place}/\nautosave_interval 1800\n")
    listening = Environment("replay", broker.url, may_publish=False)
    client = client_factory(listening, protocol=Protocol.V5)
    early, late = Keeping(), Keeping()
    client.subscribe_keeper(["early/#"], early)
    assert client.await_subscribed(PATIENCE)
    broker._signal(signal.SIGUSR1)  # it saves what it knows
    eventually(lambda: any(place.iterdir()), "the save", PATIENCE)
    client.subscribe_keeper(["late/#"], late)
    assert client.await_subscribed(PATIENCE)
    broker._signal(signal.SIGKILL)
    broker.stop()
    broker.start()
    publisher = client_factory(Environment("replay", broker.url, may_publish=True))
    assert client.await_connected(PATIENCE)
    published = [Message("late/1", b"1", 1, LIVE, 0), Message("early/1", b"1", 1, LIVE, 0)]
    assert publisher.publish_batch(published).wait(PATIENCE)
    early.await_that(lambda one: one.payloads == [b"1"])
    assert client.connection().broker_session == 1, "the broker says that it knows the client"
    late.await_that(lambda one: one.payloads == [b"1"])
