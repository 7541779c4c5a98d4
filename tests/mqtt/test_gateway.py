"""A command is confirmed, or it is said why not; one that was given up does not come later."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from aps.command_check import check_command
from core.clock import ManualClock
from core.errors import BrokerError, PublishRefused
from core.message import LIVE, LIVE_RETAINED, Message
from mqtt.client import SharedClient
from mqtt.environments import Environment
from mqtt.gateway import MessageRefused, MqttGateway, send_one
from tests.fakes import FakePublisher
from tests.ports import free_port

MESSAGE = Message("a/b", b"{}", 1, LIVE_RETAINED, 0)
REQUEST = {"type": "WHITE", "orderType": "PRODUCTION", "timestamp": "2026-01-02T03:04:05.678Z"}


def check(topic: str, payload: bytes) -> list[str]:
    """The factory's templates, whatever the topic's prefix."""
    name = "ccu/" + topic.rpartition("ccu/")[2]
    return [f"{one.path} {one.reason}" for one in check_command(name, payload)]


def gateway(publisher: SharedClient | FakePublisher) -> MqttGateway:
    return MqttGateway(publisher, check, lambda: "new-order")


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_real_broker_confirms_and_stores_it(client_factory: Callable[..., SharedClient], topic: str, qos: int):
    client = client_factory()
    send_one(client, Message(topic, b"by hand", qos, LIVE_RETAINED, 0))
    assert [stored.payload for stored in client.fetch_retained([topic])] == [b"by hand"]
    send_one(client, Message(topic, b"", 1, LIVE_RETAINED, 0))


def test_a_command_is_confirmed_and_arrives_once_at_qos_1_not_retained(
    client_factory: Callable[..., SharedClient], topic: str
):
    client, place = client_factory(), f"{topic}/ccu/order/request"
    client.subscribe(place)
    assert client.await_subscribed(10)
    sent = gateway(client).send(place, lambda: REQUEST)
    assert json.loads(sent.message.payload) == REQUEST
    assert sent.overridden == ()
    assert client.await_processed(10)
    assert [(one.payload, one.qos, one.retain) for one in client.get_buffer(place)] == [(sent.message.payload, 1, LIVE)]
    assert client.fetch_retained([place]) == []


def test_what_breaks_its_template_is_refused_with_field_and_reason_unless_overridden(
    client_factory: Callable[..., SharedClient], topic: str
):
    client, place = client_factory(), f"{topic}/ccu/order/request"
    client.subscribe(place)
    assert client.await_subscribed(10)
    broken = {**REQUEST, "type": "GREEN"}
    with pytest.raises(MessageRefused, match=r"\$\.type 'GREEN' is none of WHITE, RED, BLUE.*send it all the same"):
        gateway(client).send(place, lambda: broken)
    assert client.get_buffer(place) == []
    sent = gateway(client).send(place, lambda: broken, override=True)
    assert sent.overridden == ("$.type 'GREEN' is none of WHITE, RED, BLUE",)
    assert client.await_processed(10)
    assert len(client.get_buffer(place)) == 1


def test_nobody_there_is_said_with_the_reason_and_nothing_comes_later(client_factory: Callable[..., SharedClient]):
    nowhere = Environment("replay", f"mqtt://127.0.0.1:{free_port()}", may_publish=True)
    client = client_factory(nowhere, connected=False)
    with pytest.raises(
        BrokerError, match=r"'ccu/order/request' was not sent: the broker could not be reached"
    ) as found:
        gateway(client).send("ccu/order/request", lambda: REQUEST, within_s=0.3)
    assert str(found.value).endswith("Look at the connection in the sidebar, then send it again.")


def test_an_object_gets_an_order_id_only_if_it_needs_one():
    sent = gateway(FakePublisher(ManualClock())).send
    made = sent("ccu/order/request", lambda: REQUEST, ensure_order_id=True)
    assert json.loads(made.message.payload)["orderId"] == "new-order"
    kept = sent("ccu/order/request", lambda: {**REQUEST, "orderId": "mine"}, ensure_order_id=True)
    assert json.loads(kept.message.payload)["orderId"] == "mine"
    assert "orderId" not in json.loads(sent("ccu/order/request", lambda: REQUEST).message.payload)


def test_without_a_connection_it_is_given_up():
    publisher = FakePublisher(ManualClock(), connected=False)
    with pytest.raises(BrokerError, match=r"'a/b' was not sent: the broker could not be reached within 0\.01 s"):
        send_one(publisher, MESSAGE, 0.01)
    assert publisher.deliveries[0].failed() == 1


def test_one_that_is_under_way_may_have_arrived():
    with pytest.raises(BrokerError, match="so it may have arrived or not"):
        send_one(FakePublisher(ManualClock(), confirms=False), MESSAGE, 0.01)


def test_an_environment_that_is_not_for_it_gets_nothing():
    publisher = FakePublisher(ManualClock(), may_publish=False)
    with pytest.raises(PublishRefused):
        send_one(publisher, MESSAGE)
    assert not publisher.messages
