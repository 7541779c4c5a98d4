"""What is read in blocks, against a real Mosquitto: over each kind of connection and with each version of MQTT."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from core.message import LIVE, Message, Properties
from mqtt.client import SharedClient
from mqtt.connect import Protocol
from mqtt.environment import Environment
from tests.brokers import PrivateBroker, make_certificate
from tests.mqtt.listening import PATIENCE, Collected

Brokers = Callable[..., PrivateBroker]
Clients = Callable[..., SharedClient]


@pytest.fixture(params=["tcp", "websockets", "tls", "websockets over tls"])
def near(request: pytest.FixtureRequest, private_broker: Brokers, tmp_path: Path) -> Environment:
    """A broker of one's own, with Mosquitto's own window of 20 messages, and one way to it."""
    window = "max_inflight_messages 20"
    if "tls" in request.param:
        certificate, key = make_certificate(tmp_path)
        websockets = "websockets" in request.param
        broker = private_broker(extra=window, certificate=(certificate, key), websockets=websockets)
        url = broker.secure_websocket_url if websockets else broker.tls_url
        return Environment("near", url, may_publish=True, ca_file=certificate)
    broker = private_broker(extra=window, websockets=True)
    return Environment("near", broker.url if request.param == "tcp" else broker.websocket_url, may_publish=True)


def many(count: int, protocol: Protocol, seed: int = 1) -> list[Message]:
    """Numbered messages of all kinds: QoS, flag, size, topic, properties."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        properties = None
        if protocol is Protocol.V5 and number % 5 == 0:
            properties = Properties(content_type="text/plain", user_properties=(("number", str(number % 7)),))
        payload = b"%d " % number + bytes(chance.choice([0, 1, 100, 125, 130, 300, 3_000]))
        found.append(Message(f"t/{number % 11}", payload, number % 3, chance.choice([0, 0, 1]), 0, properties))
    return found


def content(messages: Sequence[Message], qos: int) -> list[Message]:
    """Without the time, in the order of their numbers.

    On a busy machine this Mosquitto lets messages of QoS 1 overtake one another while others of QoS 2 are on their way:
    seen on the wire (identifiers 327, 328, 337, 335, ...). That messages are handed on as they came is what
    `test_batching` proves.
    """
    found = [one._replace(at_ns=0) for one in messages if one.qos == qos]
    return sorted(found, key=lambda one: int(one.payload.split(b" ")[0]))


def test_a_burst_of_all_kinds_arrives_as_it_was_published(
    near: Environment, protocol: Protocol, client_factory: Clients
) -> None:
    client, publisher = client_factory(near, protocol=protocol), client_factory(near, protocol=protocol)
    listener, sent = Collected(), many(1_500, protocol)
    client.subscribe_listener(["t/#"], listener, qos=2)
    assert client.await_subscribed(PATIENCE)
    assert publisher.publish_batch(sent).wait(PATIENCE)
    received = listener.await_count(len(sent))
    if protocol is Protocol.V311:  # it tells the flag of stored messages only
        sent = [one._replace(retain=LIVE) for one in sent]
    for qos in range(3):
        assert content(received, qos) == content(sent, qos)
    assert all(before.at_ns <= after.at_ns for before, after in pairwise(received))


@pytest.mark.parametrize("near", ["tcp", "websockets", "tls"], indirect=True)
def test_a_large_message_arrives_whole(near: Environment, protocol: Protocol, client_factory: Clients) -> None:
    """Ten megabytes, with small ones before and behind it."""
    client, publisher = client_factory(near, protocol=protocol), client_factory(near, protocol=protocol)
    listener = Collected()
    client.subscribe_listener(["t/#"], listener)
    assert client.await_subscribed(PATIENCE)
    # Over WebSockets this Mosquitto sends 4 kB of a packet every tenth of a second, if it has nothing else to do.
    large = random.Random(1).randbytes(100_000 if near.websockets else 10_000_000)
    sent = [Message("t/a", payload, 1, LIVE, 0) for payload in (b"before", large, b"behind")]
    assert publisher.publish_batch(sent).wait(PATIENCE)
    received = listener.await_count(3)
    assert [message.payload for message in received] == [b"before", large, b"behind"]
