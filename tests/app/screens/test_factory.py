"""The Factory page shows what the factory says now, and what the broker had in store; an empty one says what to do."""

from __future__ import annotations

import json

import pytest

from app.state import Key
from aps.simulator import Fault
from aps.simulator.payloads import layout
from core.message import LIVE_RETAINED, Message
from core.ports import ConnectionState
from tests.app.screens.conftest import seen, works
from tests.fakes import eventually


def test_without_a_broker_the_page_says_so_and_what_to_do(show, services):
    app = works(show("factory"))
    assert "Nothing heard of a factory yet" in seen(app)
    eventually(lambda: services.connection("replay").state is ConnectionState.DISCONNECTED, "the broker being away", 30)
    assert "The broker does not answer." in seen(works(app.run()))
    assert "It is tried again." in seen(app)


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


def test_a_simulated_factory_of_which_nothing_was_heard_can_be_started(show, mock):
    app = works(show("factory", environment="mock"))
    assert "Nothing heard of a factory yet" in seen(app)
    assert [one.label for one in app.button].count("Start the simulated factory") == 2


def test_what_the_broker_has_in_store_is_shown_and_then_what_comes(show, services, mock):
    published(mock, "ccu/state/stock", {"stockItems": [{"location": "A1", "workpiece": {"type": "RED", "id": "p"}}]})
    steps = [{"state": "FINISHED"}, {}]
    order = {"orderId": "0123456789", "orderType": "STORAGE", "type": "RED", "productionSteps": steps}
    published(mock, "ccu/order/active", [order])
    app = works(show("factory", environment="mock"))
    assert "1 of 9 bays in use" in seen(app)
    assert "The simulated factory stands still" in seen(app)
    assert "STORAGE RED 01234567" in app.get("progress")[0].proto.text
    mock.await_subscribed(10)
    published(mock, "ccu/order/active", [])
    newest = services.factory_watch.newest(mock)
    while newest["ccu/order/active"].payload != b"[]":
        newest = services.factory_watch.newest(mock)
    works(app.run())
    assert "0 active" in seen(app)


def test_a_vehicle_that_has_lost_its_connection_is_said_to_be_gone(show, mock):
    published(mock, "fts/v1/ff/5iO4/connection", {"connectionState": "CONNECTIONBROKEN", "serialNumber": "5iO4"})
    app = works(show("factory", environment="mock"))
    assert "not connected" in " ".join(element.proto.body for element in app.get("html"))


def test_markup_of_strangers_stays_text(show, mock):
    evil = "<img src=x onerror=alert(1)>"
    published(mock, f"module/v1/ff/{evil}/state", {"errors": [{"errorType": evil}]})
    published(mock, "ccu/pairing/state", {"modules": [{"serialNumber": "s", "subType": evil, "available": evil}]})
    app = works(show("factory", environment="mock"))
    html = " ".join(element.proto.body for element in app.get("html"))
    assert "&lt;img" in html
    assert "<img src=x" not in html


def test_faults_are_switched_on_by_name_and_probability_said_and_switched_off(show, services, mock):
    app = works(show("factory", environment="mock"))
    works(app.selectbox(Key.FAULT_NAME).set_value("blocked").run())
    app.selectbox(Key.FAULT_TARGET).set_value("DRILL")
    works(app.number_input(Key.FAULT_SHARE).set_value(30).run())
    works(app.button(Key.FAULT_ON).click().run())
    assert services.mock.faults.active() == (Fault("blocked", "DRILL", 0.3),)
    assert "DRILL: 30 % of the commands fail, and the station is blocked for twelve seconds" in seen(app)
    assert "this happens when it is started" in seen(app)
    works(app.selectbox(Key.FAULT_NAME).set_value("quality").run())
    works(app.button(Key.FAULT_ON).click().run())
    assert services.mock.faults.active()[1:] == (Fault("quality", "", 0.3),)
    works(app.button(f"{Key.FAULT_OFF}-blocked-DRILL").click().run())
    assert services.mock.faults.active() == (Fault("quality", "", 0.3),)


def test_only_the_simulated_factory_has_faults(show):
    app = works(show("factory", environment="live"))
    assert not [one for one in app.selectbox if one.key == Key.FAULT_NAME]


def test_the_page_says_which_layout_its_map_shows(show, mock):
    published(mock, "ccu/state/layout", {**layout(), "roads": layout()["roads"][1:]})
    app = works(show("factory", environment="mock"))
    assert "(`ccu/state/layout`), another one than delivered." in seen(app)
