"""The Replay page while a replay is active: as on a video recorder."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.services import Services
from app.state import Key
from app.widgets import replay_transport
from app.widgets.replay_transport import ONE_PRESS_NS
from core.clock import ManualClock
from replay.barriers import parse_barrier
from replay.player import ReplayRequest, ReplayState
from tests import builders
from tests.app.screens.conftest import HOSTILE, Show, markdown, seen, works

TOPICS = ("ccu/order/active", "module/v1/ff/SVR3QA0022/state", "osf/arduino/gas/mq2-1/state")
LENGTH = 60
"""Messages, ten seconds apart."""
BEGIN_NS = 1_795_248_900_000_000_000


@pytest.fixture
def stage(services: Services, monkeypatch: pytest.MonkeyPatch) -> Services:
    """With a broker of its own, and nobody else on it. Tests press faster than a person: each press counts."""
    monkeypatch.setattr(replay_transport, "ONE_PRESS_NS", 0)
    services.client("mock")
    services.mock.stop()
    return services


def start(services: Services, **options: Any) -> ReplayRequest:
    """A replay that lasts ten minutes, with marks at 100 and 345.6 s."""
    content = builders.messages(LENGTH, TOPICS, step_s=10.0)
    marks = [builders.event("order sent", offset_s=100), builders.event("**jam**", offset_s=345.6)]
    request = ReplayRequest(builders.session(services.folder, content, marks), **options)
    services.start_replay(request, "mock")
    return request


def made_for_now(widgets: Any, key: Key) -> Any:
    """The one whose key begins so: some are made anew for each speed or place."""
    return next(one for one in widgets if str(one.key).startswith(key))


def slider(app: AppTest) -> Any:
    return made_for_now(app.select_slider, Key.REPLAY_SEEK)


def metric(app: AppTest, label: str) -> str:
    return next(str(one.value) for one in app.metric if one.label == label)


def test_a_step_publishes_one_message_and_holds_the_replay(show: Show, stage: Services):
    start(stage, paused=True)
    app = works(show("replay"))
    works(app.button(Key.REPLAY_STEP).click().run())
    works(app.button(Key.REPLAY_STEP).click().run())
    status = stage.player.status()
    assert (status.state, status.published) == (ReplayState.PAUSED, 2)
    assert metric(app, "Published") == "2 of 60"
    assert f"next: {TOPICS[2]}" in seen(app)


def test_it_steps_to_the_next_message_of_a_topic(show: Show, stage: Services):
    start(stage, paused=True, exclude=("osf/#",))
    app = works(show("replay"))
    assert app.button(Key.REPLAY_STEP_TO).disabled
    topics = app.selectbox(Key.REPLAY_STEP_TOPIC)
    assert list(topics.options) == sorted(TOPICS[:2])
    works(topics.set_value(TOPICS[1]).run())
    works(app.button(Key.REPLAY_STEP_TO).click().run())
    assert stage.player.status().published == 2
    works(app.button(Key.REPLAY_STEP_TO).click().run())
    assert stage.player.status().published == 4


def test_where_no_such_message_follows_it_is_said(show: Show, stage: Services):
    start(stage, paused=True)
    stage.player.seek(590.0)
    app = works(show("replay"))
    works(app.selectbox(Key.REPLAY_STEP_TOPIC).set_value(TOPICS[0]).run())
    works(app.button(Key.REPLAY_STEP_TO).click().run())
    assert len(app.error) == 1
    assert TOPICS[0] in seen(app)
    assert stage.player.status().published == 0


def test_the_slider_goes_where_it_is_put_and_stays_there(show: Show, stage: Services):
    start(stage, paused=True)
    app = works(show("replay"))
    assert slider(app).value == 0.0
    works(slider(app).set_value(300.0).run())
    assert stage.player.status().position_s == 300.0
    assert slider(app).value == 300.0
    assert metric(app, "Position") == "5:00.000"


def test_the_slider_follows_what_is_done_elsewhere_while_the_replay_is_paused(show: Show, stage: Services):
    start(stage, paused=True)
    app = works(show("replay"))
    works(slider(app).set_value(300.0).run())
    before = app.session_state[Key.PHASE]
    stage.player.seek(100.0)  # as another browser does
    works(app.run())
    assert app.session_state[Key.PHASE] != before
    assert slider(app).value == 100.0
    assert stage.player.status().position_s == 100.0


def test_what_a_click_could_not_do_is_gone_with_its_replay(show: Show, stage: Services):
    start(stage, paused=True)
    app = works(show("replay"))
    app.text_input(Key.REPLAY_SEEK_TEXT).set_value("soon")
    app = works(app.button(Key.REPLAY_SEEK_GO).click().run())
    assert len(app.error) == 1
    stage.player.stop()
    assert not works(app.run()).error


def test_what_somebody_else_pauses_and_resumes_gets_a_slider_of_its_own_each_time(show: Show, stage: Services):
    """A browser shows, and sends, what one of the same key showed before: a seek to there that nobody has asked for.

    Its default is where it stands, so that it stands there in a browser that draws only the second of two drawings.
    """
    start(stage, paused=True)
    app = works(show("replay"))
    player, keys = stage.player, [slider(app).key]
    for number, action in enumerate((player.resume, player.pause) * 2, 1):
        player.seek(number * 100.0)
        action()
        for _ in range(2):
            app = works(app.run())
            stops = slider(app)
            assert number * 100.0 <= stops.value < number * 100.0 + LENGTH
            assert list(stops.proto.default) == [stops.value], "there is a place for each second"
        keys.append(stops.key)
    assert len(set(keys)) == len(keys)
    assert player.status().published < LENGTH


def test_the_hand_may_be_quicker_than_the_page(show: Show, stage: Services):
    """The page that is clicked on still shows the slider of before: somebody else has paused a moment ago."""
    start(stage)
    app = works(show("replay"))
    stage.player.pause()
    works(slider(app).set_value(300.0).run())
    assert stage.player.status().position_s == 300.0
    assert slider(app).value == 300.0


def test_it_goes_again_to_where_the_slider_stands(show: Show, stage: Services):
    start(stage, paused=True)
    app = works(show("replay"))
    works(slider(app).set_value(300.0).run())
    stage.player.seek(400.0)
    works(app.button(Key.REPLAY_SEEK_AGAIN).click().run())
    assert (stage.player.status().position_s, slider(app).value) == (300.0, 300.0)


def test_after_a_step_the_slider_is_where_the_replay_is(show: Show, stage: Services):
    start(stage, paused=True, start_s=95.0)
    app = works(show("replay"))
    assert slider(app).options[0] == "1:35.0"
    works(app.button(Key.REPLAY_STEP).click().run())
    works(app.button(Key.REPLAY_STEP).click().run())
    assert slider(app).value == stage.player.status().position_s


def test_it_jumps_to_a_mark_again_and_again(show: Show, stage: Services):
    start(stage, paused=True)
    app = works(show("replay"))
    marks = made_for_now(app.selectbox, Key.REPLAY_MARK)
    assert list(marks.options) == ["1:40.0  order sent", "5:45.6  **jam**"]
    works(marks.set_value(1).run())
    assert stage.player.status().position_s == pytest.approx(345.6)
    marks = made_for_now(app.selectbox, Key.REPLAY_MARK)
    assert marks.value is None
    works(marks.set_value(0).run())
    assert stage.player.status().position_s == 100.0


@pytest.mark.parametrize(("text", "position_s"), [("42.5", 42.5), ("1:30", 90.0), ("order", 100.0)])
def test_a_typed_time_is_gone_to(show: Show, stage: Services, text: str, position_s: float):
    start(stage, paused=True)
    app = works(show("replay"))
    app.text_input(Key.REPLAY_SEEK_TEXT).set_value(text)
    works(app.button(Key.REPLAY_SEEK_GO).click().run())
    assert stage.player.status().position_s == position_s
    assert not app.error
    assert not app.toast


@pytest.mark.parametrize(
    ("text", "position_s", "words"),
    [
        ("9999", 590.0, "9999 lies after the end (9:50.0): it is at the end instead."),
        ("0:30", 50.0, "0:30 lies before the start (0:50.0): it is at the start instead."),
    ],
)
def test_a_typed_time_outside_is_the_nearest_one_inside_and_it_is_said(
    show: Show, stage: Services, text: str, position_s: float, words: str
):
    start(stage, paused=True, start_s=50.0)
    app = works(show("replay"))
    app.text_input(Key.REPLAY_SEEK_TEXT).set_value(text)
    works(app.button(Key.REPLAY_SEEK_GO).click().run())
    assert stage.player.status().position_s == position_s
    assert [one.value.replace("\\", "") for one in app.toast] == [words]


def test_a_typed_time_that_is_none_says_what_can_be_typed(show: Show, stage: Services):
    start(stage, paused=True)
    app = works(show("replay"))
    app.text_input(Key.REPLAY_SEEK_TEXT).set_value("**soon**")
    works(app.button(Key.REPLAY_SEEK_GO).click().run())
    assert "neither a time (seconds or m:ss) nor a mark of the session" in seen(app)
    assert "**soon**" not in markdown(app)
    assert stage.player.status().position_s == 0.0


def test_reset_goes_back_to_the_start_and_holds_it_there(show: Show, stage: Services):
    start(stage, start_s=50.0)
    stage.player.seek(300.0)
    app = works(show("replay"))
    works(app.button(Key.REPLAY_RESET).click().run())
    status = stage.player.status()
    assert (status.state, status.position_s) == (ReplayState.PAUSED, 50.0)
    assert slider(app).value == 50.0


def test_any_speed_can_be_typed_and_both_widgets_show_what_holds(show: Show, stage: Services):
    start(stage)
    app = works(show("replay"))
    works(made_for_now(app.number_input, Key.REPLAY_ANY_SPEED).set_value(0.25).run())
    assert stage.player.status().speed == 0.25
    assert made_for_now(app.segmented_control, Key.REPLAY_LIVE_SPEED).value is None
    stage.player.set_speed(2.0)  # as another browser does
    works(app.run())
    assert made_for_now(app.segmented_control, Key.REPLAY_LIVE_SPEED).value == "2x"
    assert made_for_now(app.number_input, Key.REPLAY_ANY_SPEED).value == 2.0


def test_a_speed_beyond_the_limits_of_the_page_is_shown_too(show: Show, stage: Services):
    start(stage, speed=0.001)
    app = works(show("replay"))
    assert made_for_now(app.number_input, Key.REPLAY_ANY_SPEED).value == 0.001
    stage.player.pause()
    stage.player.set_speed(50_000.0)
    works(app.run())
    assert made_for_now(app.number_input, Key.REPLAY_ANY_SPEED).value == 50_000.0


def test_a_barrier_is_opened_by_hand(show: Show, stage: Services):
    start(stage, speed=None, barriers=(parse_barrier("at 300 until key"),))
    while not stage.player.status().waits_for_key:
        stage.player.wait(0.01)
    app = works(show("replay"))
    assert "It waits for you" in seen(app)
    assert "Waiting at the barrier 'at 300 until key'" in seen(app)
    works(app.button(Key.REPLAY_GO_ON).click().run())
    assert stage.player.wait(30)
    assert stage.player.status().published == LENGTH


def test_loops_and_what_was_sent_before_are_among_the_figures(show: Show, stage: Services):
    start(stage, paused=True, loop=None, loop_pause_s=1.0, start_s=95.0)
    stage.player.step()
    app = works(show("replay"))
    assert metric(app, "Loop") == "1"
    assert metric(app, "Preloaded") == "3"


def test_one_message_has_no_slider(show: Show, stage: Services):
    request = ReplayRequest(builders.session(stage.folder, [builders.message("a/b")]), paused=True)
    stage.start_replay(request, "mock")
    app = works(show("replay"))
    assert not app.select_slider
    works(app.button(Key.REPLAY_STEP).click().run())
    assert stage.player.status().published == 1


def test_markup_is_shown_as_text_while_it_plays(show: Show, stage: Services):
    content = [builders.message(f"a/{text}", offset_s=60.0 * n) for n, text in enumerate(HOSTILE)]
    marks = [builders.event(text, offset_s=60.0 * n + 1) for n, text in enumerate(HOSTILE[:-1])]
    path = builders.session(stage.folder, content, marks, name="<b>x</b>")
    stage.start_replay(ReplayRequest(path, paused=True), "mock")
    app = works(show("replay"))
    for _ in HOSTILE[1:]:
        works(app.button(Key.REPLAY_STEP).click().run())
        assert not [text for text in HOSTILE if text in markdown(app)]


def test_what_a_widget_showed_already_is_no_choice(show: Show, stage: Services, monkeypatch: pytest.MonkeyPatch):
    """It comes once more when a page is left, or a replay has ended, and looks like a change then."""
    start(stage, paused=True)
    works(show("replay"))
    done: list[object] = []
    monkeypatch.setattr(stage.player, "seek", done.append)
    monkeypatch.setattr(stage.player, "set_speed", done.append)
    status = stage.player.status()

    def script() -> None:
        import streamlit as st

        from app.services import get_services
        from app.state import Key
        from app.widgets import replay_place, replay_transport

        services = get_services()
        status = services.player.status()
        key = replay_place._slider_key(status)
        st.session_state[replay_place._SHOWN] = {key: 0.0}
        for place in (0.0, 300.0):
            st.session_state[key] = place
            replay_place._slid(services, key)
        live = replay_transport._made_for(Key.REPLAY_LIVE_SPEED, status)
        typed = replay_transport._made_for(Key.REPLAY_ANY_SPEED, status)
        for words, number in (("1x", 1.0), ("2x", 2.0)):
            st.session_state[live], st.session_state[typed] = words, number
            replay_transport._choose_speed(services, live)
            replay_transport._type_speed(services, typed)

    assert status.speed == 1.0
    works(AppTest.from_function(script, default_timeout=60).run())
    assert done == [300.0, 2.0, 2.0]


@pytest.mark.parametrize(("paused", "key"), [(True, Key.REPLAY_RESUME), (False, Key.REPLAY_PAUSE)])
def test_what_somebody_else_has_clicked_a_moment_ago_is_no_error(show: Show, stage: Services, paused: bool, key: Key):
    start(stage, paused=paused)
    app = works(show("replay"))
    _ = stage.player.resume() if paused else stage.player.pause()
    works(app.button(key).click().run())
    assert not app.error
    assert (stage.player.status().state is ReplayState.PAUSED) is not paused


def test_one_press_that_comes_twice_is_one_step(show: Show, stage: Services, monkeypatch: pytest.MonkeyPatch):
    """The page is drawn anew while the key is pressed: its button is there twice for a moment."""
    start(stage, paused=True)
    app = works(show("replay"))
    clock = ManualClock(BEGIN_NS)
    monkeypatch.setattr(stage, "clock", clock)
    monkeypatch.setattr(replay_transport, "ONE_PRESS_NS", ONE_PRESS_NS)
    works(app.button(Key.REPLAY_STEP).click().run())
    works(app.button(Key.REPLAY_STEP).click().run())
    assert stage.player.status().published == 1
    clock.advance(ONE_PRESS_NS)
    works(app.button(Key.REPLAY_STEP).click().run())
    assert stage.player.status().published == 2
