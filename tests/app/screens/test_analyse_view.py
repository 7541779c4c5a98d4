"""What all tabs of the analysis look at: the bar above them and the page's address say the same."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from app.state import Key
from app.widgets.analyse_view import View, _Address, ends_of
from app.widgets.view_bar import EVERYTHING, OWN_CHOICE
from aps.view_presets import ORDERS_ONLY, WITHOUT_SENSORS
from core.message import NS_PER_SECOND, Message
from tests.app.screens.conftest import START_NS, markdown, message, seen, texts, works, write_session
from tests.hostile import MARKUP, write_hostile_session


def address(app: AppTest) -> dict[str, list[str]]:
    return {name: value if isinstance(value, list) else [value] for name, value in app.query_params.items()}


def on_timeline(app: AppTest) -> AppTest:
    app.session_state[Key.ANALYSE_TAB] = "Timeline"
    return works(app.run())


def test_an_address_opens_tab_range_and_topics(show, session):
    app = works(show("analyse", session=session, tab="Timeline", start="10", end="40.5", topic=["ccu/#", "osf/#"]))
    assert app.session_state[Key.ANALYSE_TAB] == "Timeline"
    assert app.number_input(Key.ANALYSE_FROM).value == 10.0
    assert app.number_input(Key.ANALYSE_TO).value == 40.5
    assert app.multiselect(Key.ANALYSE_TOPICS).value == ["ccu/#", "osf/#"]
    assert "20 messages from +0:10.000 to +0:40.500" in seen(app)


def test_what_is_chosen_is_in_the_address(show, session):
    app = on_timeline(show("analyse", session=session))
    assert address(app) == {"session": [session], "tab": ["Timeline"]}
    works(app.number_input(Key.ANALYSE_FROM).set_value(10.0).run())
    works(app.number_input(Key.ANALYSE_TO).set_value(20.0).run())
    works(app.multiselect(Key.ANALYSE_TOPICS).select("ccu/order/active").run())
    assert address(app) == {
        "session": [session], "tab": ["Timeline"], "start": ["10"], "end": ["20"], "topic": ["ccu/order/active"],
    }  # fmt: skip
    works(app.button(Key.ANALYSE_SHOW_ALL).click().run())
    assert address(app) == {"session": [session], "tab": ["Timeline"]}
    assert "60 messages in the whole session" in texts(app)


def test_the_address_a_visitor_goes_back_to_wins(show, session):
    app = on_timeline(show("analyse", session=session))
    works(app.number_input(Key.ANALYSE_FROM).set_value(10.0).run())
    del app.query_params["start"]
    del app.query_params["end"]
    works(app.run())
    assert app.number_input(Key.ANALYSE_FROM).value is None


@pytest.mark.parametrize(
    "wrong",
    [{"start": "x", "end": "nan"}, {"start": "20", "end": "10"}, {"start": "1e300"}, {"topic": "a/#/b"},
     {"message": "-1"}, {"message": "9" * 30}, {"tab": "<b>"}],
)  # fmt: skip
def test_nonsense_in_the_address_is_left_out(show, session, wrong):
    app = works(show("analyse", session=session, **wrong))
    assert not app.error
    assert app.session_state[Key.ANALYSE_TAB] == "Overview"
    assert app.number_input(Key.ANALYSE_FROM).value is None
    assert app.multiselect(Key.ANALYSE_TOPICS).value == []


@pytest.mark.parametrize("said", [{}, {"start": "10"}, {"tab": "Topics"}, {"start": "1e300", "tab": "<b>"}])
def test_what_the_address_has_said_is_not_written_again(show, session, said):
    """Each writing is a step in the browser's history: nobody could go back past it."""
    app = works(show("analyse", session=session, **said))
    assert address(app) == {name: [value] for name, value in {"session": session, **said}.items()}


def test_who_goes_back_past_the_first_choice_is_not_sent_forth_again(show, session):
    app = on_timeline(show("analyse"))
    assert address(app) == {"session": [session], "tab": ["Timeline"]}
    app.query_params.clear()
    works(app.run())
    assert app.session_state[Key.ANALYSE_TAB] == "Overview"
    assert address(app) == {}


def test_another_session_is_seen_whole_and_the_first_one_as_it_was_left(show, services, session):
    other = write_session(services.folder, "Another", [message(1)])
    app = on_timeline(show("analyse", session=session))
    works(app.number_input(Key.ANALYSE_FROM).set_value(10.0).run())
    works(app.selectbox(Key.SESSION).set_value(other).run())
    assert app.number_input(Key.ANALYSE_FROM).value is None
    assert address(app) == {"session": [other], "tab": ["Timeline"]}
    works(app.selectbox(Key.SESSION).set_value(session).run())
    assert app.number_input(Key.ANALYSE_FROM).value == 10.0


