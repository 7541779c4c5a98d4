"""The guided way on the Record page: three steps, whose state is the recorder's."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import NumberInput, SelectSlider

from app.state import Key
from app.widgets.recording_duration import USUAL
from recorder.recorder import RecordingRequest
from store.metadata import Status
from tests.app.screens.conftest import keys, seen, works
from tests.app.screens.test_record import with_mock


@pytest.fixture
def recorder(services):
    return services.recorders.of("mock")


@pytest.fixture
def guided(show) -> AppTest:
    app = with_mock(show("record"))
    return works(app.segmented_control(Key.RECORD_MODE).set_value("Guided").run())


@pytest.fixture
def created(guided) -> AppTest:
    guided.text_input(Key.RECORD_NAME).set_value("Order 7")
    return works(guided.button(Key.GUIDED_CREATE).click().run())


@pytest.fixture
def assigned(created) -> AppTest:
    created.selectbox(Key.GUIDED_SOURCE).set_value("Unknown")
    return works(created.button(Key.GUIDED_ASSIGN).click().run())


def slider(app: AppTest) -> SelectSlider[int]:
    (found,) = app.select_slider
    return found


def exact(app: AppTest) -> NumberInput:
    (found,) = [one for one in app.number_input if one.label == "Exactly (s)"]
    return found


def present_step(app: AppTest) -> str:
    (step,) = [text for text in seen(app).splitlines() if text.startswith(":blue-badge[:material/radio_button_ch")]
    return step


def test_the_way_is_remembered_on_other_pages(guided):
    works(guided.switch_page("screens/home.py").run())
    works(guided.switch_page("screens/record.py").run())
    assert Key.GUIDED_CREATE in keys(guided)
    assert Key.RECORD_START not in keys(guided)


def test_the_three_steps_lead_to_a_recording(guided, recorder):
    assert "1 Configure" in present_step(guided)
    guided.text_input(Key.RECORD_NAME).set_value("Order 7")
    guided.text_area(Key.RECORD_NOTE).set_value("with a note")
    guided.text_area(Key.RECORD_FILTERS).set_value("ccu/#")
    works(guided.button(Key.GUIDED_CREATE).click().run())
    assert (recorder.status().state, recorder.status().name) == (Status.RECORDING, "Order 7")
    assert "2 Assign the source" in present_step(guided)
    assert guided.selectbox(Key.GUIDED_SOURCE).options == ["Unknown"]
    works(guided.button(Key.GUIDED_ASSIGN).click().run())
    assert recorder.status().state is Status.SOURCE_ASSIGNED
    assert "3 Start the acquisition" in present_step(guided)
    works(guided.button(Key.GUIDED_BEGIN).click().run())
    status = recorder.status()
    assert (status.state, status.duration_s) == (Status.IN_PROGRESS, 15)
    assert Key.RECORD_STOP in keys(guided)


def test_the_slider_and_the_exact_field_follow_each_other(guided, recorder):
    works(slider(guided).set_value(60).run())
    assert exact(guided).value == 60
    works(exact(guided).set_value(100.0).run())
    assert slider(guided).value == 90
    works(guided.button(Key.GUIDED_CREATE).click().run())
    assert recorder.status().duration_s == 100


@pytest.mark.parametrize(("widget", "choice", "other"), [(slider, 60, exact), (exact, 100.0, slider)])
def test_a_click_before_the_page_has_drawn_the_choice_takes_it_all_the_same(guided, recorder, widget, choice, other):
    create = guided.button(Key.GUIDED_CREATE)
    other(guided).set_value(USUAL)  # what this page shows, and goes on to show
    works(widget(guided).set_value(choice).run())
    works(create.click().run())
    assert recorder.status().duration_s == choice


def test_the_duration_is_remembered_on_other_pages(guided):
    works(exact(guided).set_value(100.0).run())
    works(guided.switch_page("screens/home.py").run())
    works(guided.switch_page("screens/record.py").run())
    assert (exact(guided).value, slider(guided).value) == (100, 90)


def test_without_a_duration_it_records_until_it_is_stopped(guided, recorder):
    works(slider(guided).set_value(0).run())
    assert exact(guided).value is None
    works(guided.button(Key.GUIDED_CREATE).click().run())
    assert recorder.status().duration_s is None


@pytest.mark.parametrize(("step", "duration_s"), [(30, 30), (0, None)])
def test_the_duration_can_be_changed_until_the_beginning(assigned, recorder, step, duration_s):
    works(slider(assigned).set_value(step).run())
    works(assigned.button(Key.GUIDED_BEGIN).click().run())
    assert recorder.status().duration_s == duration_s


def test_a_second_browser_shows_the_same_step_with_what_was_chosen(show, services, recorder):
    services.prepare_recording(RecordingRequest(name="Order 7", duration_s=42.0), "mock")
    other = with_mock(show("record"))
    assert "2 Assign the source" in present_step(other)
    recorder.assign_source("APS *Freiburg*")
    works(other.run())
    assert "3 Start the acquisition" in present_step(other)
    assert "Source: **APS *Freiburg***" in seen(other)
    assert exact(other).value == 42


def test_the_way_back_from_the_last_step(assigned, recorder):
    works(assigned.button(Key.GUIDED_BACK).click().run())
    assert recorder.status().state is Status.RECORDING
    assert "2 Assign the source" in present_step(assigned)


def test_a_step_that_somebody_else_has_taken_is_no_error(created, recorder):
    recorder.assign_source("Line 1")
    works(created.button(Key.GUIDED_ASSIGN).click().run())
    assert not created.error
    assert [toast.value for toast in created.toast] == ["Somebody else has gone on with it."]
    assert recorder.status().source == "Line 1"
    assert "3 Start the acquisition" in present_step(created)


@pytest.mark.parametrize("page", ["created", "assigned"])
def test_cancel_asks_before_it_does_anything(request, recorder, page):
    app = request.getfixturevalue(page)
    works(app.button(Key.GUIDED_CANCEL).click().run())
    assert recorder.status().active
    works(app.button(Key.GUIDED_GO_ON).click().run())
    assert recorder.status().active


def test_cancel_deletes_the_session_when_told_so_and_keeps_the_form(created, recorder, services):
    created.session_state[Key.RECORD_NOTE] = "kept"
    works(created.button(Key.GUIDED_CANCEL).click().run())
    works(created.button(Key.GUIDED_DELETE).click().run())
    assert not recorder.status().active
    assert services.catalog.sessions() == []
    assert "1 Configure" in present_step(created)
    assert created.text_area(Key.RECORD_NOTE).value == "kept"


def test_cancel_can_keep_the_empty_session(assigned, recorder, services):
    works(assigned.button(Key.GUIDED_CANCEL).click().run())
    works(assigned.button(Key.GUIDED_KEEP).click().run())
    assert not recorder.status().active
    assert [entry.name for entry in services.catalog.sessions()] == ["Order 7"]


def test_a_session_that_somebody_has_begun_meanwhile_is_not_cancelled(assigned, recorder, services):
    works(assigned.button(Key.GUIDED_CANCEL).click().run())
    recorder.begin()
    works(assigned.button(Key.GUIDED_DELETE).click().run())
    assert recorder.status().state is Status.IN_PROGRESS
    assert len(services.catalog.sessions()) == 1


def test_a_wrong_filter_is_said_and_creates_nothing(guided, services):
    guided.text_area(Key.RECORD_FILTERS).set_value("ccu/#/order")
    works(guided.button(Key.GUIDED_CREATE).click().run())
    assert "must be the whole last level" in guided.error[0].value
    assert services.catalog.sessions() == []


def test_the_waiting_session_is_called_by_its_state_elsewhere(show, services):
    services.prepare_recording(RecordingRequest(name="Order 7"), "mock")
    assert "On **mock** a session waits for its beginning: Order 7" in seen(works(show("record")))
