"""A message sent by hand is confirmed, or it is said why not; one that was given up does not come later."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.single_message import send_one
from core.clock import ManualClock
from core.errors import BrokerError, PublishRefused
from core.message import LIVE_RETAINED, Message
from mqtt.client import SharedClient
from tests.fakes import FakePublisher

MESSAGE = Message("a/b", b"{}", 1, LIVE_RETAINED, 0)


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_real_broker_confirms_and_stores_it(client_factory: Callable[..., SharedClient], topic: str, qos: int):
    client = client_factory()
    send_one(client, Message(topic, b"by hand", qos, LIVE_RETAINED, 0))
    assert [stored.payload for stored in client.fetch_retained([topic])] == [b"by hand"]
    send_one(client, Message(topic, b"", 1, LIVE_RETAINED, 0))


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
