"""The message centre shows what comes for a choice of filters, and sends what somebody writes."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Image

from analysis.templates.library import FOLDER, TemplateLibrary
from analysis.templates.model import Field, JsonType, Kind, Template, TemplateSet
from analysis.templates.topic_pattern import TopicPattern
from app.services import Services
from app.state import Key
from app.widgets import centre_live
from app.widgets.centre_live import FAINT, _as_text
from aps.topics import COLOURS, Category
from core.message import LIVE, LIVE_RETAINED, Message
from core.ports import ConnectionState
from mqtt.client import SharedClient
from tests.analysis.test_pictures import drawn
from tests.app.screens.conftest import Show, seen, works
from tests.fakes import eventually

GREY = FAINT.removeprefix("color: ")


@pytest.fixture
def mock(services, monkeypatch):
    """The simulated factory's broker, without the factory."""
    monkeypatch.setattr(services.mock, "start", lambda: None)
    client = services.client("mock")
    assert client.await_connected(10)
    return client


def opened(show: Show, services: Services, mock: SharedClient) -> AppTest:
    app = works(show("message_centre", environment="mock"))
    assert mock.await_subscribed(10)
    return app


def published(client: SharedClient, topic: str, payload: bytes, retain: int = LIVE) -> None:
    assert client.publish_batch([Message(topic, payload, 1, retain, 0)]).wait(10)


def shown(app: AppTest) -> list[str]:
    return [str(value) for value in app.dataframe[0].value["Topic"]] if app.dataframe else []


def colours(app: AppTest) -> set[str]:
    """Those of texts in the table."""
    return set(re.findall(r"color: (#\w+)", app.dataframe[0].proto.arrow_data.styler.styles))


def until(app: AppTest, wanted: Callable[[AppTest], bool]) -> None:
    """Runs the page until what was published has come back."""
    for _ in range(200):
        works(app.run())
        if wanted(app):
            return
    pytest.fail("it has not come")


def test_messages_of_the_chosen_priority_and_own_filters_are_shown(show, services, mock):
    app = opened(show, services, mock)
    assert "Nothing has come yet on priority 4 Central control. Raise the slider" in seen(app)
    for topic in ("ccu/order/active", "test/one", "osf/arduino/gas/mq2-1/state"):
        published(mock, topic, b'{"a":1}')
    until(app, lambda app: shown(app) == ["ccu/order/active"])
    app.session_state[Key.CENTRE_FILTERS] = ["test/#"]
    works(app.run())
    assert mock.await_subscribed(10)
    published(mock, "test/two", b"<b>x</b>")
    until(app, lambda app: shown(app) == ["test/two", "ccu/order/active"])
    works(app.text_input(Key.CENTRE_SEARCH).set_value("two").run())
    assert shown(app) == ["test/two"]


def test_a_pause_keeps_what_is_shown_categories_have_colours_and_silent_topics_are_grey(
    show, services, mock, monkeypatch
):
    app = opened(show, services, mock)
    published(mock, "ccu/state/stock", b"{}")
    until(app, lambda app: shown(app) == ["ccu/state/stock"])
    works(app.toggle(Key.CENTRE_PAUSED).set_value(True).run())
    published(mock, "ccu/order/active", b"[]")
    eventually(lambda: "ccu/order/active" in [one.topic for one in mock.get_buffer("ccu/#")], "the message coming", 30)
    assert shown(works(app.run())) == ["ccu/state/stock"]
    app.session_state[str(app.dataframe[0].key)] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    assert "ccu/state/stock, 2 B" in seen(works(app.run()))
    works(app.toggle(Key.CENTRE_PAUSED).set_value(False).run())
    assert shown(app) == ["ccu/order/active", "ccu/state/stock"]
    assert {_as_text(COLOURS[one]) for one in (Category.ORDER, Category.CCU)} <= colours(app)
    works(app.segmented_control(Key.CENTRE_SHAPE).set_value("Topics").run())
    assert GREY not in colours(app)
    monkeypatch.setattr(centre_live, "SILENT_S", -1.0)
    assert GREY in colours(works(app.run()))


def test_what_the_broker_stores_is_shown_at_once_and_marked(show, services, mock):
    published(mock, "ccu/state/stock", b'{"stockItems":[]}', LIVE_RETAINED)
    app = opened(show, services, mock)
    row = app.dataframe[0].value.iloc[0]
    assert (row["Time"], row["Topic"]) == ("stored", "ccu/state/stock")
    assert "1 message that the broker stores; when they were sent is not known" in seen(app)
    works(app.segmented_control(Key.CENTRE_SHAPE).set_value("Topics").run())
    assert app.dataframe[0].value.iloc[0]["Age"] == "stored"
    published(mock, "ccu/state/stock", b'{"stockItems":[]}', LIVE_RETAINED)
    until(app, lambda app: app.dataframe[0].value.iloc[0]["Age"] != "stored")


