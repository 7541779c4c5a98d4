"""Replay: only where publishing is allowed, with the choices of the form, and a verdict afterwards."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from app.services import Services
from app.state import Key
from replay.player import ReplayRequest, ReplayState
from tests.app.screens.conftest import HOSTILE, markdown, message, texts, works, write_session


def in_environment(app: AppTest, name: str) -> AppTest:
    return works(app.sidebar.segmented_control(Key.ENVIRONMENT).set_value(name).run())


def without_factory(services: Services) -> None:
    services.client("mock")
    services.mock.stop()


def keys(app: AppTest) -> set[str | None]:
    return {button.key for button in app.main.button}


def test_without_sessions_the_first_step_is_said(show):
    assert "Nothing to replay yet" in texts(works(show("replay")))


def test_live_is_refused_and_the_way_out_is_one_click(show, session):
    app = in_environment(show("replay", session=session), "live")
    assert app.button(Key.REPLAY_START).disabled
    assert "not marked for publishing" in app.warning[0].value
    works(app.button(Key.REPLAY_SWITCH).click().run())
    assert app.session_state[Key.ENVIRONMENT] == "replay"
    assert not app.button(Key.REPLAY_START).disabled


def test_the_simulated_factory_must_not_mix_with_a_replay(show, session):
    app = in_environment(show("replay", session=session), "mock")
    assert "both will mix" in app.warning[0].value
    works(app.button(Key.FACTORY_STOP).click().run())
    assert not app.warning


def test_a_replay_runs_to_its_verdict(show, services, session):
    without_factory(services)
    app = in_environment(show("replay", session=session), "mock")
    works(app.segmented_control(Key.REPLAY_SPEED).set_value("max").run())
    works(app.text_area(Key.REPLAY_EXCLUDE).set_value("osf/#").run())
    works(app.button(Key.REPLAY_START).click().run())
    assert services.player.wait(30)
    works(app.run())
    report = services.player.report()
    assert (report.planned, report.confirmed) == (40, 40)
    assert "Faithful" in texts(app) or "Not faithful" in texts(app)


def test_a_running_replay_is_paused_changed_and_stopped(show, services):
    without_factory(services)
    long = write_session(services.folder, "Long", [message(n, at_s=60.0 * n) for n in range(100)])
    services.start_replay(ReplayRequest(services.catalog.get(long).path), "mock")
    app = works(show("replay"))
    assert {Key.REPLAY_PAUSE, Key.REPLAY_STOP} <= keys(app)
    works(app.button(Key.REPLAY_PAUSE).click().run())
    assert services.player.status().state is ReplayState.PAUSED
    works(app.button(Key.REPLAY_RESUME).click().run())
    works(app.segmented_control(Key.REPLAY_LIVE_SPEED).set_value("2x").run())
    assert services.player.status().speed == 2.0
    works(app.button(Key.REPLAY_STOP).click().run())
    assert not services.player.status().active
    assert "Not faithful" in texts(app)


def test_markup_in_a_session_is_shown_as_text(show, services, hostile_session):
    without_factory(services)
    services.start_replay(ReplayRequest(services.catalog.get(hostile_session).path, speed=None), "mock")
    assert services.player.wait(30)
    app = works(show("replay", session=hostile_session))
    assert "Last replay" in markdown(app)
    assert not [text for text in HOSTILE if text in markdown(app)]


def test_a_wrong_filter_is_one_sentence_and_nothing_starts(show, services, session):
    without_factory(services)
    app = in_environment(show("replay", session=session), "mock")
    works(app.text_area(Key.REPLAY_INCLUDE).set_value("a/#/b").run())
    works(app.button(Key.REPLAY_START).click().run())
    assert len(app.error) == 1
    assert not services.player.status().active
