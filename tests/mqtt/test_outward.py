"""Publishing where messages are heard in bridge mode: over a second connection, made when it is needed, for good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.clock import SystemClock
from core.message import LIVE, LIVE_RETAINED, Message
from core.ports import ConnectionState
from mqtt import lifeline
from mqtt.client import SharedClient
from mqtt.connect import Protocol
from mqtt.environment import Environment
from mqtt.link import Link
from mqtt.problems import LinkProblem, Problem
from tests.mqtt.listening import PATIENCE
from tests.mqtt.test_fidelity import keeping, published
from tests.mqtt.test_retained import stored

Clients = Callable[..., SharedClient]


@pytest.fixture
def client(client_factory: Clients) -> SharedClient:
    """In bridge mode, in an environment where it may publish."""
    found = client_factory(protocol=Protocol.BRIDGE)
    assert found.connection().protocol == "MQTT 3.1.1 (bridge mode)"
    return found


def second_of(client: SharedClient) -> lifeline.Lifeline | None:
    own = client._outward._own
    assert own is None or isinstance(own, lifeline.Lifeline)
    return own


@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("retain", [LIVE, LIVE_RETAINED])
def test_what_others_and_what_we_publish_comes_once_with_qos_and_flag(
    client_factory: Clients, client: SharedClient, topic: str, qos: int, retain: int
):
    other, keeper = client_factory(), keeping(client, f"{topic}/#")
    theirs = [Message(f"{topic}/theirs", b"%d" % number, qos, retain, 0) for number in range(30)]
    ours = [Message(f"{topic}/ours", b"%d" % number, qos, retain, 0) for number in range(30)]
    for one, another in zip(theirs, ours, strict=True):
        published(other, one)
        published(client, another)
    published(other, Message(f"{topic}/end", b"end", 0, LIVE, 0))
    keeper.await_that(lambda one: b"end" in one.payloads and len(one.payloads) >= 61)
    came = [one._replace(at_ns=0) for one in keeper.messages]
    assert [one for one in came if one.topic == f"{topic}/theirs"] == theirs
    assert [one for one in came if one.topic == f"{topic}/ours"] == ours
    assert len(came) == 61
    published(other, *[Message(f"{topic}/{who}", b"", 1, LIVE_RETAINED, 0) for who in ("ours", "theirs")])


def test_what_we_publish_keeps_its_order_over_all_qos(client: SharedClient, topic: str):
    """As far as MQTT keeps it: for each QoS by itself."""
    keeper = keeping(client, f"{topic}/#")
    sent = [Message(f"{topic}/a", b"%d" % number, number % 3, number // 3 % 2, 0) for number in range(600)]
    published(client, *sent)
    keeper.await_that(lambda one: len(one.payloads) >= len(sent))
    came = [one._replace(at_ns=0) for one in keeper.messages]
    for qos in (0, 1, 2):
        assert [one for one in came if one.qos == qos] == [one for one in sent if one.qos == qos]
    assert len(came) == len(sent)
    published(client, Message(f"{topic}/a", b"", 1, LIVE_RETAINED, 0))


def test_while_filters_change_what_we_publish_comes_once(client: SharedClient, topic: str):
    keeper, sent, wide = keeping(client, f"{topic}/a"), list[Message](), f"{topic}/#"
    with stored(client, Message(f"{topic}/a", b"stored", 1, LIVE, 0)):
        for handover in range(4):
            (client.subscribe if handover % 2 == 0 else client.unsubscribe)(wide)
            while client.connection().held != (wide if handover % 2 == 0 else f"{topic}/a",):
                sent.append(Message(f"{topic}/a", b"%d" % len(sent), len(sent) % 3, LIVE, 0))
                published(client, sent[-1])
        keeper.await_that(lambda one: len(one.payloads) >= len(sent))
        published(client, Message(f"{topic}/a", b"end", 1, LIVE, 0))
        keeper.await_that(lambda one: b"end" in one.payloads)
    came = [one._replace(at_ns=0) for one in keeper.messages if one.payload not in (b"stored", b"end", b"")]
    assert sorted(came, key=lambda one: int(one.payload)) == sent


def test_the_second_connection_is_made_for_the_first_message(client_factory: Clients, client: SharedClient, topic: str):
    keeping(client, topic)
    assert second_of(client) is None
    published(client, Message(topic, b"first", 1, LIVE, 0))
    own = second_of(client)
    assert own is not None
    assert own.status().protocol == "MQTT 3.1.1"
    assert own.status().client_id == f"{client.connection().client_id}-out"
    published(client, Message(topic, b"second", 1, LIVE, 0))
    assert second_of(client) is own
    assert client.await_processed(PATIENCE)
    client.stop(PATIENCE)
    assert own.status().state is ConnectionState.CLOSED


@pytest.mark.parametrize("protocol", [None, Protocol.V5, Protocol.V311])
def test_without_bridge_mode_one_connection_does(client_factory: Clients, protocol: Protocol | None, topic: str):
    client = client_factory(protocol=protocol)
    keeper = keeping(client, topic)
    published(client, Message(topic, b"own", 1, LIVE, 0))
    keeper.await_that(lambda one: one.payloads == [b"own"])
    assert second_of(client) is None


def test_over_an_outage_nothing_that_we_publish_is_lost_and_each_comes_once(client: SharedClient, topic: str):
    """Published while both connections are away; what was confirmed before is not sent again."""
    keeper = keeping(client, topic)
    published(client, Message(topic, b"before", 2, LIVE, 0))
    keeper.await_that(lambda one: one.payloads == [b"before"])
    client.interrupt(0.2)
    published(client, *[Message(topic, b"%d" % number, 2, LIVE_RETAINED, 0) for number in range(20)])
    keeper.await_that(lambda one: b"19" in one.payloads)
    assert keeper.payloads == [b"before", *[b"%d" % number for number in range(20)]]
    assert client.connection().protocol == "MQTT 3.1.1 (bridge mode)"
    assert client.connection().reconnects == 1
    published(client, Message(topic, b"", 1, LIVE_RETAINED, 0))


def test_a_broker_that_takes_no_second_connection_costs_the_flags_and_not_the_message(
    client: SharedClient, topic: str, monkeypatch: pytest.MonkeyPatch
):
    opened = Link.open

    def open_but_one(self: Link, *arguments: object) -> None:
        if self._client_id.endswith("-out"):
            raise LinkProblem(Problem.CREDENTIALS, "one connection for each user")
        opened(self, *arguments)  # type: ignore[arg-type]

    keeper = keeping(client, topic)
    monkeypatch.setattr(Link, "open", open_but_one)
    published(client, Message(topic, b"own", 1, LIVE, 0))
    keeper.await_that(lambda one: one.payloads == [b"own"])
    assert client.connection().protocol == "MQTT 3.1.1"
    assert second_of(client) is None


@pytest.mark.parametrize(("may_publish", "hears_itself"), [(True, True), (False, True), (False, False)])
def test_bridge_mode_is_tried_before_plain_mqtt_311_in_every_environment(may_publish: bool, hears_itself: bool):
    """But by who publishes much and has said that it needs nothing of it back."""
    environment = Environment("any", "mqtt://localhost:1", may_publish=may_publish)
    client = SharedClient(environment, SystemClock(), "client", hears_itself=hears_itself)
    assert client._lifeline.protocols == (Protocol.V5, Protocol.BRIDGE, Protocol.V311)
    player = SharedClient(replace(environment, may_publish=True), SystemClock(), "player", hears_itself=False)
    assert player._lifeline.protocols == (Protocol.V5, Protocol.V311)
