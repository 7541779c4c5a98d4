"""The tab Fields: what is offered, what is drawn, and the way to the messages behind it."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.state import Key
from app.widgets import fields_tab
from tests.app.screens.conftest import markdown, message, seen, texts, works, write_session
from tests.hostile import write_hostile_session

DHT = "osf/arduino/temperature/dht11-1/state"


@pytest.fixture
def fields(show):
    """Opens the tab on a session."""
    return partial(show, "analyse", tab="Fields")


@pytest.fixture
def sensors(services):
    """A temperature and a state, 30 messages each."""
    messages = [
        one
        for n in range(30)
        for one in (
            message(n, DHT, json.dumps({"temperature": 20 + n / 10, "unit": "C"}).encode(), at_s=float(n)),
            message(n, "fts/v1/ff/5iO4/state", json.dumps({"driving": n % 10 > 4}).encode(), at_s=n + 0.5),
        )
    ]
    return write_session(services.folder, "Sensors", messages)


def chosen(app: AppTest) -> Any:
    return next(one for one in app.multiselect if str(one.key).startswith(Key.FIELDS_CHOSEN)).value


def chart(app: AppTest) -> Any:
    return json.loads(app.get("plotly_chart")[0].proto.spec)


def test_what_changes_is_drawn_at_once(fields, sensors):
    app = works(fields(session=sensors))
    assert sorted(chosen(app)) == ["driving · fts/v1/ff/5iO4/state", f"temperature · {DHT}"]
    assert [trace["type"] for trace in chart(app)["data"]] == ["scatter", "bar"]
    assert "60 values of 2 fields" in seen(app)
    assert sorted(app.query_params["field"]) == sorted(chosen(app))


def test_of_a_long_session_only_what_is_chosen_is_read(fields, sensors, monkeypatch):
    monkeypatch.setattr(fields_tab, "AT_ONCE", 10)
    app = works(fields(session=sensors))
    assert chosen(app) == []
    assert "Choose one or more fields" in texts(app)
    picker = next(one for one in app.multiselect if str(one.key).startswith(Key.FIELDS_CHOSEN))
    assert f"temperature · {DHT} · 20 to 22.9" in picker.options
    works(picker.select(f"temperature · {DHT} · 20 to 22.9").run())
    assert len(chart(app)["data"]) == 1


def test_an_address_names_the_fields(fields, sensors):
    app = works(fields(session=sensors, field=f"unit · {DHT}"))
    assert chosen(app) == [f"unit · {DHT}"]


def test_range_and_topics_of_the_view_hold_and_what_is_chosen_stays(fields, sensors):
    app = works(fields(session=sensors, start="10", end="20"))
    assert "20 values of 2 fields" in seen(app)
    works(app.multiselect(Key.ANALYSE_TOPICS).set_value([DHT]).run())
    assert "10 values of 1 field" in seen(app)
    assert len(chosen(app)) == 2


def test_every_point_and_bar_names_its_message(fields, sensors):
    """Which a click opens: see the test in a browser."""
    line, bars = chart(works(fields(session=sensors)))["data"]
    assert [point[0] for point in line["customdata"]] == list(range(1, 61, 2))
    assert [bar[0] for bar in bars["customdata"]] == [2, 12, 22, 32, 42, 52]


def test_without_fields_it_is_said_what_to_do(fields, services):
    session = write_session(services.folder, "Texts", [message(1, payload=b"on"), message(2, payload=b"\xff")])
    assert "No message of this view has a field" in texts(works(fields(session=session)))


def test_nothing_that_is_published_breaks_it(fields, services):
    session, _ = write_hostile_session(services.folder)
    app = works(fields(session=session))
    assert not app.error
    assert "<script>" not in markdown(app)
