"""Analyse: a link opens a session, each tab shows it, filters and pages narrow it down."""

from __future__ import annotations

import json
import shutil
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from analysis.figure_events import LABELS_PX
from app.state import SESSION_PARAMETER, Key
from app.widgets.following import new_messages
from app.widgets.timeline_tab import BY_CATEGORY, BY_TOPIC
from core.message import FROM_DUMP, NS_PER_SECOND
from recorder.recorder import RecordingRequest
from store.events import Event, EventKind
from store.metadata import Status, new_metadata
from store.writer import SessionWriter
from tests.app.screens.conftest import HOSTILE, START_NS, figures, markdown, message, seen, texts, works, write_session

TABS = ("Overview", "Timeline", "Topics", "Messages")


def open_tab(app: AppTest, tab: str) -> AppTest:
    app.session_state[Key.ANALYSE_TAB] = tab
    return works(app.run())


def test_without_sessions_the_first_step_is_said(show):
    assert "Nothing to analyse yet" in texts(works(show("analyse")))


def test_a_link_opens_its_session(show, services, session):
    write_session(services.folder, "Another", [message(1)])
    app = works(show("analyse", session=session))
    assert app.selectbox(Key.SESSION).value == session
    assert figures(app)["Messages"] == "60"
    assert figures(app)["Topics"] == "3"


@pytest.mark.parametrize("page", ["analyse", "replay"])
def test_a_link_to_a_session_that_is_gone_says_so_and_offers_the_others(show, session, page):
    """Whoever was sent the address must not take another session for the one that was meant."""
    app = works(show(page, session="gone"))
    assert "There is no session 'gone' here" in seen(app)
    assert app.selectbox(Key.SESSION).value is None
    assert len(app.selectbox(Key.SESSION).options) == 1
    assert not app.metric
    works(app.selectbox(Key.SESSION).set_value(session).run())
    assert app.query_params[SESSION_PARAMETER] in (session, [session])
    assert "There is no session" not in seen(app)
    works(app.run())
    assert app.selectbox(Key.SESSION).value == session


def test_a_link_to_a_session_that_cannot_be_read_says_why(show, services, session):
    path = services.catalog.get(session).path
    path.with_stem("broken").write_bytes(b"not a database")
    app = works(show("analyse", session="broken"))
    assert "The session 'broken' cannot be read: " in seen(app)
    assert app.selectbox(Key.SESSION).value is None


def test_a_copied_file_can_be_opened_beside_its_original(show, services, session):
    """Both have one id, one name and one start."""
    path = services.catalog.get(session).path
    copy = path.with_stem(f"{path.stem} (copy)")
    shutil.copy(path, copy)
    app = works(show("analyse", session=session))
    assert app.selectbox(Key.SESSION).value == session
    assert len(set(app.selectbox(Key.SESSION).options)) == 2
    works(app.selectbox(Key.SESSION).select(copy.stem).run())
    assert app.selectbox(Key.SESSION).value == copy.stem
    assert app.query_params[SESSION_PARAMETER] in (copy.stem, [copy.stem])
    works(app.selectbox(Key.SESSION).select(session).run())
    assert app.selectbox(Key.SESSION).value == session
    assert works(show("analyse", session=copy.stem)).selectbox(Key.SESSION).value == copy.stem


def test_a_session_without_messages_says_so_on_every_tab(show, services):
    empty = write_session(services.folder, "Empty", [])
    app = works(show("analyse", session=empty))
    for tab in TABS:
        open_tab(app, tab)
        assert "o message" in seen(app), tab  # No message, or no message
        assert not app.error, tab


def test_choosing_another_session_changes_the_address(show, services, session):
    other = write_session(services.folder, "Another", [message(1)])
    app = works(show("analyse", session=session))
    works(app.selectbox(Key.SESSION).set_value(other).run())
    assert app.query_params[SESSION_PARAMETER] in (other, [other])
    assert figures(app)["Messages"] == "1"


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_shows_a_session(show, session, tab):
    app = open_tab(show("analyse", session=session), tab)
    assert not app.error


def test_the_overview_waits_for_no_chart_library(show, session):
    app = open_tab(show("analyse", session=session), "Overview")
    assert "Messages per second" in texts(app)
    assert not app.get("plotly_chart")
    assert [one for one in app.get("html") if 'class="activity"' in one.proto.body]


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_shows_a_session_without_messages(show, services, tab):
    empty = write_session(services.folder, "Silence", [])
    app = open_tab(show("analyse", session=empty), tab)
    assert not app.error
    assert "No message" in texts(app)


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_shows_markup_as_text(show, hostile_session, tab):
    app = open_tab(show("analyse", session=hostile_session), tab)
    assert not app.error
    assert not [text for text in HOSTILE if text in markdown(app)]


