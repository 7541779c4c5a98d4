"""What a keeper gets is what was published: QoS, flags and properties, and nothing else, from a real Mosquitto."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from core.message import LIVE, LIVE_RETAINED, Message, Properties
from mqtt.client import SharedClient
from mqtt.connect import Protocol
from tests.mqtt.keeping import Keeping
from tests.mqtt.listening import PATIENCE

Clients = Callable[..., SharedClient]


def keeping(client: SharedClient, *filters: str, qos: int = 2, settles: bool = True) -> Keeping:
    keeper = Keeping(settles=settles)
    client.subscribe_keeper(filters, keeper, qos=qos)
    assert client.await_subscribed(PATIENCE)
    return keeper


def published(client: SharedClient, *messages: Message) -> None:
    assert client.publish_batch(messages).wait(PATIENCE)


@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("retain", [LIVE, LIVE_RETAINED])
def test_every_qos_and_flag_is_read_back_at_qos_2(
    client_factory: Clients, protocol: Protocol, topic: str, qos: int, retain: int
):
    """MQTT 3.1.1 does not transmit the flag of live messages."""
    keeper = keeping(client_factory(protocol=protocol), topic)
    sender = client_factory()
    sent = [Message(topic, b"%d" % number, qos, retain, 0) for number in range(30)]
    published(sender, *sent)
    keeper.await_that(lambda one: len(one.payloads) >= 30)
    expected = sent if protocol is Protocol.V5 else [one._replace(retain=LIVE) for one in sent]
    assert [one._replace(at_ns=0) for one in keeper.messages] == expected
    assert [packet_id > 0 for packet_id in keeper.packet_ids] == [qos == 1] * 30
    published(sender, Message(topic, b"", 1, LIVE_RETAINED, 0))  # the broker forgets it


def test_what_belongs_to_the_connection_is_not_among_the_properties(client_factory: Clients, topic: str):
    """Subscription identifiers come with each message, and topic aliases could."""
    keeper = keeping(client_factory(protocol=Protocol.V5), f"{topic}/#")
    plain = Message(f"{topic}/a", b"x", 1, LIVE, 0)
    rich = plain._replace(properties=Properties(content_type="text/plain", user_properties=(("a", "b"),)))
    published(client_factory(), *[plain, rich] * 50)
    keeper.await_that(lambda one: len(one.payloads) >= 100)
    assert [one.properties for one in keeper.messages] == [None, rich.properties] * 50


def test_a_will_comes_like_any_other_message(client_factory: Clients, protocol: Protocol, broker: str, topic: str):
    """Published by the broker for a client that has gone without a goodbye."""
    keeper = keeping(client_factory(protocol=protocol), topic)
    goes = paho.Client(CallbackAPIVersion.VERSION2)
    goes.will_set(topic, b"gone", qos=2)
    goes.connect("localhost", int(broker.rsplit(":", 1)[1]))
    while not goes.is_connected():
        goes.loop(PATIENCE)
    goes._sock_close()  # `disconnect` would take the will back
    keeper.await_that(lambda one: one.payloads == [b"gone"])
    assert [one._replace(at_ns=0) for one in keeper.messages] == [Message(topic, b"gone", 2, LIVE, 0)]


def test_what_the_client_publishes_itself_comes_only_if_it_is_subscribed(
    client_factory: Clients, protocol: Protocol, topic: str
):
    client = client_factory(protocol=protocol)
    keeper = keeping(client, f"{topic}/heard/#")
    published(client, Message(f"{topic}/own", b"no", 1, LIVE, 0), Message(f"{topic}/heard/own", b"yes", 1, LIVE, 0))
    published(client_factory(), Message(f"{topic}/heard", b"end", 1, LIVE, 0))
    keeper.await_that(lambda one: b"end" in one.payloads)
    assert keeper.payloads == [b"yes", b"end"]


def test_two_keepers_get_their_own_and_hold_the_acknowledgement_back_together(client_factory: Clients, topic: str):
    """The broker sends as much as its window holds, and the rest when both have settled."""
    client, sender = client_factory(), client_factory()
    first, second = keeping(client, f"{topic}/a", qos=1, settles=False), keeping(client, f"{topic}/#", qos=1)
    published(sender, *[Message(f"{topic}/{'ab'[n % 2]}", b"%d" % n, 1, LIVE, 0) for n in range(3_000)])
    second.await_that(lambda one: len(one.payloads) >= 500)
    assert len(second.payloads) < 3_000, "the broker has got no acknowledgement, and waits"
    first.settle()
    second.await_that(lambda one: len(one.payloads) >= 3_000)
    assert list(map(int, second.payloads)) == list(range(3_000))
    first.await_that(lambda one: len(one.payloads) >= 1_500)
    assert list(map(int, first.payloads)) == list(range(0, 3_000, 2))
    assert all(len(one.messages) == len(one.packet_ids) for one in first.arrivals)


def test_a_keeper_that_fails_does_not_stop_the_broker(
    client_factory: Clients, topic: str, caplog: pytest.LogCaptureFixture
):
    client = client_factory()

    def broken(_: object) -> None:
        raise KeyError("oops")

    client.subscribe_keeper([f"{topic}/#"], broken)
    keeper = keeping(client, f"{topic}/#")
    published(client_factory(), *[Message(f"{topic}/a", b"%d" % n, 1, LIVE, 0) for n in range(3_000)])
    keeper.await_that(lambda one: len(one.payloads) >= 3_000)
    assert "A listener failed" in caplog.text


def test_what_a_keeper_has_not_settled_when_it_goes_stays_to_be_settled(client_factory: Clients, topic: str):
    client, sender, keeper = client_factory(), client_factory(), Keeping(settles=False)
    undo = client.subscribe_keeper([f"{topic}/#"], keeper)
    stays = keeping(client, f"{topic}/#", qos=1)
    published(sender, Message(f"{topic}/a", b"0", 1, LIVE, 0))
    keeper.await_that(lambda one: one.payloads == [b"0"])
    undo()
    undo()
    published(sender, *[Message(f"{topic}/a", b"%d" % n, 1, LIVE, 0) for n in range(1, 3_000)])
    stays.await_that(lambda one: len(one.payloads) >= 500)
    assert len(stays.payloads) < 3_000
    keeper.settle()
    stays.await_that(lambda one: len(one.payloads) >= 3_000)
    assert keeper.payloads == [b"0"]