def test_a_visitor_who_comes_back_to_the_page_finds_what_he_left(show, session):
    app = on_timeline(show("analyse", session=session))
    works(app.number_input(Key.ANALYSE_FROM).set_value(10.0).run())
    works(app.switch_page("screens/settings.py").run())
    app.query_params.clear()
    works(app.switch_page("screens/analyse.py").run())
    assert app.number_input(Key.ANALYSE_FROM).value == 10.0
    assert app.session_state[Key.ANALYSE_TAB] == "Timeline"


def test_presets_choose_topics_and_are_named_when_these_are_chosen(show, session):
    app = on_timeline(show("analyse", session=session))
    assert app.selectbox(Key.ANALYSE_PRESET).value == EVERYTHING
    works(app.selectbox(Key.ANALYSE_PRESET).select(WITHOUT_SENSORS).run())
    assert "40 messages in the whole session" in texts(app)
    works(app.selectbox(Key.ANALYSE_PRESET).select(ORDERS_ONLY).run())
    assert app.multiselect(Key.ANALYSE_TOPICS).value == ["ccu/order/#"]
    works(app.multiselect(Key.ANALYSE_TOPICS).select("osf/arduino/gas/mq2-1/state").run())
    assert app.selectbox(Key.ANALYSE_PRESET).value == OWN_CHOICE


def test_an_impossible_choice_changes_nothing_and_says_why(show, session):
    app = on_timeline(show("analyse", session=session))
    works(app.number_input(Key.ANALYSE_TO).set_value(20.0).run())
    works(app.number_input(Key.ANALYSE_FROM).set_value(30.0).run())
    assert "From (30 s) is not before To (20 s)" in seen(app)
    assert app.number_input(Key.ANALYSE_FROM).value is None
    works(app.multiselect(Key.ANALYSE_TOPICS).set_value(["a/#/b"]).run())
    assert "a/#/b" in seen(app)
    assert app.multiselect(Key.ANALYSE_TOPICS).value == []


def test_a_blank_that_was_pasted_with_a_filter_does_not_count(show, session):
    app = on_timeline(show("analyse", session=session))
    works(app.multiselect(Key.ANALYSE_TOPICS).set_value([" ccu/#"]).run())
    assert app.multiselect(Key.ANALYSE_TOPICS).value == ["ccu/#"]
    assert "20 messages in the whole session" in texts(app)


