"""The tab Messages: pages, filters, a time to go to, and one message in full."""

from __future__ import annotations

import json
from base64 import b64encode
from functools import partial

import pytest
from streamlit.elements.lib import policies
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Image

from analysis import message_pages
from app.state import Key
from app.widgets import messages_tab
from app.widgets.message_details import CHANGES, COMMAND, HEX, PICTURE, TEXT, TREE
from core.message import Properties
from store.reader import SessionReader
from tests.analysis.test_pictures import drawn
from tests.app.screens.conftest import markdown, message, seen, texts, works, write_session
from tests.hostile import PAYLOADS, write_hostile_session


@pytest.fixture
def messages(show):
    """Opens the tab on a session."""
    return partial(show, "analyse", tab="Messages")


def ids(app: AppTest) -> list[str]:
    """The order numbers of the messages in the table."""
    return [json.loads(text)["orderId"] for text in app.dataframe[0].value["Payload"]]


def click(app: AppTest, key: Key) -> AppTest:
    return works(app.button(key).click().run())


def view(app: AppTest):
    return next(one for one in app.segmented_control if str(one.key).startswith(Key.MESSAGE_VIEW))


def code(app: AppTest) -> str:
    return app.code[-1].value


def test_pages_follow_one_another(messages, session):
    app = works(messages(session=session))
    works(app.selectbox(Key.MESSAGES_SIZE).set_value(25).run())
    assert "1 to 25 of 60 messages" in texts(app)
    pages = [ids(app), *(ids(click(app, Key.MESSAGES_NEXT)) for _ in range(2))]
    assert [len(page) for page in pages] == [25, 25, 10]
    assert [one for page in pages for one in page] == [str(number) for number in range(60)]
    assert "51 to 60 of 60 messages" in texts(app)
    assert app.button(Key.MESSAGES_NEXT).disabled
    assert ids(click(app, Key.MESSAGES_PREVIOUS)) == pages[1]
    assert ids(click(app, Key.MESSAGES_FIRST)) == pages[0]
    assert app.button(Key.MESSAGES_PREVIOUS).disabled
    assert ids(click(app, Key.MESSAGES_LAST)) == [str(number) for number in range(35, 60)]
    click(app, Key.MESSAGES_PREVIOUS)
    assert ids(click(app, Key.MESSAGES_PREVIOUS)) == pages[0]  # in full, though but ten lie before
    assert app.button(Key.MESSAGES_FIRST).disabled


def test_a_filter_begins_at_the_first_page(messages, session, monkeypatch):
    """And Streamlit finds nothing to complain about."""
    monkeypatch.setattr(policies, "_shown_default_value_warning", False)
    app = works(messages(session=session))
    works(app.selectbox(Key.MESSAGES_SIZE).set_value(25).run())
    click(app, Key.MESSAGES_NEXT)
    works(app.text_input(Key.MESSAGES_TEXT).set_value("RUNNING").run())
    assert "1 to 25 of 60 messages" in texts(app)
    assert not policies._shown_default_value_warning


def test_text_json_and_quality_narrow_the_messages_down(messages, session):
    app = works(messages(session=session))
    works(app.text_input(Key.MESSAGES_TEXT).set_value("arduino").run())
    assert "of 20 messages" in texts(app)
    works(app.text_input(Key.MESSAGES_JSON).set_value('$.orderId > "4" && $.state == "RUNNING"').run())
    assert ids(app) == ["5", "8", "41", "44", "47", "50", "53", "56", "59"]
    works(app.segmented_control(Key.MESSAGES_QOS).set_value([0, 2]).run())
    assert "No message matches" in texts(app)


def test_the_address_carries_the_filters_both_ways(messages, session):
    app = works(messages(session=session, json='$.orderId == "7"', qos="1"))
    assert ids(app) == ["7"]
    works(app.text_input(Key.MESSAGES_TEXT).set_value("RUNNING").run())
    works(app.text_input(Key.MESSAGES_JSON).set_value("").run())
    found = {name: app.query_params.get(name) for name in ("text", "json", "qos")}
    assert found == {"text": "RUNNING", "json": None, "qos": "1"}


@pytest.mark.parametrize(
    ("text", "first"),
    [("42", "42"), ("0:41.5", "42"), ("+0:00:30", "30"), ("08:15:33", "30"), ("2026-11-21T07:15:13Z", "10"),
     ("2026-11-21 08:15:14", "11")],
)  # fmt: skip
def test_a_time_is_gone_to(messages, session, text, first):
    """The session begins at 07:15:03 UTC."""
    app = messages(session=session)
    app.session_state[Key.ZONE] = "Europe/Berlin"
    app.text_input(Key.MESSAGES_TIME).set_value(text)
    assert ids(click(app, Key.MESSAGES_GO))[0] == first


def test_what_is_no_time_is_said_once(messages, session):
    app = works(messages(session=session))
    app.text_input(Key.MESSAGES_TIME).set_value("tomorrow")
    click(app, Key.MESSAGES_GO)
    assert "neither a time" in seen(app)
    assert not works(app.run()).error


def test_a_message_opened_from_elsewhere_stands_in_the_table_and_in_full(messages, session):
    app = works(messages(session=session, message="31"))
    assert ids(app)[:4] == ["27", "28", "29", "30"]
    assert "Message 31" in seen(app)
    assert app.dataframe[0].key is not None
    assert json.loads(app.json[0].value)["orderId"] == "30"


def test_a_message_that_is_not_there_is_said(messages, session):
    assert "The session has no message 999" in texts(works(messages(session=session, message="999")))


