"""The ring on the Record page: what it holds, what is saved, and when."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from app.ring_settings import RingSettings, RuleSettings
from app.services import Services
from app.state import Key
from app.widgets.recording_ring import in_minutes, in_words, readable
from core.message import NS_PER_SECOND
from recorder.ring_rules import Operator, RingRule
from recorder.ring_status import RingStatus, SavedWindow
from tests.app.screens.conftest import START_NS, keys, message, seen, works, write_session
from tests.fakes import eventually

HERE = "replay"


@pytest.fixture
def services(services: Services, monkeypatch: pytest.MonkeyPatch) -> Services:
    """With a ring of five minutes and one rule."""
    rule = RuleSettings(name="*Failed*", topic="module/+/state", test=Operator.EQUALS, value="FAILED", field="a.b")
    ring = RingSettings(keep_s=300.0, before_s=60.0, after_s=8.0, rules=(rule,))
    monkeypatch.setattr(services, "settings", services.settings.model_copy(update={"ring": ring}))
    return services


@pytest.fixture
def looks_like(services, monkeypatch):
    def look(**fields):
        status = replace(RingStatus(active=True, environment=HERE, keep_s=300.0, since_ns=START_NS), **fields)
        monkeypatch.setattr(services.rings, "status", lambda environment: status)

    return look


def ring_controls(app: AppTest) -> set[str | None]:
    return keys(app) & {Key.RING_SAVE, Key.RING_END, Key.RING_GO_ON}


def test_it_is_off_and_says_what_it_would_do(show, services):
    app = works(show("record"))
    assert app.toggle(Key.RING).value is False
    assert app.number_input(Key.RING_MINUTES).value == 5
    words = seen(app)
    assert "It saves 1 min 00 s before and 8.0 s after when one of these rules comes true:" in words
    assert "- ***Failed***: a.b of module/+/state equals FAILED" in words
    assert not ring_controls(app)


def test_without_rules_it_says_where_they_are_written(show, services, monkeypatch):
    monkeypatch.setattr(services, "settings", services.settings.model_copy(update={"ring": RingSettings()}))
    assert "No rules: it saves when you say so." in seen(works(show("record")))


def test_switching_it_on_keeps_as_many_minutes_as_wanted(show, services):
    app = works(show("record"))
    works(app.number_input(Key.RING_MINUTES).set_value(0.5).run())
    works(app.toggle(Key.RING).set_value(True).run())
    assert not app.error
    status = services.rings.status(HERE)
    assert (status.active, status.keep_s) == (True, 30.0)
    assert app.toggle(Key.RING).value is True
    assert app.number_input(Key.RING_MINUTES).disabled
    assert not services.rings.status("mock").active


def test_too_short_a_time_is_said(show, services):
    app = works(show("record"))
    works(app.number_input(Key.RING_MINUTES).set_value(0.01).run())
    works(app.toggle(Key.RING).set_value(True).run())
    assert "between 1 s and a day" in app.error[0].value
    assert app.toggle(Key.RING).value is False


def test_switching_it_off_asks_first(show, services):
    services.start_ring(HERE)
    app = works(show("record"))
    works(app.toggle(Key.RING).set_value(False).run())
    assert "throws away what it holds" in seen(app)
    assert services.rings.status(HERE).active
    works(app.button(Key.RING_GO_ON).click().run())
    assert app.toggle(Key.RING).value is True
    assert "throws away" not in seen(app)
    works(app.toggle(Key.RING).set_value(False).run())
    works(app.button(Key.RING_END).click().run())
    assert not services.rings.status(HERE).active
    assert app.toggle(Key.RING).value is False


def test_it_says_since_when_it_holds_what(show, looks_like):
    looks_like(messages=1_234, bytes=56_000)
    assert "since 2026-11-21 07:15:03 UTC: **1,234 messages**, 56.0 kB" in seen(works(show("record")))


def test_saving_makes_a_session_with_the_name_and_leads_to_it(show, services):
    services.start_ring(HERE)
    app = works(show("record"))
    assert app.button(Key.RING_SAVE).label == "Save the last 1 minute"
    works(app.number_input(Key.RING_BEFORE).set_value(2.5).run())
    assert app.button(Key.RING_SAVE).label == "Save the last 2.5 minutes"
    app.text_input(Key.RING_NAME).set_value("gripper *jams*")
    works(app.button(Key.RING_SAVE).click().run())
    assert app.text_input(Key.RING_NAME).value == ""
    eventually(lambda: services.rings.status(HERE).saved, "the session", 30)
    works(app.run())
    (entry,) = services.catalog.sessions()
    assert entry.name == "gripper *jams*"
    assert "Saved, newest first" in seen(app)
    assert "gripper *jams* · " in seen(app)
    assert [link.proto.query_string for link in app.main.get("page_link")] == [f"session={entry.id}"]


def test_what_follows_is_waited_for_with_a_countdown(show, services, looks_like):
    until_ns = services.clock.now_ns() + 7_225 * NS_PER_SECOND
    looks_like(saving_until_ns=until_ns, saving_reason="A module has *failed*")
    app = works(show("record"))
    assert "**Saving**, complete in 2 h 00 min: A module has *failed*" in seen(app)
    assert not app.button(Key.RING_SAVE).disabled, "what a rule saves is no reason to wait"
    looks_like(saving_until_ns=until_ns, saving_reason="Saved by hand", saving_by_hand=True)
    assert works(show("record")).button(Key.RING_SAVE).disabled


def test_a_session_that_could_not_be_saved_or_was_deleted_says_so(show, services, looks_like):
    write_session(services.folder, "Another", [message(1)])
    looks_like(
        saved=(
            SavedWindow(START_NS, "Saved by hand", stem="gone"),
            SavedWindow(START_NS, "By a rule", problem="The disk is full."),
        )
    )
    app = works(show("record"))
    assert any("By a rule" in warning.value and "The disk is full" in warning.value for warning in app.warning)
    assert "Saved by hand: the session has been deleted." in seen(app)


def test_what_was_asked_for_last_stands_first_whatever_was_done_last(show, looks_like):
    looks_like(saved=tuple(SavedWindow(START_NS + n * NS_PER_SECOND, f"window {n}", stem="gone") for n in (2, 1, 3)))
    words = seen(works(show("record")))
    assert words.index("window 3") < words.index("window 2") < words.index("window 1")


def test_why_it_has_ended_by_itself_is_said(show, looks_like):
    looks_like(active=False, since_ns=None, problem="The disk is full. Make room and start it again.")
    app = works(show("record"))
    assert "Make room and start it again." in seen(app)
    assert app.toggle(Key.RING).value is False


def test_it_goes_on_on_its_environment_and_the_sidebar_says_so(show, services):
    services.start_ring("mock")
    app = works(show("home"))
    assert "The ring of mock keeps the last minutes." in seen(app)
    works(app.switch_page("screens/record.py").run())
    assert app.toggle(Key.RING).value is False
    works(app.sidebar.segmented_control(Key.ENVIRONMENT).set_value("mock").run())
    assert app.toggle(Key.RING).value is True


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (RingRule("r", "a/+", Operator.SILENT, "30"), "nothing on a/+ for 30 s"),
        (RingRule("r", "a/+", Operator.ABOVE, "30"), "a/+ is above 30"),
        (RingRule("r", "a/+", Operator.DIFFERS, "x", "b.c"), "b.c of a/+ differs from x"),
    ],
)
def test_rules_are_said_in_words(rule, words):
    assert in_words(rule) == words


def test_minutes_have_a_singular_and_less_than_one_are_seconds():
    assert [in_minutes(one) for one in (1.0, 0.5, 0.17, 100 / 60)] == ["1 minute", "30 s", "10 s", "1.667 minutes"]


def test_seconds_of_the_settings_are_minutes_that_can_be_read():
    assert [readable(seconds / 60) for seconds in (10, 60, 90, 100)] == [0.17, 1.0, 1.5, 1.67]
