"""Bridge mode of MQTT 3.1.1: live messages bear the retain flag as published, and stored messages stay out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.errors import BrokerError
from core.message import LIVE, LIVE_RETAINED, Message
from mqtt import retained
from mqtt.client import SharedClient
from mqtt.connect import Protocol
from mqtt.environments import Environment
from tests.mqtt.listening import PATIENCE
from tests.mqtt.test_fidelity import keeping, published
from tests.mqtt.test_retained import stored

Clients = Callable[..., SharedClient]


@pytest.fixture
def live(broker: str) -> Environment:
    """An environment in which nothing is published by us."""
    return Environment("live", broker, may_publish=False)


@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("retain", [LIVE, LIVE_RETAINED])
def test_every_qos_and_flag_is_read_back_at_qos_2(
    client_factory: Clients, live: Environment, topic: str, qos: int, retain: int
):
    receiver, sender = client_factory(live, protocol=Protocol.BRIDGE), client_factory()
    assert receiver.connection().protocol == "MQTT 3.1.1 (bridge mode)"
    assert receiver.connection().carries_retain_flags
    keeper = keeping(receiver, topic)
    sent = [Message(topic, b"%d" % number, qos, retain, 0) for number in range(30)]
    published(sender, *sent)
    keeper.await_that(lambda one: len(one.payloads) >= 30)
    assert [one._replace(at_ns=0) for one in keeper.messages] == sent
    published(sender, Message(topic, b"", 1, LIVE_RETAINED, 0))  # the broker forgets it


def test_stored_messages_are_not_taken_for_live_ones(client_factory: Clients, live: Environment, topic: str):
    """Also where the filters change, and where what is stored is published again, each time."""
    receiver, sender = client_factory(live, protocol=Protocol.BRIDGE), client_factory()
    messages = [Message(f"{topic}/a/{number}", b"stored", number % 3, LIVE, 0) for number in range(300)]
    with stored(sender, *messages):
        keeper = keeping(receiver, f"{topic}/#")
        receiver.subscribe(f"{topic}/a/+", qos=2)
        receiver.unsubscribe(f"{topic}/a/+")
        assert receiver.await_subscribed(PATIENCE)
        again = [one._replace(retain=LIVE_RETAINED) for one in messages[:30]]
        published(sender, *again, *again, Message(f"{topic}/end", b"end", 0, LIVE, 0))
        keeper.await_that(lambda one: b"end" in one.payloads and len(one.payloads) >= 61)
        came = [one._replace(at_ns=0) for one in keeper.messages if one.payload != b"end"]
        assert sorted(came) == sorted(again + again)


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_over_changes_of_the_filters_live_messages_come_once_with_their_flag(
    client_factory: Clients, live: Environment, topic: str, qos: int
):
    """In an overlap Mosquitto sends what is published with the flag twice, and the rest once."""
    receiver, sender, wide = client_factory(live, protocol=Protocol.BRIDGE), client_factory(), f"{topic}/#"
    keeper, sent = keeping(receiver, f"{topic}/a"), list[Message]()
    with stored(sender, Message(f"{topic}/a", b"stored", qos, LIVE, 0)):
        for handover in range(4):
            if handover % 2 == 0:
                receiver.subscribe(wide, qos=2)
            else:
                receiver.unsubscribe(wide)
            while receiver.connection().held != (wide if handover % 2 == 0 else f"{topic}/a",):
                number = len(sent)
                sent.append(Message(f"{topic}/a", b"%d" % number, qos, number // 3 % 2, 0))
                published(sender, sent[-1])
        published(sender, Message(f"{topic}/a", b"end", qos, LIVE, 0))
        keeper.await_that(lambda one: b"end" in one.payloads)
        came = [one._replace(at_ns=0) for one in keeper.messages[:-1]]
    assert came == [Message(f"{topic}/a", b"stored", qos, LIVE_RETAINED, 0), *sent]


def test_what_the_broker_has_stored_can_be_fetched(client_factory: Clients, live: Environment, topic: str):
    sender, receiver = client_factory(), client_factory(live, protocol=Protocol.BRIDGE)
    with stored(sender, Message(f"{topic}/a", b"x", 1, LIVE, 0)):
        assert [one.payload for one in receiver.fetch_retained([f"{topic}/#"], PATIENCE)] == [b"x"]


def test_after_a_cut_nothing_stored_comes(client_factory: Clients, live: Environment, topic: str):
    sender, receiver = client_factory(), client_factory(live, protocol=Protocol.BRIDGE)
    with stored(sender, Message(f"{topic}/a", b"stored", 1, LIVE, 0)):
        keeper = keeping(receiver, f"{topic}/#")
        link = receiver._lifeline._link
        assert link is not None
        link.close()
        published(sender, Message(f"{topic}/b", b"live", 1, LIVE_RETAINED, 0))
        keeper.await_that(lambda one: b"live" in one.payloads)
        assert [(one.payload, one.retain) for one in keeper.messages] == [(b"live", LIVE_RETAINED)]
        published(sender, Message(f"{topic}/b", b"", 1, LIVE_RETAINED, 0))


def test_where_the_stored_messages_cannot_be_fetched_it_is_given_up(
    client_factory: Clients, live: Environment, topic: str, monkeypatch: pytest.MonkeyPatch
):
    """For what the broker sends at SUBSCRIBE could not be told from live messages."""

    def refused(*_: object) -> list[Message]:
        raise BrokerError("one connection for each user")

    receiver, sender = client_factory(live, protocol=Protocol.BRIDGE), client_factory()
    monkeypatch.setattr(retained, "fetch", refused)
    with stored(sender, Message(f"{topic}/a", b"stored", 1, LIVE, 0)):
        keeper = keeping(receiver, f"{topic}/#")
        published(sender, Message(f"{topic}/a", b"live", 1, LIVE, 0))
        keeper.await_that(lambda one: b"live" in one.payloads)
        assert keeper.payloads == [b"live"]
        assert receiver.connection().protocol == "MQTT 3.1.1"
