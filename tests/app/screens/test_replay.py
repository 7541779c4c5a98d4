"""Replay: only where publishing is allowed, with the choices of the form, and a verdict afterwards."""

from __future__ import annotations

import re
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.services import Services
from app.state import Key
from replay.player import ReplayRequest, ReplayState
from tests.app.screens.conftest import HOSTILE, keys, markdown, message, seen, texts, works, write_session


def in_environment(app: AppTest, name: str) -> AppTest:
    return works(app.sidebar.segmented_control(Key.ENVIRONMENT).set_value(name).run())


def without_factory(services: Services) -> None:
    services.client("mock")
    services.mock.stop()


def live_speed(app: AppTest) -> Any:
    return next(one for one in app.segmented_control if str(one.key).startswith(Key.REPLAY_LIVE_SPEED))


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
    works(live_speed(app).set_value("2x").run())
    assert services.player.status().speed == 2.0
    works(app.button(Key.REPLAY_STOP).click().run())
    assert not services.player.status().active
    assert "Not faithful" not in texts(app)
    assert "of 100 messages" in app.info[0].value


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


@pytest.mark.parametrize("click", ["pause", "speed"])
def test_a_click_that_comes_too_late_is_no_error(show, services, click):
    without_factory(services)
    long = write_session(services.folder, "Long", [message(n, at_s=60.0 * n) for n in range(100)])
    services.start_replay(ReplayRequest(services.catalog.get(long).path), "mock")
    app = works(show("replay"))
    services.player.stop()
    works((app.button(Key.REPLAY_PAUSE).click() if click == "pause" else live_speed(app).set_value("2x")).run())
    assert not app.error
    assert [toast.value for toast in app.toast] == ["It had ended already."]


def test_the_speed_chosen_for_one_replay_is_not_used_for_the_next(show, services):
    without_factory(services)
    long = write_session(services.folder, "Long", [message(n, at_s=60.0 * n) for n in range(100)])
    request = ReplayRequest(services.catalog.get(long).path)
    services.start_replay(request, "mock")
    app = works(show("replay"))
    works(live_speed(app).set_value("10x").run())
    services.player.stop()
    services.start_replay(request, "mock")
    works(app.run())
    assert services.player.status().speed == 1.0
    assert live_speed(app).value == "1x"


def test_a_part_of_a_session_is_replayed(show, services, session):
    without_factory(services)
    app = in_environment(show("replay", session=session), "mock")
    app.number_input(Key.REPLAY_FROM).set_value(20.0)
    works(app.number_input(Key.REPLAY_TO).set_value(10.0).run())
    assert "From (20 s) is not before To (10 s)" in seen(app)
    app.number_input(Key.REPLAY_TO).set_value(30.0)
    app.segmented_control(Key.REPLAY_SPEED).set_value("max")
    works(app.button(Key.REPLAY_START).click().run())
    assert services.player.wait(30)
    assert services.player.report().planned == 10


def test_times_have_no_more_digits_than_they_deserve(show, services, session):
    without_factory(services)
    services.start_replay(ReplayRequest(services.catalog.get(session).path, speed=10_000.0), "mock")
    assert services.player.wait(30)
    app = works(show("replay"))
    late = [metric.value for metric in app.metric if metric.label.startswith(("Late", "Drift"))]
    assert len(late) == 4
    assert all(re.fullmatch(r"-?\d+\.\d ms", value) for value in late)


def test_as_fast_as_possible_no_message_is_late(show, services, session):
    """Nothing is due at any time, so figures of 0.0 ms would say what nobody has measured."""
    without_factory(services)
    services.start_replay(ReplayRequest(services.catalog.get(session).path, speed=None), "mock")
    assert services.player.wait(30)
    app = works(show("replay"))
    assert app.success[0].value == "Faithful: all 60 messages were confirmed, in order."
    assert not [metric.label for metric in app.metric if metric.label.startswith(("Late", "Drift"))]
    assert "speed max" in seen(app)


def test_why_there_is_nothing_to_replay_is_said_once(show, services):
    without_factory(services)
    empty = write_session(services.folder, "Empty", [])
    services.start_replay(ReplayRequest(services.catalog.get(empty).path), "mock")
    assert services.player.wait(30)
    assert seen(works(show("replay"))).count("nothing to replay") == 1
