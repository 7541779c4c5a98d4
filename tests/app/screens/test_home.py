"""Home says what goes on, shows the last sessions, and gives a newcomer the first step."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from app.services import use_services
from app.state import SESSION_PARAMETER, Key
from app.widgets import trial
from app.widgets.connection import LOCAL
from app.widgets.live import SLOW
from app.widgets.trial import REQUEST, TAG
from mqtt.environments import Environment
from recorder.ring_status import RingStatus
from store.metadata import Status, new_metadata
from store.writer import SessionWriter
from tests.app.screens.conftest import START_NS, message, seen, texts, works, write_session
from tests.fakes import eventually


def keys(app: AppTest) -> set[str | None]:
    return {button.key for button in app.button}


def test_an_empty_library_offers_one_button_to_try_it(show):
    app = works(show("home"))
    assert [button.key for button in app.main.button] == [Key.TRIAL_START]
    assert "No sessions yet" in texts(app)


def test_the_shipped_sample_does_not_make_the_library_ones_own(show, services):
    write_session(services.folder, "sample", [message(1)])
    for file in services.folder.glob("sample_*"):
        assert file.stem.startswith("sample_")
    app = works(show("home"))
    assert Key.TRIAL_START in keys(app)
    assert "No sessions yet" not in texts(app)


def test_whoever_has_sessions_sees_them_instead(show, session):
    app = works(show("home"))
    assert Key.TRIAL_START not in keys(app)
    assert "Order of a red one" in [element.value for element in app.text]
    assert "60 messages" in texts(app)


def test_the_trial_starts_factory_and_recording_and_leads_on(show, services):
    app = works(show("home"))
    works(app.button(Key.TRIAL_START).click().run())
    status = services.recorders.of("mock").status()
    assert status.active
    assert status.environment == "mock"
    assert status.duration_s == REQUEST.duration_s
    assert "Your first recording" in texts(app)
    assert app.session_state[Key.ENVIRONMENT] == "mock"
    services.recorders.of("mock").stop()
    works(app.run())
    assert services.recorders.of("mock").status().state is Status.COMPLETED
    assert "Now look at it" in texts(app)


def test_what_a_crash_had_left_open_is_said(show, services, session):
    services.recovered = [services.catalog.get(session)]
    app = works(show("home"))
    assert "ended during a recording" in app.warning[0].value
    assert "Order of a red one" in app.warning[0].value


def test_what_could_not_be_recovered_is_said_with_its_reason(show, services, session):
    entry = services.catalog.get(session)
    services.recovered = [replace(entry, problem="The disk is full.")]
    app = works(show("home"))
    assert "during the recording of 'Order of a red one'. The disk is full." in seen(app)
    assert "All that had arrived" not in seen(app)


def test_an_unreadable_file_is_shown_with_its_problem(show, services):
    (services.folder / "broken_20260101_000000.db").write_bytes(b"no database at all")
    app = works(show("home"))
    assert "cannot be read" in texts(app)
    assert [link.proto.query_string for link in app.get("page_link") if link.proto.label == "Sessions"] == [
        f"session={services.catalog.sessions()[0].id}"
    ]


def test_without_services_the_page_says_why_in_one_sentence(monkeypatch, tmp_path, show):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("SESSION_MANAGER_SESSIONS_FOLDER", str(blocked / "sessions"))
    before = use_services(None)
    try:
        app = works(show("home"))
    finally:
        use_services(before)
    assert len(app.error) == 1
    assert "cannot be written" in app.error[0].value


def test_the_row_of_a_running_recording_has_no_figures_that_stand_still(show, recording):
    app = works(show("home"))
    assert "since 2026-11-21 07:15:03 UTC" in seen(app)
    assert "1 message" not in seen(app)


def test_the_next_steps_after_the_trial_lead_to_its_session(show, services):
    app = works(show("home"))
    works(app.button(Key.TRIAL_START).click().run())
    session = services.recorders.of("mock").status().session_id
    services.recorders.of("mock").stop()
    works(app.run())
    works(app.button(Key.TRIAL_ANALYSE).click().run())
    assert app.query_params[SESSION_PARAMETER] in (session, [session])
    assert app.title[0].value == "Analyse"


def test_what_the_factory_does_is_told_anew_also_after_the_recording(show, services, monkeypatch):
    refreshed: dict[str, float | None] = {}

    def note(draw, seconds, *args):
        refreshed[draw.__name__] = seconds
        draw(*args)

    monkeypatch.setattr(trial, "live", note)
    app = works(show("home"))
    works(app.button(Key.TRIAL_START).click().run())
    services.recorders.of("mock").stop()
    works(app.run())
    assert refreshed["_steps"] == SLOW
    services.mock.stop()
    works(app.run())
    assert refreshed["_steps"] is None


def test_the_trial_leads_on_in_another_tab_until_there_is_another_session(show, services):
    write_session(services.folder, "First try", [message(1)], tags=(TAG,))
    assert Key.TRIAL_ANALYSE in keys(works(show("home")))
    write_session(services.folder, "Another", [message(1)])
    assert Key.TRIAL_ANALYSE not in keys(works(show("home")))


@pytest.mark.parametrize(("answers", "where"), [(True, LOCAL), (False, "mock")])
def test_the_replay_after_the_trial_does_not_mix_with_the_factory_if_a_local_broker_answers(
    show, services, broker, answers, where
):
    if answers:
        services.environments.replace(Environment(LOCAL, broker, may_publish=True))
        assert services.client(LOCAL).await_connected(30)
    app = works(show("home"))
    works(app.button(Key.TRIAL_START).click().run())
    services.recorders.of("mock").stop()
    works(app.run())
    works(app.button(Key.TRIAL_REPLAY).click().run())
    assert app.title[0].value == "Replay"
    assert app.session_state[Key.ENVIRONMENT] == where


def test_a_recording_that_failed_is_marked_in_the_list(show, services):
    failed = new_metadata(
        "Cut off", START_NS, status=Status.FAILED, ended_ns=START_NS, ended_reason="The disk is full."
    )
    SessionWriter.create(services.folder, failed).close(failed)
    assert "failed" in seen(works(show("home")))


def test_a_ring_that_runs_is_shown_with_a_button_that_saves_it(show, services):
    services.start_ring("replay")
    app = works(show("home"))
    assert "The ring of replay keeps the last 10 minutes: **0 messages" in seen(app)
    works(app.button(f"{Key.RING_SAVE}-replay").click().run())
    assert not app.error
    eventually(lambda: services.rings.status("replay").saved, "the session", 30)
    assert "Saved by hand" in [element.value for element in works(app.run()).text]


def test_a_ring_that_has_ended_by_itself_says_why(show, services, monkeypatch):
    ended = RingStatus(environment="replay", problem="The *disk* is full.")
    monkeypatch.setattr(services.rings, "noteworthy", lambda: [ended])
    app = works(show("home"))
    assert "The ring of replay: The *disk* is full." in seen(app)
    assert "The ring of replay has ended by itself." in seen(app)
    assert f"{Key.RING_SAVE}-replay" not in keys(app)


def test_without_rings_nothing_is_said_about_them(show):
    assert "ring of" not in seen(works(show("home")))
