"""The tabs Quality, Compare and Correlation: what is found is shown, and whatever a stranger has published is text."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from app.state import Key
from app.widgets.quality_tab import apart
from app.widgets.row_table import row_of
from core.message import Message
from tests.app.screens.conftest import figures, message, seen, texts, works, write_session
from tests.aps.orders import completed, order, request, response, step
from tests.hostile import MARKUP, write_hostile_session

TABS = ("Correlation", "Compare", "Quality")


def open_tab(show, session: str, tab: str, **query: str) -> AppTest:
    return works(show("analyse", session=session, tab=tab, **query))


def numbered(skipped: set[int]) -> list[Message]:
    """A counter on one topic, with holes, and a message that came twice."""
    kept = [number for number in range(60) if number not in skipped]
    return [
        message(number, "drill/state", b'{"n":%d,"state":"RUNNING"}' % number, at_s=float(number)) for number in kept
    ]


def test_quality_names_what_is_missing_and_what_came_twice(show, services):
    messages = numbered({20, 21, 40})
    twice = messages[30]._replace(at_ns=messages[30].at_ns + 5_000_000)
    session = write_session(services.folder, "Holes", [*messages[:31], twice, *messages[31:]])
    app = open_tab(show, session, "Quality")
    assert not app.error
    assert (figures(app)["Missing"], figures(app)["Came twice"], figures(app)["Silences"]) == ("3", "1", "0")
    jumps = app.dataframe[0].value
    assert list(zip(jumps["From"], jumps["To"], jumps["Left out"], strict=True)) == [("19", "22", 2), ("39", "41", 1)]
    assert app.dataframe[1].value["After the first (ms)"].tolist() == [5.0]


def test_quality_keeps_to_the_stretch_and_the_topics_in_view(show, services):
    session = write_session(services.folder, "Holes", numbered({20, 21, 40}))
    assert figures(open_tab(show, session, "Quality", start="30", end="60"))["Missing"] == "1"
    app = open_tab(show, session, "Quality", topic="nothing/#")
    assert "No message of the chosen topics" in texts(app)


def test_where_nothing_can_be_judged_nothing_is_said_to_be_right(show, services):
    """Of a single message nobody knows whether its time is as usual, nor how late it is in a session without it."""
    session = write_session(services.folder, "One", [message(0, "a", b'{"timestamp":"2001-01-01T00:00:00Z"}')])
    app = open_tab(show, session, "Quality")
    assert (figures(app)["Wrong time"], figures(app)["Drifting clocks"]) == ("–", "–")
    assert "fit their arrival" not in texts(app)
    assert texts(app).count("No topic has 5 messages with a time of their own") == 2
    write_session(services.folder, "Another", numbered(set()))
    nothing = open_tab(show, session, "Compare", topic="nothing/#")
    assert "Neither session has a message in this view" in texts(nothing)
    assert not nothing.success, "no copy is faithful because nothing was compared"
    compared = figures(open_tab(show, session, "Compare"))
    assert (compared["Same"], compared["Time ±, p99"], compared["Time ±, max"]) == ("0", "–", "–")


def test_compare_says_that_a_copy_is_faithful(show, services):
    session = write_session(services.folder, "Original", numbered(set()))
    assert "Nothing to compare with" in texts(open_tab(show, session, "Compare"))
    write_session(services.folder, "Copy", numbered(set()))
    app = open_tab(show, session, "Compare")
    assert "B is a faithful copy of A" in app.success[0].value
    assert (figures(app)["Same"], figures(app)["Missing"]) == ("60", "0")


def test_compare_names_what_differs_and_obeys_the_tolerance(show, services):
    session = write_session(services.folder, "Original", numbered(set()))
    late = [one._replace(at_ns=one.at_ns + 50_000_000 * (place == 9)) for place, one in enumerate(numbered(set()))]
    write_session(services.folder, "Edited", [*late[:20], *late[21:]])
    app = open_tab(show, session, "Compare")
    assert "1 message is only in A." in seen(app)
    assert (figures(app)["Missing"], figures(app)["Time ±, max"]) == ("1", "50.0 ms")
    assert list(app.dataframe[0].value["What"]) == ["missing"]
    works(app.number_input(Key.COMPARE_TOLERANCE).set_value(40.0).run())
    assert "differs by up to 50 ms" in seen(app)


def test_compare_draws_how_long_the_orders_took(show, services):
    """What is not known is nothing, neither a word nor a zero."""
    begun = order(step("START>DPS"))
    quick, slow = (order(step("START>DPS", "FINISHED", 1, ended_s), state="FINISHED") for ended_s in (2, 8))
    session = write_session(services.folder, "A", [request(begun), response(begun, 0.1), completed(quick, at_s=2)])
    write_session(services.folder, "B", [request(begun), response(begun, 0.1), completed(slow, at_s=8)])
    write_session(services.folder, "Open", [request(begun), response(begun, 0.1)])
    app = open_tab(show, session, "Compare")
    works(choose(app, "B ").run())
    in_a, in_b = json.loads(app.get("plotly_chart")[0].proto.spec)["data"]
    assert (in_a["name"], in_b["name"]) == ("A", "B")
    assert in_b["text"][0].startswith("<b>+")
    works(choose(app, "Open ").run())
    orders = next(one.value for one in app.dataframe if "Result in A" in one.value)
    assert orders["B (s)"].isna().all()
    assert orders["Result in B"].tolist() == ["open"]


def choose(app: AppTest, name: str) -> Selectbox[str]:
    """The other session."""
    box = app.selectbox(Key.COMPARE_WITH)
    return box.select(next(words for words in box.options if words.startswith(name)))


def test_an_id_is_followed_and_any_other_can_be_typed(show, services):
    order = [
        ("order/request", "NEW"),
        ("drill/command", "DRILL"),
        ("drill/state", "RUNNING"),
        ("drill/state", "FAILED"),
    ]
    messages = [
        message(place, topic, json.dumps({"orderId": "order-4711-a", "state": word}).encode(), at_s=float(place))
        for place, (topic, word) in enumerate(order)
    ]
    session = write_session(services.folder, "An order", [*messages, message(9, "plant/SN-0815", b"1", at_s=9.0)])
    app = open_tab(show, session, "Correlation")
    assert app.selectbox(Key.FOLLOW_ID).value == "order-4711-a"
    assert (figures(app)["Messages"], figures(app)["Topics"]) == ("4", "3")
    assert list(app.dataframe[0].value["Says"]) == ["NEW", "DRILL", "RUNNING", "FAILED"]
    (diagram,) = (one.value for one in app.markdown if "sequenceDiagram" in one.value)
    assert "p2->>p1: DRILL" in diagram
    works(app.text_input(Key.FOLLOW_TEXT).set_value("SN-0815").run())
    assert figures(app)["Messages"] == "1"
    works(app.text_input(Key.FOLLOW_TEXT).set_value("nowhere").run())
    assert "No message in view carries it" in texts(app)


@pytest.mark.parametrize("tab", TABS)
def test_what_strangers_publish_is_text(show, services, tab):
    hostile, _ = write_hostile_session(services.folder)
    write_session(services.folder, MARKUP, numbered(set()))
    app = open_tab(show, hostile, tab)
    assert not app.error
    if tab == "Correlation":
        works(app.text_input(Key.FOLLOW_TEXT).set_value(MARKUP).run())
        assert not app.error


@pytest.mark.parametrize("tab", TABS)
def test_an_empty_session_is_no_error(show, services, tab):
    empty = write_session(services.folder, "Empty", [])
    write_session(services.folder, "Other", numbered(set()))
    assert not open_tab(show, empty, tab).error


@pytest.mark.parametrize(
    ("state", "row"),
    [
        (None, None),
        ({"selection": {"rows": []}}, None),
        ({"selection": {"rows": [3], "columns": []}}, 3),
        ({"selection": {"rows": [4]}}, None),
    ],
)
def test_the_selected_row_of_a_table(state: object, row: int | None):
    assert row_of(state, 4) == row


@pytest.mark.parametrize(("ms", "text"), [(12.4, "+12 ms"), (-7_200_000.0, "-2 h 00 min"), (60_000.0, "+1 min 00 s")])
def test_how_far_clocks_are_apart(ms: float, text: str):
    assert apart(ms) == text
