"""Long work on a page: progress and a way to cancel while it lasts, then the result."""

from __future__ import annotations

import threading

import pytest
from streamlit.testing.v1 import AppTest

from analysis.progress import Progress
from app.widgets import long_work
from core.errors import UsageError
from store.reading import Reader
from tests.app.screens.conftest import message, services, works, write_session

__all__ = ["services"]
PATIENCE_S = 30.0


def page() -> None:
    import streamlit as st  # an AppTest runs this text alone

    from app.services import get_services
    from app.widgets.long_work import computed

    entry = get_services().catalog.sessions()[0]
    found = computed("test", entry, st.session_state["compute"], doing="Counting…")
    st.text(f"found {found}")


@pytest.fixture
def app(services) -> AppTest:
    write_session(services.folder, "Some", [message(number) for number in range(3)])
    return AppTest.from_function(page, default_timeout=60)


def count(reader: Reader, progress: Progress) -> int:
    progress(3, 3)
    return reader.count()


def test_short_work_is_there_at_once(app, monkeypatch):
    monkeypatch.setattr(long_work, "FIRST_WAIT_S", PATIENCE_S)
    app.session_state["compute"] = count
    works(app.run())
    assert app.text[0].value == "found 3"
    assert not app.button


def test_long_work_shows_how_far_it_is_and_can_be_cancelled_and_begun_again(app, services, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()

    def slowly(reader, progress):
        progress(1, 4)
        begun.set()
        go_on.wait(PATIENCE_S)
        return count(reader, progress)

    app.session_state["compute"] = slowly
    works(app.run())
    assert begun.wait(PATIENCE_S)
    works(app.run())
    assert app.text[0].value == "found None"
    assert [one.proto.text for one in app.get("progress")] == ["Counting… 1 of 4 messages (25 %)"]
    works(app.button[0].click().run())
    go_on.set()
    monkeypatch.setattr(long_work, "FIRST_WAIT_S", PATIENCE_S)
    works(app.run())
    assert "Cancelled" in app.caption[0].value
    works(app.button[0].click().run())
    assert app.text[0].value == "found 3"


def test_an_expected_error_is_a_sentence(app, monkeypatch):
    monkeypatch.setattr(long_work, "FIRST_WAIT_S", PATIENCE_S)

    def refuses(_reader, _progress):
        raise UsageError("It cannot be.")

    app.session_state["compute"] = refuses
    works(app.run())
    assert "It cannot be" in app.error[0].value