def test_a_shipped_command_is_a_starting_point_and_is_checked_before_it_goes_out(show, services, mock):
    app = opened(show, services, mock)
    works(app.selectbox(Key.CENTRE_START).set_value("Order: production").run())
    works(app.button(Key.CENTRE_TAKE).click().run())
    assert app.text_input(Key.CENTRE_SEND_TOPIC).value == "ccu/order/request"
    assert "It is as the template of its topic expects" in seen(app)
    wrong = str(app.text_area(Key.CENTRE_SEND_PAYLOAD).value).replace("WHITE", "GREEN")
    works(app.text_area(Key.CENTRE_SEND_PAYLOAD).set_value(wrong).run())
    works(app.button(Key.CENTRE_SEND).click().run())
    assert "was not sent, because it breaks its template: $.type 'GREEN' is none of" in seen(app)
    works(app.text_area(Key.CENTRE_SEND_PAYLOAD).set_value('{"a": 1').run())
    assert "Read as JSON: line 1, column 8: expecting" in seen(app)
    assert not app.error  # it was about another message
    works(app.text_area(Key.CENTRE_SEND_PAYLOAD).set_value(wrong).run())
    works(app.checkbox(Key.CENTRE_OVERRIDE).check().run())
    works(app.button(Key.CENTRE_SEND).click().run())
    assert "It breaks its template; that was on purpose" in seen(app)
    assert not app.checkbox(Key.CENTRE_OVERRIDE).value
    assert "History (2)" in seen(app)


def test_saved_templates_are_starting_points_and_rules_too(show, services, mock):
    payload = Field(Kind.STRUCTURE, (JsonType.OBJECT,), members=(
        ("level", Field(Kind.ENUMERATION, (JsonType.STRING,), required=True, values=("low", "high"))),
    ))  # fmt: skip
    template = Template(TopicPattern.parse("plant/{tank}"), payload=payload, parts=(("tank", ("t1",)),))
    TemplateLibrary(services.folder / FOLDER).save(TemplateSet((template,)), "Tanks")
    app = opened(show, services, mock)
    works(app.selectbox(Key.CENTRE_SOURCE).set_value("tanks").run())
    works(app.selectbox(Key.CENTRE_START).set_value("plant/{tank}").run())
    works(app.button(Key.CENTRE_TAKE).click().run())
    typed = app.text_input(Key.CENTRE_SEND_TOPIC).value, json.loads(str(app.text_area(Key.CENTRE_SEND_PAYLOAD).value))
    assert typed == ("plant/t1", {"level": "low"})
    works(app.text_area(Key.CENTRE_SEND_PAYLOAD).set_value("{}").run())
    assert "`$.level` is missing" in seen(app)
    works(app.button(Key.CENTRE_SEND).click().run())
    assert "$.level is missing. Correct it, or send it all the same" in seen(app)


def test_a_filter_that_is_none_is_said(show, services, mock):
    app = opened(show, services, mock)
    app.session_state[Key.CENTRE_FILTERS] = ["a/#/b"]
    assert "Correct or remove this filter" in seen(works(app.run()))


def test_the_last_value_of_a_topic_in_full(show, services, mock):
    app = opened(show, services, mock)
    published(mock, "ccu/state/stock", b'{"stockItems":[]}')
    until(app, lambda app: shown(app) == ["ccu/state/stock"])
    works(app.selectbox(Key.CENTRE_TOPIC).set_value("ccu/state/stock").run())
    assert [json.loads(one.value) for one in app.json] == [{"stockItems": []}]
    picture = {"number": 2**60, "data": f"data:image/png;base64,{b64encode(drawn('PNG')).decode()}"}
    published(mock, "ccu/state/stock", json.dumps(picture).encode())
    until(app, lambda app: bool(app.get("image")))
    image = app.get("image")[0]
    assert isinstance(image, Image)
    assert "PNG, 12 × 7 pixels" in image.captions[0]
    assert json.loads(app.json[0].value)["number"] == str(2**60)  # a browser would round it


def test_a_message_is_sent_confirmed_and_kept_in_the_history(show, services, mock):
    app = opened(show, services, mock)
    app.text_input(Key.CENTRE_SEND_TOPIC).set_value("ccu/test")
    app.text_area(Key.CENTRE_SEND_PAYLOAD).set_value('{"a": 1}')
    works(app.button(Key.CENTRE_SEND).click().run())
    assert "The broker of mock has confirmed it" in seen(app)
    assert "History (1)" in seen(app)
    until(app, lambda app: shown(app) == ["ccu/test"])


def test_a_message_that_is_none_is_refused_with_the_reason(show, services, mock):
    app = opened(show, services, mock)
    app.text_input(Key.CENTRE_SEND_TOPIC).set_value("a/#")
    works(app.button(Key.CENTRE_SEND).click().run())
    assert "Correct the topic" in seen(app)
    works(app.text_area(Key.CENTRE_SEND_PAYLOAD).set_value("{").run())
    works(app.text_input(Key.CENTRE_SEND_TOPIC).set_value("a").run())
    assert "begins like JSON and is none" in seen(app)


def test_nothing_is_sent_where_nothing_may_be_published_and_a_broker_that_is_away_is_said(show, services):
    app = works(show("message_centre", environment="live"))
    assert app.button(Key.CENTRE_SEND).disabled
    assert "Raise the slider" not in seen(app)
    eventually(lambda: services.connection("live").state is ConnectionState.DISCONNECTED, "the broker being away", 30)
    assert "The broker does not answer." in seen(works(app.run()))
    assert "It is tried again." in seen(app)


def test_what_is_picked_while_the_page_is_drawn_stays_picked(show, services, mock):
    """A run that sets a value tells the browser, which forgets for it what was picked since the run began."""
    app = opened(show, services, mock)
    published(mock, "ccu/state/stock", b"{}")
    until(app, lambda app: shown(app) == ["ccu/state/stock"])
    works(app.segmented_control(Key.CENTRE_SHAPE).set_value("Topics").run())
    for key in (Key.CENTRE_START, Key.CENTRE_TOPIC):
        assert not app.selectbox(key).proto.set_value
    works(app.selectbox(Key.CENTRE_TOPIC).set_value("ccu/state/stock").run())
    assert app.selectbox(Key.CENTRE_TOPIC).value == "ccu/state/stock"
