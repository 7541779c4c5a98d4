"""Record: the form makes the request, the running recording can be paused, marked and stopped."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from app.live_session import BUSIEST, NEWEST
from app.state import ENVIRONMENT_PARAMETER, Key
from core.message import NS_PER_SECOND
from recorder.ledger import Losses
from recorder.recorder import RecordingRequest, RecordingStatus
from store.events import Event, EventKind
from store.metadata import Status
from store.reader import SessionReader
from tests.app.screens.conftest import HOSTILE, START_NS, keys, markdown, message, seen, texts, works


def with_mock(app: AppTest) -> AppTest:
    return works(app.sidebar.segmented_control(Key.ENVIRONMENT).set_value("mock").run())


def test_the_form_is_ready_to_record_everything(show):
    app = works(show("record"))
    assert Key.RECORD_START in keys(app)
    assert app.text_area(Key.RECORD_FILTERS).value == "#"


def test_the_help_does_not_promise_what_an_outage_takes(show):
    words = works(show("record")).segmented_control(Key.RECORD_QOS).help
    assert "nothing is lost" not in words
    assert "published while the connection is lost is missing with 0" in words
    assert "as far as its queue reaches" in words


@pytest.fixture
def looks_like(services, recording, monkeypatch):
    """Lets the recorder of the environment that is chosen first say that it records the running session."""

    def look(**fields):
        known = {"state": Status.IN_PROGRESS, "active": True, "path": recording.db_path, "environment": "replay"}
        status = RecordingStatus(**(known | {"started_ns": START_NS} | fields))
        monkeypatch.setattr(services.recorders.of(services.default_environment), "status", lambda: status)
        return status

    return look


def test_a_recording_is_drawn_without_reading_what_grows_with_it(show, recording, looks_like, monkeypatch):
    """Newest messages and busiest topics are few, and nothing goes through all messages or events."""
    recording.write([message(n, f"a/{n}") for n in range(2, 51)])
    looks_like(messages=50, topics=50)
    for scan in ("page", "count", "stream", "events"):
        monkeypatch.setattr(SessionReader, scan, None)
    busiest, newest = works(show("record")).dataframe
    assert list(newest.value["Topic"]) == [f"a/{n}" for n in range(50, 50 - NEWEST, -1)]
    assert len(busiest.value) == BUSIEST


def test_queue_lag_and_size_are_among_the_figures(show, looks_like):
    looks_like(queued=1_200, queued_most=3_400, lag_s=2.5, size_bytes=4_200_000)
    shown = {metric.label: metric for metric in works(show("record")).metric}
    assert shown["Queue and lag"].value == "1,200 msg, 2.5 s"
    assert "3,400 at most" in shown["Queue and lag"].proto.help
    assert shown["On disk"].value == "4.2 MB"


def test_what_may_be_missing_is_said_and_also_that_nothing_is(show, looks_like):
    looks_like(losses=Losses(dropped=0))
    assert ":material/verified_user: No message is known to be missing." in seen(show("record"))
    looks_like(gaps=1, losses=Losses(dropped=7, gaps=1, gap_s=4.0, unkept=1, unkept_s=4.0))
    words = seen(works(show("record")))
    assert "The connection was lost 1 time. Possibly missing: up to 7 that the broker dropped" in words
    assert "1 gap (4.0 s) for which the broker kept nothing" in words


def test_a_recording_that_has_ended_says_what_may_be_missing(show, looks_like):
    looks_like(active=False, state=Status.COMPLETED, losses=Losses(dropped=0))
    assert "missing" not in seen(show("record"))
    looks_like(active=False, state=Status.COMPLETED, gaps=1, losses=Losses(gaps=1, gap_s=9.2, unkept=1, unkept_s=9.2))
    assert "Possibly missing: what was published during 1 gap (9.2 s)" in seen(works(show("record")))


@pytest.mark.parametrize(
    ("elapsed_s", "said"), [(0.0, "Sample 1 of 15"), (4.2, "Sample 5 of 15"), (15.0, "Sample 15 of 15")]
)
def test_the_progress_counts_samples_of_one_second(show, looks_like, elapsed_s, said):
    looks_like(elapsed_s=elapsed_s, duration_s=14.5, messages=60)
    (bar,) = works(show("record")).get("progress")
    assert bar.proto.text == f"{said}, one per second · 60 messages so far"


def test_without_a_duration_the_samples_are_counted_too(show, looks_like):
    looks_like(elapsed_s=4.2, messages=60)
    app = works(show("record"))
    assert "Sample 5, one per second · 60 messages so far" in seen(app)
    assert not app.get("progress")


def test_the_curve_reaches_as_far_as_the_visitor_wants(show, recording, looks_like):
    recording.write([message(n, at_s=float(n)) for n in range(10)])
    looks_like(messages=11)
    app = works(show("record"))
    assert app.segmented_control(Key.RECORD_CURVE).options == ["2 minutes", "10 minutes", "60 minutes"]
    works(app.segmented_control(Key.RECORD_CURVE).set_value(60).run())
    assert "minutes from now" in app.get("vega_lite_chart")[0].proto.spec


@pytest.mark.parametrize("page", ["record", "home"])
def test_what_is_wrong_with_a_running_recording_is_said_on_the_page_and_in_the_sidebar(
    show, services, recording, monkeypatch, page
):
    problem = "The broker refused the filter secret/#."
    status = RecordingStatus(state=Status.IN_PROGRESS, active=True, path=recording.db_path, problem=problem)
    monkeypatch.setattr(services.recorders.of("mock"), "status", lambda: status)
    app = with_mock(show(page))
    assert seen(app).count(problem) == 2
    assert [caption for caption in app.sidebar.caption if "refused the filter" in caption.value]


@pytest.fixture
def with_sources(services, monkeypatch):
    """Settings with a source and a preset of its own."""
    settings = services.settings.model_copy(update={"sources": ("APS Freiburg",), "presets": {"quiet": ("osf/#",)}})
    monkeypatch.setattr(services, "settings", settings)


@pytest.mark.usefixtures("with_sources")
def test_start_records_what_the_form_says(show, services):
    app = with_mock(show("record"))
    app.text_input(Key.RECORD_NAME).set_value("Order 7")
    app.selectbox(Key.RECORD_SOURCE).set_value("APS Freiburg")
    app.text_area(Key.RECORD_FILTERS).set_value("ccu/#\n\n module/v1/ff/+/state ")
    app.button_group(Key.RECORD_PRESETS).set_value(["no-camera"])
    app.text_area(Key.RECORD_EXCLUDE).set_value("ccu/pairing/state")
    app.number_input(Key.RECORD_MINUTES).set_value(2.0)
    app.number_input(Key.RECORD_MESSAGES).set_value(5000)
    app.number_input(Key.RECORD_MAX_MB).set_value(2.5)
    app.number_input(Key.RECORD_SPLIT_MB).set_value(1.0)
    app.number_input(Key.RECORD_SPLIT_MINUTES).set_value(0.5)
    works(app.button(Key.RECORD_START).click().run())
    status = services.recorders.of("mock").status()
    assert status.active
    assert (status.name, status.environment) == ("Order 7", "mock")
    assert (status.duration_s, status.max_messages, status.max_bytes) == (120.0, 5000, 2_500_000)
    metadata = services.catalog.get(status.session_id).metadata
    assert metadata.filters == ("ccu/#", "module/v1/ff/+/state")
    assert metadata.exclude == ("/j1/txt/1/i/cam", "ccu/pairing/state")
    assert metadata.source == "APS Freiburg"
    assert (metadata.extra["split_bytes"], metadata.extra["split_s"]) == (1_000_000, 30.0)
    assert {Key.RECORD_PAUSE, Key.RECORD_STOP, Key.RECORD_ADD_MARK} <= keys(app)


def test_the_filters_that_presets_stand_for_are_shown(show):
    app = works(show("record"))
    assert "Left out: nothing" in seen(app)
    app.button_group(Key.RECORD_PRESETS).set_value(["no-camera", "no-sensors"])
    works(app.text_area(Key.RECORD_EXCLUDE).set_value("a/b").run())
    assert "Left out: /j1/txt/1/i/cam, osf/arduino/#, /j1/txt/1/i/bme680, /j1/txt/1/i/ldr, a/b" in seen(app)


def test_a_wrong_filter_of_what_is_left_out_is_explained(show):
    app = with_mock(show("record"))
    works(app.text_area(Key.RECORD_EXCLUDE).set_value("ccu/#/order").run())
    assert "must be the whole last level" in app.warning[0].value


@pytest.mark.usefixtures("with_sources")
def test_sources_and_own_presets_of_the_settings_can_be_chosen(show):
    app = works(show("record"))
    assert app.selectbox(Key.RECORD_SOURCE).options == ["Unknown", "APS Freiburg"]
    assert app.selectbox(Key.RECORD_SOURCE).value == "Unknown"
    assert "quiet" in app.button_group(Key.RECORD_PRESETS).options


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_each_qos_says_what_it_costs(show, qos):
    app = works(show("record"))
    works(app.segmented_control(Key.RECORD_QOS).set_value(qos).run())
    words = [text for text in seen(app).splitlines() if text.startswith("QoS ")]
    assert [text.split(":")[0] for text in words] == [f"QoS {qos}"]
    assert ("two round trips" in words[0]) is (qos == 2)


def test_a_wrong_filter_is_explained_before_and_after_the_start(show, services):
    app = with_mock(show("record"))
    works(app.text_area(Key.RECORD_FILTERS).set_value("ccu/#/order").run())
    assert "must be the whole last level" in app.warning[0].value
    works(app.button(Key.RECORD_START).click().run())
    assert "must be the whole last level" in app.error[0].value
    assert not services.recorders.of("mock").status().active


def test_pause_resume_mark_and_stop_act_on_the_recorder(show, services):
    services.start_recording(RecordingRequest(name="Order 7"), "mock")
    app = with_mock(show("record"))
    works(app.button(Key.RECORD_PAUSE).click().run())
    assert services.recorders.of("mock").status().state is Status.PAUSED
    assert Key.RECORD_RESUME in keys(app)
    works(app.button(Key.RECORD_RESUME).click().run())
    assert services.recorders.of("mock").status().state is Status.IN_PROGRESS
    app.text_input(Key.RECORD_MARK).set_value("gripper jams")
    works(app.button(Key.RECORD_ADD_MARK).click().run())
    assert app.text_input(Key.RECORD_MARK).value == ""
    works(app.button(Key.RECORD_STOP).click().run())
    status = services.recorders.of("mock").status()
    assert not status.active
    assert "Last recording" in texts(app)
    with services.read_session(status.path) as reader:
        assert "gripper jams" in [event.text for event in reader.events() if event.kind is EventKind.MARK]


def test_markup_in_a_name_is_shown_as_text(show, services):
    name = " ".join(HOSTILE)
    services.start_recording(RecordingRequest(name=name), "mock")
    app = with_mock(show("record"))
    assert name in seen(app)
    assert not [text for text in HOSTILE if text in markdown(app)]


def test_a_click_that_comes_too_late_is_no_error(show, services):
    services.start_recording(RecordingRequest(), "mock")
    app = with_mock(show("record"))
    services.recorders.of("mock").stop()
    works(app.button(Key.RECORD_PAUSE).click().run())
    assert not app.error
    assert [toast.value for toast in app.toast] == ["It had ended already."]


def test_a_problem_is_gone_when_the_visitor_goes_on(show, services):
    app = with_mock(show("record"))
    app.text_area(Key.RECORD_FILTERS).set_value("ccu/#/order")
    works(app.button(Key.RECORD_START).click().run())
    assert len(app.error) == 1
    works(app.sidebar.segmented_control(Key.ENVIRONMENT).set_value("live").run())
    assert not app.error
    works(app.button(Key.RECORD_START).click().run())
    assert len(app.error) == 1
    works(app.switch_page("screens/home.py").run())
    assert not app.error


def test_enter_marks(show, services):
    """Field and button are one form, whose button is what Enter presses."""
    services.start_recording(RecordingRequest(), "mock")
    app = with_mock(show("record"))
    assert app.text_input(Key.RECORD_MARK).form_id == Key.RECORD_MARK_FORM
    assert app.button(Key.RECORD_ADD_MARK).form_id == Key.RECORD_MARK_FORM


def test_the_mark_button_can_be_pressed_with_a_key(show, services):
    services.start_recording(RecordingRequest(), "mock")
    assert with_mock(show("record")).button(Key.RECORD_ADD_MARK).proto.shortcut == "m"


def test_the_page_says_how_many_marks_there_are_and_which_is_the_last(show, looks_like):
    looks_like()
    app = works(show("record"))
    assert ":material/flag:" not in texts(app)
    looks_like(marks=2, last_mark=Event(START_NS + NS_PER_SECOND, EventKind.MARK, "*gripper* free"))
    works(app.run())
    assert "2 marks, the last one at 2026-11-21 07:15:04 UTC *gripper* free" in seen(app)
    assert "*gripper*" not in markdown(app)


def test_seconds_that_leave_pauses_out_say_so(show, services, monkeypatch):
    services.start_recording(RecordingRequest(), "mock")
    status = services.recorders.of("mock").status()
    app = with_mock(show("record"))
    assert "Recorded" in {metric.label for metric in app.metric}
    paused = replace(status, started_ns=status.started_ns - 60 * NS_PER_SECOND)
    monkeypatch.setattr(services.recorders.of("mock"), "status", lambda: paused)
    works(app.run())
    assert "Without pauses" in {metric.label for metric in app.metric}
    ended = replace(paused, active=False, ended_ns=status.started_ns + NS_PER_SECOND)
    monkeypatch.setattr(services.recorders.of("mock"), "status", lambda: ended)
    works(app.run())
    assert "without pauses" in texts(app)
    monkeypatch.undo()


def test_the_environment_is_called_by_its_name_for_people(show):
    app = works(show("record"))
    works(app.sidebar.segmented_control(Key.ENVIRONMENT).set_value("replay").run())
    assert "Ready to record from **Local broker** (replay)" in seen(app)


def test_a_recording_on_another_environment_is_said_and_one_click_away(show, services):
    services.start_recording(RecordingRequest(name="Night *shift*"), "mock")
    app = works(show("record"))
    assert "On **mock** a recording runs: Night *shift*" in seen(app)
    assert Key.RECORD_START in keys(app)
    works(app.button(f"{Key.RECORD_ELSEWHERE}_mock").click().run())
    assert app.session_state[Key.ENVIRONMENT] == "mock"
    assert Key.RECORD_STOP in keys(app)
    assert "a recording runs" not in seen(app)


def test_while_one_environment_records_another_can_be_started_and_each_is_steered_on_its_own(show, services):
    services.start_recording(RecordingRequest(name="Night shift"), "mock")
    app = works(show("record"))
    works(app.button(Key.RECORD_START).click().run())
    assert [status.environment for status in services.recorders.active()] == ["replay", "mock"]
    works(app.button(Key.RECORD_STOP).click().run())
    assert [status.environment for status in services.recorders.active()] == ["mock"]


def test_a_link_to_an_environment_is_followed_once(show, services):
    services.start_recording(RecordingRequest(name="Night shift"), "mock")
    app = works(show("record", **{ENVIRONMENT_PARAMETER: "mock"}))
    assert Key.RECORD_STOP in keys(app)
    works(app.sidebar.segmented_control(Key.ENVIRONMENT).set_value("live").run())
    assert Key.RECORD_START in keys(app)
    works(show("record", **{ENVIRONMENT_PARAMETER: "nowhere"}))


def test_an_empty_session_can_be_deleted_where_it_has_ended(show, services):
    services.start_recording(RecordingRequest(name="Nothing"), "replay")
    services.recorders.of("replay").stop()
    app = works(show("record"))
    works(app.button(Key.RECORD_DELETE).click().run())
    assert services.catalog.sessions() == []
    assert "Last recording" not in seen(app)
    assert Key.RECORD_START in keys(app)


def test_what_the_broker_refused_does_not_make_a_recording_a_failed_one(show, looks_like):
    refused = "The broker refuses the subscription to secret/#."
    looks_like(active=False, state=Status.COMPLETED, problem=refused)
    words = seen(works(show("record")))
    assert "Last recording" in words
    assert "Last recording: failed" not in words
    assert refused in words
