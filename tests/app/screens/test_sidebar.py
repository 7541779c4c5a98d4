"""The sidebar always shows environment, broker, connection, and what runs."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from app.start_up import Continued
from app.state import Key
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
