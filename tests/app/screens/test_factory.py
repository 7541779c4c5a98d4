"""The Factory page shows what the factory says now, and what the broker had in store; an empty one says what to do."""

from __future__ import annotations

import json

import pytest

from core.message import LIVE_RETAINED, Message
from tests.app.screens.conftest import seen, works


def test_without_a_broker_the_page_says_so_and_what_to_do(show):
    app = works(show("factory"))
    assert "Nothing heard of a factory yet" in seen(app)


@pytest.fixture
def mock(services, monkeypatch):
    """The simulated factory's broker, without the factory."""
    monkeypatch.setattr(services.mock, "start", lambda: None)
    client = services.client("mock")
    assert client.await_connected(10)
    return client


def published(client, topic: str, payload: object) -> None:
    message = Message(topic, json.dumps(payload).encode(), 1, LIVE_RETAINED, 0)
    assert client.publish_batch([message]).wait(10)


def test_what_the_broker_has_in_store_is_shown_and_then_what_comes(show, services, mock):
    published(mock, "ccu/state/stock", {"stockItems": [{"location": "A1", "workpiece": {"type": "RED", "id": "p"}}]})
    steps = [{"state": "FINISHED"}, {}]
    order = {"orderId": "0123456789", "orderType": "STORAGE", "type": "RED", "productionSteps": steps}
    published(mock, "ccu/order/active", [order])
    app = works(show("factory", environment="mock"))
    assert "1 of 9 bays in use" in seen(app)
    assert "STORAGE RED 01234567" in app.get("progress")[0].proto.text
    mock.await_subscribed(10)
    published(mock, "ccu/order/active", [])
    newest = services.factory_watch.newest(mock)
    while newest["ccu/order/active"].payload != b"[]":
        newest = services.factory_watch.newest(mock)
    works(app.run())
    assert "0 active" in seen(app)


def test_markup_of_strangers_stays_text(show, mock):
    evil = "<img src=x onerror=alert(1)>"
    published(mock, f"module/v1/ff/{evil}/state", {"errors": [{"errorType": evil}]})
    published(mock, "ccu/pairing/state", {"modules": [{"serialNumber": "s", "subType": evil, "available": evil}]})
    app = works(show("factory", environment="mock"))
    html = " ".join(element.proto.body for element in app.get("html"))
    assert "&lt;img" in html
    assert "<img src=x" not in html
