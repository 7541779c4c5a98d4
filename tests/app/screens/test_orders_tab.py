"""The tab Orders: what the factory was ordered to do, who did it, and the messages behind each step."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from app.state import Key
from core.message import Message
from tests.analysis.sessions import START_NS as THEIR_START
from tests.app.screens.conftest import START_NS, figures, message, seen, texts, works, write_session
from tests.aps.orders import ORDER, PIECE, active, completed, module_order, order, request, said, stamp, step
from tests.hostile import write_hostile_session

DPS = "SVR4H73275"


def shifted(messages: list[Message]) -> list[Message]:
    """Moved to the start of the sessions of these tests; the times inside are another clock's, which is allowed for."""
    return [one._replace(at_ns=one.at_ns - THEIR_START + START_NS) for one in messages]


def factory_session(services) -> str:
    """A storage order that went well, and a production order that failed at its check."""
    stored = order(step("START>DPS", "FINISHED", 1, 2), step("DPS.DROP", "FINISHED", 4, 6), workpieceId=PIECE)
    check = step("AIQS.CHECK_QUALITY", "ERROR", 11, 15)
    failed = order(check, orderId="b" * 36, orderType="PRODUCTION", state="ERROR", received_s=11, stoppedAt=stamp(15))
    messages = [
        request(stored, 0),
        active(stored, at_s=4),
        module_order(DPS, "DPS.DROP", "DROP", 4.1),
        completed({**stored, "state": "FINISHED", "stoppedAt": stamp(6)}, at_s=6),
        active({**failed, "state": "IN_PROGRESS"}, at_s=11),
        completed(failed, at_s=15),
        said("x", 1, 20),
    ]
    return write_session(services.folder, "Two orders", shifted(messages))


@pytest.fixture
def two_orders(services) -> str:
    return factory_session(services)


def open_orders(show, session: str, **query: str) -> AppTest:
    return works(show("analyse", session=session, tab="Orders", **query))


def test_orders_are_counted_listed_and_drawn(show, two_orders):
    app = open_orders(show, two_orders)
    assert {name: figures(app)[name] for name in ("Orders", "Finished", "Failed", "Open")} == {
        "Orders": "2",
        "Finished": "1",
        "Failed": "1",
        "Open": "0",
    }
    listed = app.dataframe[0].value
    assert list(listed["Result"]) == ["finished", "failed"]
    assert list(listed["Failed at"]) == ["", "AIQS.CHECK_QUALITY"]
    assert list(listed["Duration (s)"]) == [6.0, 4.0]
    lanes = json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]["yaxis"]["ticktext"]
    assert lanes == ["1 STORAGE RED", "2 PRODUCTION RED ✗"]
    assert any("Quality check</span>" in one.proto.body for one in app.get("html")), "what its colours mean"


def test_the_failed_order_is_shown_first_and_says_where(show, two_orders):
    app = open_orders(show, two_orders)
    assert "failed at step 0, AIQS.CHECK_QUALITY" in seen(app)


def test_a_step_leads_to_its_command_on_the_messages_tab(show, two_orders):
    app = open_orders(show, two_orders)
    works(app.selectbox(f"{Key.ORDERS_ORDER}-{two_orders}").set_value(ORDER).run())
    works(app.selectbox(f"{Key.ORDERS_STEP}-{ORDER}").set_value(1).run())
    works(app.button(f"{Key.ORDERS_OPEN}-Command").click().run())
    assert app.session_state[Key.ANALYSE_TAB] == "Messages"
    assert app.query_params["message"] in ("3", ["3"])


def test_only_orders_of_the_chosen_stretch_are_shown(show, two_orders):
    app = open_orders(show, two_orders, start="10", end="20")
    assert figures(app)["Orders"] == "1"
    app = open_orders(show, two_orders, start="17", end="18")
    assert "None of the 2 orders" in seen(app)


def test_the_stretch_of_an_order_can_be_taken_for_all_tabs(show, two_orders):
    app = open_orders(show, two_orders)
    works(app.button(Key.ORDERS_SPAN).click().run())
    assert app.query_params["start"] in ("10", ["10"])
    assert figures(app)["Orders"] == "1"


def test_stations_can_be_the_lanes(show, two_orders):
    app = open_orders(show, two_orders)
    works(app.segmented_control(Key.ORDERS_LANES).set_value("Stations").run())
    lanes = json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]["yaxis"]["ticktext"]
    assert lanes == ["DPS", "AIQS", "AGV"]


def test_a_session_without_orders_says_so_kindly(show, session):
    app = open_orders(show, session)
    assert not app.error
    assert "No order in this session" in texts(app)


def test_a_request_that_nothing_answered_is_told(show, services):
    lost = [request(order(), 0), message(1, "x", at_s=30)]
    app = open_orders(show, write_session(services.folder, "Lost", shifted(lost[:1]) + lost[1:]))
    assert "had no answer in this session" in seen(app)


def test_a_session_that_is_being_recorded_shows_what_is_there(show, services, recording):
    recording.write(shifted([active(order(step("START>DPS", "IN_PROGRESS", 1)), at_s=1)]))
    app = open_orders(show, recording.metadata.id)
    assert figures(app)["Open"] == "1"


def test_hostile_orders_are_text(show, services):
    markup = "<b>x</b> **x** :red[x] $x$"
    rows = [{**step("DPS.DROP", markup, 1, 2), "moduleType": markup, "command": markup, "serialNumber": markup}]
    value = order(*rows, orderId=markup, type=markup, orderType=markup, workpieceId=markup, state=markup)
    session = write_session(
        services.folder, "Hostile", shifted([request(value), active(value, at_s=1), said("x", 1, 9)])
    )
    app = open_orders(show, session)
    assert not app.error
    assert "<b>" not in texts(app)
    assert "**x**" not in texts(app)


def test_hostile_payloads_are_no_orders(show, services):
    session, _ = write_hostile_session(services.folder)
    assert not open_orders(show, session).error
