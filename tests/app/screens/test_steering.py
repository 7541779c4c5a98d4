"""Steering: what is prepared is shown and checked, what is sent is confirmed, and live needs its address."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from app.services import Services
from app.state import Key
from app.widgets.steering_setup import FORMS
from aps.command import ACTIONS
from aps.modules import DRILL
from aps.sequences import module_sequence
from aps.workflow_values import StepState
from core.message import Message
from mqtt.client import SharedClient
from mqtt.gateway import Sent
from tests.app.screens.conftest import seen, works
from tests.brokers import PrivateBroker

REQUESTS = "ccu/order/request"


@pytest.fixture
def connected(services: Services, private_broker: Callable[..., PrivateBroker]) -> SharedClient:
    """`replay` leads to a real broker: one of its own, because commands have fixed topics."""
    services.environments.replace(replace(services.environments.get("replay"), url=private_broker().url))
    client = services.client("replay")
    assert client.await_connected(30)
    return client


def section(app: AppTest, name: str) -> AppTest:
    return works(app.segmented_control(Key.STEERING_SECTION).set_value(name).run())


def prepared(app: AppTest, key: str = Key.STEERING_PREPARE) -> AppTest:
    return works(app.button(key).click().run())


def payload(app: AppTest) -> dict[str, object]:
    found: dict[str, object] = json.loads(app.text_area(Key.STEERING_PAYLOAD).value or "")
    return found


def test_an_order_is_shown_edited_sent_and_confirmed(show, services, connected):
    connected.subscribe(REQUESTS)
    assert connected.await_subscribed(30)
    app = works(show("steering"))
    works(app.segmented_control(Key.STEERING_COLOUR).set_value("BLUE").run())
    app = prepared(app)
    assert (payload(app)["type"], payload(app)["orderType"]) == ("BLUE", "PRODUCTION")
    edited = json.dumps({**payload(app), "type": "RED"})
    works(app.text_area(Key.STEERING_PAYLOAD).set_value(edited).run())
    works(app.button(Key.STEERING_SEND).click().run())
    assert "has confirmed it" in app.success[0].value
    assert connected.await_processed(30)
    assert [json.loads(one.payload)["type"] for one in connected.get_buffer(REQUESTS)] == ["RED"]
    assert not [one for one in app.text_area if one.key == Key.STEERING_PAYLOAD]


def test_silence_where_no_factory_was_ever_heard_is_told_as_such(show, connected, monkeypatch):
    monkeypatch.setattr("app.exchanges.SILENT_S", -1.0)
    app = prepared(works(show("steering")))
    works(app.button(Key.STEERING_SEND).click().run())
    assert "nothing has been heard of a factory on this broker" in seen(app)
    assert connected.publish_batch([Message("ccu/state/stock", b'{"stockItems":[]}', 1, 0, 0)]).wait(30)
    assert connected.await_processed(30)
    assert "the store holds no free piece" in seen(works(app.run()))


def test_what_breaks_its_template_is_refused_with_the_field_and_sent_only_on_purpose(show, connected):
    app = prepared(works(show("steering")))
    works(app.text_area(Key.STEERING_PAYLOAD).set_value('{"type": "GREEN"}').run())
    assert "$.type" in app.warning[0].value
    assert "$.orderType" in app.warning[0].value
    works(app.button(Key.STEERING_SEND).click().run())
    assert "breaks its template" in seen(app)
    assert "GREEN" in app.error[0].value
    assert not app.success
    works(app.checkbox(Key.STEERING_OVERRIDE).set_value(True).run())
    works(app.button(Key.STEERING_SEND).click().run())
    assert "that was on purpose" in app.success[0].value


def test_without_a_connection_nothing_is_sent_and_it_is_said(show, services, monkeypatch):
    monkeypatch.setattr("app.steering.WITHIN_S", 0.2)
    app = prepared(works(show("steering")))
    works(app.button(Key.STEERING_SEND).click().run())
    assert "could not be reached" in app.error[0].value
    assert payload(app)["type"] == "WHITE"  # still there, to be sent again


def test_live_stays_locked_until_its_address_was_typed(show, services, monkeypatch):
    app = works(show("steering"))
    works(app.sidebar.segmented_control(Key.ENVIRONMENT).set_value("live").run())
    app = prepared(app)
    assert app.button(Key.STEERING_SEND).disabled
    assert "Nothing is sent to" in app.warning[-1].value
    address = services.environments.get("live").display_url
    works(app.text_input(Key.REPLAY_CONFIRM).set_value("mqtt://elsewhere").run())
    assert app.button(Key.STEERING_SEND).disabled
    works(app.text_input(Key.REPLAY_CONFIRM).set_value(address).run())
    asked: list[dict[str, object]] = []

    def send(*_arguments: object, **named: object) -> Sent:
        asked.append(named)
        return Sent(Message(REQUESTS, b"{}", 1, 0, 0))

    monkeypatch.setattr(services.steering, "send", send)
    works(app.button(Key.STEERING_SEND).click().run())
    assert asked[0]["confirmed"] == address
    app = prepared(app)
    assert app.button(Key.STEERING_SEND).disabled  # asked for anew


def test_a_reset_is_asked_for_once_more(show, connected):
    connected.subscribe("ccu/set/reset")
    app = section(works(show("steering")), "Factory")
    works(app.toggle(Key.STEERING_STORAGE).set_value(True).run())
    app = prepared(app, f"{Key.STEERING_PREPARE}-Factory reset")
    assert payload(app)["withStorage"] is True
    assert app.button(Key.STEERING_SEND).disabled
    works(app.text_input(Key.STEERING_TOPIC).set_value(" ccu/set/reset ").run())
    assert app.button(Key.STEERING_SEND).disabled  # it would be sent without the blanks
    works(app.checkbox(Key.STEERING_SURE).set_value(True).run())
    works(app.button(Key.STEERING_SEND).click().run())
    assert app.success
    assert connected.await_processed(30)
    assert len(connected.get_buffer("ccu/set/reset")) == 1


def test_a_bracket_is_sent_step_by_step(show, services, connected):
    app = section(works(show("steering")), "Stations")
    app = prepared(app)
    workflow = services.steering.orders.open("replay")[0]
    key = f"{Key.STEERING_STEP}-{workflow.order_id}-0"
    shown = json.loads(app.text_area(key).value or "")
    assert shown["action"]["command"] == "PICK"
    shown["action"]["metadata"]["type"] = "RED"
    works(app.text_area(key).set_value(json.dumps(shown)).run())
    later = app.text_area(f"{Key.STEERING_STEP}-{workflow.order_id}-2")
    works(later.set_value((later.value or "").replace("WHITE", "BLUE")).run())
    kept = [json.loads(step.payload)["action"]["metadata"] for step in services.steering.orders.open()[0].steps]
    assert [one["type"] for one in kept] == ["RED", "WHITE", "BLUE"]
    app = prepared(app, f"{Key.STEERING_PREPARE}-add-{workflow.order_id}")
    more = services.steering.orders.get(workflow.order_id).steps
    assert [json.loads(step.payload)["orderUpdateId"] for step in more] == [1, 2, 3, 4, 5, 6]
    works(app.button(f"{Key.STEERING_SEND}-{workflow.order_id}-0").click().run())
    assert services.steering.orders.get(workflow.order_id).steps[0].state is StepState.SENT
    works(app.button(f"{Key.STEERING_END}-{workflow.order_id}-0").click().run())
    assert services.steering.orders.open("replay") == []
    assert "0 of 6 commands finished" in seen(app)


def test_what_is_open_is_shown_after_a_restart(show, services):
    steering = services.steering
    order_id = steering.orders.new_order_id()
    commands = module_sequence(steering.generator, DRILL.serial, ACTIONS["DRILL"], order_id)
    steering.orders.begin("<b>DRILL</b>", "replay", order_id, commands)
    app = works(show("steering"))
    assert order_id in seen(app)
    assert "<b>DRILL</b>" in seen(app)
    assert "2 commands after that" in seen(app)


@pytest.mark.parametrize(
    ("label", "topic"),
    [
        ("Charge", "ccu/set/charge"),
        ("Find initial dock position", "fts/v1/ff/5iO4/instantAction"),
        ("Load was taken", "fts/v1/ff/5iO4/instantAction"),
    ],
)
def test_each_action_of_a_vehicle_is_prepared(show, services, label, topic):
    app = prepared(section(works(show("steering")), "Vehicles"), f"{Key.STEERING_PREPARE}-{label}")
    assert app.text_input(Key.STEERING_TOPIC).value == topic
    assert not app.error


def test_a_route_becomes_one_command_for_each_station(show, services):
    app = section(works(show("steering")), "Vehicles")
    works(app.selectbox(Key.STEERING_ROUTE).set_value("BLUE-production").run())
    app = prepared(app)
    workflow = services.steering.orders.open()[0]
    assert workflow.title == "AGV-1: DPS → HBW → DRILL → MILL → AIQS → DPS"
    assert [json.loads(step.payload)["orderUpdateId"] for step in workflow.steps] == [0, 1, 2, 3, 4]


def test_a_wrong_workpiece_is_one_sentence(show, services):
    app = works(show("steering"))
    works(app.segmented_control(Key.STEERING_KIND).set_value("Storage").run())
    works(app.text_input(Key.STEERING_WORKPIECE).set_value("<b>x</b>").run())
    app = prepared(app)
    assert "14 hexadecimal digits" in app.error[0].value


def test_whatever_can_be_set_is_prepared_as_its_template_expects(show, services):
    app = section(works(show("steering")), "Setup")
    topics = {}
    for what in FORMS:
        app = prepared(works(app.selectbox(Key.STEERING_SETUP).set_value(what).run()))
        topics[what] = app.text_input(Key.STEERING_TOPIC).value
        assert "what the factory's templates expect" in seen(app)
    assert list(topics.values()) == [
        *(f"ccu/set/{one}" for one in ("layout", "delete-module", "flows", "config", "module-duration")),
        "module/v1/ff/SVR3QA0022/instantAction",
        "/j1/txt/1/c/bme680",
        "/j1/txt/1/c/cam",
        "/j1/txt/1/o/ptu",
        "module/v1/ff/SVR4H73275/instantAction",
        "osf/arduino/alarm/enabled",
    ]


def test_a_calibration_is_prepared_with_its_values_and_a_wrong_line_is_one_sentence(show, services):
    app = section(works(show("steering")), "Calibration")
    works(app.segmented_control(f"{Key.STEERING_CALIBRATION}-what").set_value("setCalibrationValues").run())
    works(app.text_area(f"{Key.STEERING_CALIBRATION}-values").set_value("A.B = 7\n\nC = -1.5").run())
    app = prepared(app)
    assert payload(app)["references"] == [
        {"referenceKey": "A.B", "referenceValue": 7},
        {"referenceKey": "C", "referenceValue": -1.5},
    ]
    works(app.text_area(f"{Key.STEERING_CALIBRATION}-values").set_value("nonsense").run())
    app = prepared(app)
    assert "nonsense" in app.error[0].value
    assert "is no value" in app.error[0].value


def test_what_came_back_to_a_sent_command_is_shown(show, services, connected):
    app = prepared(works(show("steering")))
    request = payload(app)
    works(app.button(Key.STEERING_SEND).click().run())
    assert "Waiting for an answer" in seen(app)
    response = {**request, "orderId": "0f7c1234-1", "state": "IN_PROGRESS"}
    connected.publish_batch([Message("ccu/order/response", json.dumps(response).encode(), 1, 0, 0)]).wait(30)
    assert connected.await_processed(30)
    shown = seen(works(app.run()))
    assert "accepted as order 0f7c1234" in shown
    assert "Production WHITE" in shown


def test_each_command_of_a_sequence_can_be_sent_against_its_template(show, services, connected):
    app = prepared(section(works(show("steering")), "Stations"))
    order_id = services.steering.orders.open("replay")[0].order_id
    for number in (0, 2):
        field = app.text_area(f"{Key.STEERING_STEP}-{order_id}-{number}")
        app = works(field.set_value('{"orderId": "x"}').run())
        app = works(app.checkbox(f"{Key.STEERING_OVERRIDE}-{order_id}-{number}").set_value(True).run())
    steps = services.steering.orders.get(order_id).steps
    assert [one.override for one in steps] == [True, False, True]
    assert not works(app.button(f"{Key.STEERING_RUN}-{order_id}-0").click().run()).error
    assert services.steering.orders.get(order_id).steps[0].state is StepState.SENT


def test_a_route_with_a_workpiece_has_the_commands_of_its_stations_too(show, services):
    app = section(works(show("steering")), "Vehicles")
    works(app.toggle(Key.STEERING_LOADED).set_value(True).run())
    prepared(app)
    titles = [step.title for step in services.steering.orders.open()[0].steps]
    assert titles == [
        "AGV-1: DPS → DPS", "DPS: DROP", "AGV-1: load was put on",
        "AGV-1: DPS → HBW", "HBW: PICK", "AGV-1: load was taken",
    ]  # fmt: skip