def test_the_query_of_a_view_has_its_ends_to_the_nanosecond(services, session):
    entry = services.catalog.get(session)
    query = View(entry, (1.5, 2.000001), ("a/#",), ("a/b",)).query
    assert (query.start_ns, query.end_ns) == (START_NS + 3 * NS_PER_SECOND // 2, START_NS + 2_000_001_000)
    assert (query.include, query.exclude) == (("a/#",), ("a/b",))


def test_the_ends_of_a_session_hold_all_of_its_messages(services):
    early = write_session(services.folder, "Early", [message(1, at_s=-2.25), message(2, at_s=29.7)])
    assert ends_of(services.catalog.get(early)) == (-2.3, 29.8)
    empty = write_session(services.folder, "Silence", [])
    assert ends_of(services.catalog.get(empty)) == (0.0, 0.1)


def clicked() -> None:
    import streamlit as st  # an AppTest runs this text alone

    from app.services import get_services
    from app.widgets.analyse_view import current_view, open_message, write_address

    entry = get_services().catalog.sessions()[0]
    st.button("Open", on_click=open_message, args=(entry, 7))
    write_address(entry)
    st.text(f"{current_view(entry).message} {st.session_state.get('analyse_tab')} {st.query_params.to_dict()}")


def test_a_message_that_is_opened_is_chosen_on_its_tab_and_in_the_address(session):
    app = works(AppTest.from_function(clicked, default_timeout=60).run())
    works(app.button[0].click().run())
    assert app.text[0].value == f"7 Messages {{'session': '{session}', 'tab': 'Messages', 'message': '7'}}"


def test_what_is_unusual_leads_to_the_messages_behind_it(show, services):
    valid = [message(number, at_s=float(number)) for number in range(40)]
    late = [message(number, at_s=float(number)) for number in range(90, 120)]
    wrong = message(0, "ccu/order/active", b"{", at_s=120.0)
    some = write_session(services.folder, "Strange", [*valid, *late, wrong])
    app = works(show("analyse", session=some))
    silent, stray = (button for button in app.button if str(button.key).startswith(Key.UNUSUAL))
    assert "was silent for 51" in silent.label
    assert "1 of 71 payloads" in stray.label
    works(stray.click().run())
    assert address(app) == {"session": [some], "tab": ["Messages"], "message": ["71"]}
    app.session_state[Key.ANALYSE_TAB] = "Overview"
    works(app.run())
    works(next(button for button in app.button if str(button.key).startswith(Key.UNUSUAL)).click().run())
    assert address(app)["tab"] == ["Timeline"]
    assert address(app)["start"] == ["33.9"]


def test_the_sentences_about_a_session_lead_to_what_is_behind_them(show, services):
    states = [(0, True), (2, False), (7, True)]
    some = [
        Message(
            "fts/v1/ff/5iO4/state",
            b'{"driving":%s}' % str(drives).lower().encode(),
            1,
            0,
            START_NS + at * NS_PER_SECOND,
        )
        for at, drives in states
    ]
    app = works(show("analyse", session=write_session(services.folder, "Driven", some)))
    assert "3 messages on 1 topic in 7.0 s" in seen(app)
    (idle,) = (button for button in app.button if str(button.key).startswith(Key.SUMMARY))
    assert "AGV-1 was idle for 5.0 s of 7.0 s, at most 5.0 s from 07:15:05 UTC on." in seen(app)
    works(idle.click().run())
    assert address(app)["message"] == ["2"]


def test_the_overview_of_a_part_shows_its_own_figures(show, session):
    app = works(show("analyse", session=session, start="10", end="20"))
    found = {metric.label: metric.value for metric in app.metric}
    assert (found["Messages"], found["Duration"]) == ("10", "10 s")
    app = works(show("analyse", session=session, topic="nobody/#"))
    assert "No message lies in this view" in texts(app)


def on_topics(app: AppTest) -> AppTest:
    app.session_state[Key.ANALYSE_TAB] = "Topics"
    return works(app.run())


def tick(app: AppTest, row: int) -> AppTest:
    key = app.dataframe[0].key
    assert key is not None
    app.session_state[key] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return works(app.run())


def test_the_topics_say_how_often_they_come_and_lead_to_a_choice_for_all_tabs(show, session):
    app = on_topics(show("analyse", session=session))
    table = app.dataframe[0].value
    assert list(table["Messages"]) == [20, 20, 20]
    assert list(table["Median"]) == [3.0, 3.0, 3.0]
    assert list(table["QoS"]) == ["1", "1", "1"]
    assert {sum(activity) for activity in table["Activity"]} == {20}
    tick(app, 1)
    works(app.button(Key.TOPICS_ONLY).click().run())
    assert app.multiselect(Key.ANALYSE_TOPICS).value == [table["Topic"][1]]
    assert len(app.dataframe[0].value) == 1


def test_the_topics_of_a_stretch_are_counted_in_it(show, session):
    app = on_topics(show("analyse", session=session, start="10", end="16"))
    table = app.dataframe[0].value
    assert list(table["Messages"]) == [2, 2, 2]
    assert list(table["Rate"]) == [pytest.approx(1 / 3)] * 3


def test_the_tree_has_totals_at_every_level_and_a_branch_can_be_chosen(show, session):
    app = on_topics(show("analyse", session=session))
    works(app.segmented_control(Key.TOPICS_SHAPE).set_value("Tree").run())
    tree = app.dataframe[0].value
    assert list(zip(tree["Level"].str.strip(), tree["Messages"], strict=True))[:2] == [("ccu", 20), ("order", 20)]
    tick(app, 1)
    works(app.button(Key.TOPICS_ONLY).click().run())
    assert app.multiselect(Key.ANALYSE_TOPICS).value == ["ccu/order/#"]


def test_every_tab_shows_what_strangers_publish(show, services):
    """Deep JSON, 10 MB, NaN, duplicate keys, huge integers, markup, bytes that are no text."""
    hostile, _ = write_hostile_session(services.folder)
    app = works(show("analyse", session=hostile))
    tabs = [one.label for one in app.tabs]
    assert tabs[:4] == ["Overview", "Timeline", "Topics", "Messages"]
    for tab in tabs:
        app.session_state[Key.ANALYSE_TAB] = tab
        works(app.run())
        assert app.session_state[Key.ANALYSE_TAB] == tab
        assert not app.error, (tab, [error.value for error in app.error])
        assert MARKUP not in markdown(app), tab


@pytest.mark.parametrize("tab", ["Overview", "Timeline", "Topics"])
def test_a_session_that_is_being_recorded_is_followed(show, recording, tab):
    app = works(show("analyse", session=recording.metadata.id, tab=tab))
    recording.write([message(number, at_s=float(number)) for number in range(2, 30)])
    works(app.button(Key.ANALYSE_REFRESH).click().run())
    found = {metric.label: metric.value for metric in app.metric}
    assert "29" in (found["Messages"] if tab == "Overview" else texts(app))
    assert not app.error


def test_the_colours_of_topics_are_explained(show, session):
    app = on_timeline(show("analyse", session=session))
    legend = next(one.proto.body for one in app.get("html") if "<span style" in one.proto.body)
    assert [label in legend for label in ("Orders", "Modules", "Sensors", "Camera")] == [True, True, True, False]


@pytest.mark.parametrize("second", ["0", "10", "40.5", "100", "987654.123456"])
def test_an_address_names_moments_to_the_microsecond_however_long_the_session(second: str) -> None:
    assert _Address(start=float(second)).parameters() == {"tab": "Overview", "start": second}
