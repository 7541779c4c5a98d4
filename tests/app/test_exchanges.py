"""Single commands and their answers, on a real broker."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from app.exchanges import KEPT, SILENT_S, Exchanges
from aps.answers import Outcome
from core.clock import ManualClock
from core.message import LIVE, LIVE_RETAINED, NS_PER_SECOND, Message
from mqtt.client import SharedClient
from mqtt.environments import Environment
from tests.brokers import PrivateBroker
from tests.builders import START_NS

PATIENCE = 30.0


@pytest.fixture
def own_client(
    client_factory: Callable[..., SharedClient], private_broker: Callable[..., PrivateBroker]
) -> SharedClient:
    """Of a broker of its own: the answers come on fixed topics."""
    return client_factory(Environment("mock", private_broker().url, may_publish=True))


def said(client: SharedClient, topic: str, value: object, retain: int = LIVE) -> None:
    client.publish_batch([Message(topic, json.dumps(value).encode(), 1, retain, 0)]).wait(PATIENCE)
    assert client.await_processed(PATIENCE)


def test_what_the_broker_had_in_store_is_no_answer_and_what_comes_then_is(own_client: SharedClient):
    client, clock = own_client, ManualClock(START_NS)
    exchanges = Exchanges(lambda _name: client, clock)
    flows: dict[str, dict[str, list[str]]] = {"WHITE": {"steps": []}}
    said(client, "ccu/state/flows", flows, LIVE_RETAINED)
    exchanges.begin("mock", "ccu/set/flows", json.dumps(flows).encode())
    assert client.await_processed(PATIENCE)
    (one,) = exchanges.recent("mock")
    assert (one.answer, one.silence) == (None, "")
    clock.advance(round((SILENT_S + 1) * NS_PER_SECOND))
    assert exchanges.recent("mock")[0].silence == "Nobody has answered."
    said(client, "ccu/state/flows", flows, LIVE_RETAINED)
    (one,) = exchanges.recent("mock")
    assert one.answer is not None
    assert one.answer.outcome is Outcome.FINISHED
    assert exchanges.recent("live") == []
    said(client, "ccu/state/flows", {}, LIVE_RETAINED)
    assert exchanges.recent("mock") == [one]


def test_a_few_are_kept_and_one_that_was_not_sent_is_forgotten(own_client: SharedClient):
    exchanges = Exchanges(lambda _name: own_client, ManualClock(START_NS))
    numbers = [exchanges.begin("mock", "ccu/set/park", b"{}") for _ in range(KEPT + 3)]
    exchanges.drop(numbers[-1])
    assert [one.number for one in exchanges.recent("mock")] == numbers[-2:2:-1]
    assert exchanges.begin("mock", "/j1/txt/1/o/ptu", b"{}") > numbers[-1]
    assert "can only be seen" in exchanges.recent("mock")[0].silence
    exchanges.close()
    assert exchanges.recent("mock") == []