@pytest.mark.parametrize("lanes", [BY_TOPIC, BY_CATEGORY])
def test_the_times_of_activity_and_timeline_stand_below_each_other(show, session, lanes):
    app = open_tab(show("analyse", session=session), "Timeline")
    works(app.segmented_control(Key.TIMELINE_LANES).set_value(lanes).run())
    activity, timeline = (json.loads(chart.proto.spec)["layout"] for chart in app.get("plotly_chart"))
    assert activity["margin"]["l"] == timeline["margin"]["l"] > 50
    assert activity["margin"]["r"] == timeline["margin"]["r"]
    assert activity["xaxis"]["range"] == timeline["xaxis"]["range"]


def test_the_words_about_the_timeline_agree_with_what_is_chosen(show, services):
    """A session of 30 seconds whose last message came at 29.7 s."""
    some = write_session(services.folder, "Short", [message(1), message(2, at_s=29.7)], end_s=30.0)
    app = open_tab(show("analyse", session=some), "Timeline")
    assert "2 messages in the whole session" in texts(app)
    works(app.number_input(Key.ANALYSE_FROM).set_value(10.0).run())
    assert "1 message from +0:10.000 to +0:30.000" in seen(app)


def test_activity_and_timeline_end_where_the_session_does(show, services):
    some = write_session(services.folder, "Short", [message(1), message(2, at_s=29.7)], end_s=30.0)
    app = open_tab(show("analyse", session=some), "Timeline")
    activity, timeline = (json.loads(chart.proto.spec)["layout"] for chart in app.get("plotly_chart"))
    assert activity["xaxis"]["range"] == timeline["xaxis"]["range"]


def test_the_labels_of_marks_have_room_above_the_activity(show, recording):
    recording.add_event(Event(START_NS, EventKind.MARK, "gripper jams"))
    recording.write([message(2, at_s=20.0)])
    app = open_tab(show("analyse", session=recording.metadata.id), "Timeline")
    activity = json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]
    assert "gripper jams" in activity["annotations"][0]["text"]
    assert activity["margin"]["t"] >= LABELS_PX


def test_the_topics_are_searched(show, session):
    app = open_tab(show("analyse", session=session), "Topics")
    assert len(app.dataframe[0].value) == 3
    works(app.text_input(Key.TOPICS_SEARCH).set_value("ARDUINO").run())
    assert list(app.dataframe[0].value["Topic"]) == ["osf/arduino/gas/mq2-1/state"]


def test_a_session_that_is_being_recorded_can_be_read_again(show, services):
    services.start_recording(RecordingRequest(name="Running"), "mock")
    app = works(show("analyse", session=services.recorders.of("mock").status().session_id))
    assert any(said in seen(app) for said in ("Up to date", " since"))  # messages may have come meanwhile
    assert not app.toggle(Key.ANALYSE_FOLLOW).value
    works(app.toggle(Key.ANALYSE_FOLLOW).set_value(True).run())
    works(app.button(Key.ANALYSE_REFRESH).click().run())
    assert app.toggle(Key.ANALYSE_FOLLOW).value


def test_what_has_come_since_the_page_was_drawn_is_counted(services, recording, session):
    """None: the page must be drawn again, for the recording has ended or the session is gone."""
    find = partial(services.catalog.find, str(recording.db_path))
    shown = find()
    assert new_messages(shown, find()) == 0
    recording.write([message(number) for number in range(2, 7)])
    assert new_messages(shown, find()) == 5
    assert new_messages(shown, None) is None
    assert new_messages(shown, services.catalog.get(session)) is None


def test_the_overview_says_which_messages_are_the_initial_state(show, services, session):
    assert "initial state" not in texts(works(show("analyse", session=session)))
    dump = [message(n)._replace(retain=FROM_DUMP) for n in range(3)]
    with_dump = write_session(services.folder, "With what was stored", [*dump, message(4, at_s=1.0)], retained=True)
    assert "The first 3 messages are the initial state" in texts(works(show("analyse", session=with_dump)))


def test_a_session_without_messages_shows_why_there_are_none(show, services):
    begun = new_metadata("Nothing came", START_NS, status=Status.IN_PROGRESS)
    writer = SessionWriter.create(services.folder, begun)
    writer.add_event(Event(START_NS, EventKind.GAP_START))
    writer.close(begun.with_changes(status=Status.COMPLETED, ended_ns=START_NS + 5 * NS_PER_SECOND))
    app = works(show("analyse", session=begun.id))
    assert "No message has been recorded" in texts(app)
    assert "no connection 1 time, for 5.0 s" in seen(app)