def test_what_changed_since_the_message_before_of_the_topic(messages, session):
    app = works(messages(session=session, message="31"))
    works(view(app).set_value(CHANGES).run())
    assert app.dataframe[1].value.to_numpy().tolist() == [["$.orderId", '"27"', '"30"']]
    assert "since message 28 of this topic, 3.0 s before" in seen(app)
    click(app, Key.MESSAGE_BEFORE)
    assert "Message 28" in seen(app)
    works(view(app).set_value(CHANGES).run())
    assert app.dataframe[1].value.to_numpy().tolist() == [["$.orderId", '"24"', '"27"']]


def test_a_message_becomes_a_command(messages, services):
    odd = message(1, "it's", b"$(rm -rf /)")._replace(retain=1, properties=Properties(content_type="text/plain"))
    session = write_session(services.folder, "Odd", [odd, message(2, payload=b"x" * 20_000)])
    app = works(messages(session=session, message="1"))
    assert view(app).options == [TEXT, HEX, CHANGES, COMMAND]
    works(view(app).set_value(COMMAND).run())
    assert code(app) == (
        "mosquitto_pub -h localhost -q 1 -r -V 5 -D publish content-type text/plain -t 'it'\"'\"'s' -m '$(rm -rf /)'"
    )
    app = works(messages(session=session, message="2"))
    works(view(app).set_value(COMMAND).run())
    assert code(app).endswith("-f message-2.bin")
    assert app.get("download_button")


def test_a_picture_inside_a_payload_is_shown_as_a_picture(messages, services):
    data = drawn("PNG")
    payload = json.dumps({"ts": 1, "data": f"data:image/png;base64,{b64encode(data).decode()}"}).encode()
    session = write_session(services.folder, "Camera", [message(1, payload=payload), message(2, payload=data)])
    app = works(messages(session=session, message="1"))
    assert view(app).options == [TREE, TEXT, PICTURE, HEX, CHANGES, COMMAND]
    images = app.get("image")
    assert isinstance(images[0], Image)
    assert images[0].value == [f"data:image/png;base64,{b64encode(data).decode()}"]
    assert "PNG, 12 × 7 pixels" in images[0].captions[0]
    app = works(messages(session=session, message="2"))
    assert view(app).options == [PICTURE, HEX, CHANGES, COMMAND]
    assert len(app.get("image")) == 1


def test_bytes_that_are_no_text_are_shown_as_hex(messages, services):
    binary = write_session(services.folder, "Bytes", [message(1, payload=b"\xff\xd8\xff\xe0")])
    app = works(messages(session=binary, message="1"))
    assert view(app).options == [HEX, CHANGES, COMMAND]
    assert "ff d8 ff e0" in code(app)


def test_nothing_that_is_published_breaks_a_view(messages, services):
    """Each payload as it is shown first, and one of its other views, in turn."""
    contents = [message(number, "a", payload) for number, payload in enumerate(PAYLOADS)]
    session = write_session(services.folder, "Hostile", contents)
    app = works(messages(session=session))
    for number in range(1, len(PAYLOADS) + 1):
        app.query_params["message"] = str(number)
        works(app.run())
        options = view(app).options
        works(view(app).set_value(options[number % len(options)]).run())
        assert f"Message {number}" in texts(app)
        assert "<script>" not in markdown(app)


def test_a_hostile_session_is_searched(messages, services):
    session, _ = write_hostile_session(services.folder)
    app = works(messages(session=session))
    assert not app.error
    for condition in ("$ exists", '$.state == "x"', "$[*].state > 1"):
        works(app.text_input(Key.MESSAGES_JSON).set_value(condition).run())
        assert not app.error


@pytest.mark.parametrize("condition", ["state", "$.state == RUNNING", "$."])
def test_a_wrong_condition_is_one_sentence(messages, session, condition):
    app = works(messages(session=session))
    works(app.text_input(Key.MESSAGES_JSON).set_value(condition).run())
    assert len(app.error) == 1
    works(app.text_input(Key.MESSAGES_JSON).set_value("$.state exists").run())
    assert not app.error


def test_what_is_rare_is_found_in_the_background_and_what_was_found_stays(messages, session, monkeypatch):
    monkeypatch.setattr(messages_tab, "BUDGET_S", -1.0)
    app = works(messages(session=session, json='$.orderId == "59"'))
    assert ids(app) == ["59"]
    assert "1 to 1 of 1 message" in texts(app)


def test_a_search_for_other_filters_ends(messages, session, monkeypatch):
    abandoned = []
    monkeypatch.setattr(messages_tab, "abandon", lambda name, entry, query: abandoned.append(query.text))
    app = works(messages(session=session, text="first"))
    works(app.run())
    works(app.text_input(Key.MESSAGES_TEXT).set_value("second").run())
    assert abandoned == ["first"]


def test_selecting_a_row_scans_nothing_again(messages, session, monkeypatch):
    app = works(messages(session=session, text="RUNNING"))
    monkeypatch.setattr(SessionReader, "count", None)
    monkeypatch.setattr(SessionReader, "page", None)
    monkeypatch.setattr(message_pages, "page", None)
    key = app.dataframe[0].key
    assert key is not None
    app.session_state[key] = {"selection": {"rows": [4], "columns": [], "cells": []}}
    works(app.run())
    assert len(app.dataframe[0].value) == 50


def test_what_has_arrived_since_is_there(messages, recording):
    app = works(messages(session=recording.metadata.id))
    assert ids(app) == ["1"]
    recording.write([message(2), message(3)])
    assert ids(works(app.run())) == ["1", "2", "3"]
