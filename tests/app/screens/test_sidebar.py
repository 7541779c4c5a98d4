"""The sidebar always shows environment, broker, connection, and what runs."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from app.start_up import Continued
from app.state import ENVIRONMENT_PARAMETER, Key
from recorder.recorder import RecordingRequest
from tests.app.screens.conftest import texts, works

PAGES = ("home", "record", "sessions", "analyse", "replay", "settings")


def sidebar_texts(app: AppTest) -> str:
    return "\n".join(
        str(element.value) for kind in (app.sidebar.caption, app.sidebar.markdown, app.sidebar.text) for element in kind
    )


@pytest.mark.parametrize("page", PAGES)
def test_every_page_shows_the_broker_and_why_it_is_not_connected(show, services, page):
    app = works(show(page))
    port = services.environments.get("replay").port
    assert str(port) in sidebar_texts(app)
    assert "Connect" in sidebar_texts(app) or "connected" in sidebar_texts(app)


def test_a_recording_goes_on_when_the_visitor_looks_at_another_environment(show, services):
    services.start_recording(RecordingRequest(name="Night shift"), "mock")
    app = works(show("home"))
    assert "Night shift" in sidebar_texts(app)
    works(app.sidebar.segmented_control(Key.ENVIRONMENT).set_value("live").run())
    assert app.session_state[Key.ENVIRONMENT] == "live"
    assert services.recorders.of("mock").status().active
    assert services.recorders.of("mock").status().environment == "mock"
    assert "Night shift" in sidebar_texts(app)


def test_a_second_visitor_sees_what_the_first_one_started(show, services):
    first = works(show("record"))
    services.start_recording(RecordingRequest(name="Night shift"), "mock")
    second = works(show("record"))
    assert "Night shift" in texts(second)
    works(first.run())
    assert "Night shift" in texts(first)


def test_every_page_says_that_a_recording_was_continued_until_somebody_has_seen_it(show, services):
    services.continued = (Continued("Order *7*", services.folder / "order.db", 12.4),)
    for page in PAGES:
        assert "Continued 'Order \\*7\\*' after an interruption of 12" in sidebar_texts(works(show(page)))
    app = works(show("home"))
    works(app.sidebar.button(Key.CONTINUED_SEEN).click().run())
    assert "Continued" not in sidebar_texts(app)
    assert services.continued == ()


def test_it_says_which_session_gets_its_end(show, services, monkeypatch):
    monkeypatch.setattr(type(services.start_up), "repairing", "Order 7")
    assert "'Order 7' was interrupted by the end of the program" in sidebar_texts(works(show("record")))


def test_all_recordings_are_shown_each_with_its_environment(show, services):
    services.start_recording(RecordingRequest(name="Night shift"), "mock")
    services.start_recording(RecordingRequest(name="Day shift"), "replay")
    app = works(show("home"))
    words = sidebar_texts(app).replace("\u00a0", " ")
    for name, environment in (("Night shift", "mock"), ("Day shift", "replay")):
        assert name in words
        assert f"{environment} · " in words
        assert any(f"on {environment}" in caption.value for caption in app.main.caption)


@pytest.mark.parametrize(("source", "words"), [(None, "Waits for its source"), ("Line 1", "Ready to start")])
def test_a_session_that_waits_is_not_called_a_recording(show, services, source, words):
    services.prepare_recording(RecordingRequest(name="Order 7"), "mock")
    if source:
        services.recorders.of("mock").assign_source(source)
    app = works(show("home"))
    assert words in sidebar_texts(app)
    assert texts(app).count(words) == 2


def test_the_chosen_environment_is_kept_in_the_address_and_over_a_reload(show):
    """But for the one that everybody begins with."""
    app = works(show("home"))
    assert ENVIRONMENT_PARAMETER not in app.query_params
    works(app.sidebar.segmented_control(Key.ENVIRONMENT).set_value("mock").run())
    assert app.query_params[ENVIRONMENT_PARAMETER] == "mock"
    for page in PAGES:
        again = works(show(page, **app.query_params))
        assert again.session_state[Key.ENVIRONMENT] == "mock"
        assert again.query_params[ENVIRONMENT_PARAMETER] == "mock"
    works(app.sidebar.segmented_control(Key.ENVIRONMENT).set_value("replay").run())
    assert ENVIRONMENT_PARAMETER not in app.query_params


def test_a_page_that_is_opened_by_the_navigation_keeps_the_environment(show):
    """It opens with no address."""
    app = works(show("home", environment="mock"))
    app.query_params.clear()
    works(app.switch_page("screens/sessions.py").run())
    assert app.session_state[Key.ENVIRONMENT] == "mock"
    assert app.query_params[ENVIRONMENT_PARAMETER] == "mock"
    app.query_params[ENVIRONMENT_PARAMETER] = "live"  # a link to somewhere else
    works(app.switch_page("screens/record.py").run())
    assert app.session_state[Key.ENVIRONMENT] == "live"


def test_an_older_address_does_not_take_a_choice_back(show):
    """Two quick clicks: with the second one the browser sends the address from before the first."""
    app = works(show("home", environment="mock"))
    works(app.sidebar.segmented_control(Key.ENVIRONMENT).set_value("live").run())
    app.query_params[ENVIRONMENT_PARAMETER] = "mock"
    works(app.run())
    assert app.session_state[Key.ENVIRONMENT] == "live"
    assert app.query_params[ENVIRONMENT_PARAMETER] == "live"


def test_an_address_that_names_no_environment_is_one_sentence_until_one_is_chosen(show):
    app = works(show("record", environment="*hall 3*"))
    [warning] = app.sidebar.warning
    assert warning.value.replace("\\", "") == (
        "There is no environment '*hall 3*', which the address names; replay is shown instead: "
        "choose one of live, replay, mock."
    )
    assert ENVIRONMENT_PARAMETER not in app.query_params
    works(app.run())
    assert app.sidebar.warning
    works(app.sidebar.segmented_control(Key.ENVIRONMENT).set_value("mock").run())
    assert not app.sidebar.warning


def test_links_to_other_pages_take_the_environment_along(show):
    """For who opens them in a tab of their own."""
    links = [one.proto for one in works(show("home", environment="mock")).main.get("page_link")]
    assert links
    assert all("environment=mock" in one.query_string for one in links)
    links = [one.proto for one in works(show("home")).main.get("page_link")]
    assert not any("environment" in one.query_string for one in links)
