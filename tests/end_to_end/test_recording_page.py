"""The Record and Sessions pages in a real browser: what is left out, the source, marks by key, the outcome."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from mqtt.client import SharedClient
from store.catalog import Catalog
from store.events import EventKind
from store.metadata import Outcome
from store.reader import SessionReader
from store.verify import verify
from tests.end_to_end.app_process import AppProcess
from tests.end_to_end.conftest import choose, settle
from tests.end_to_end.test_browser import await_messages, go_to, only_session, start_recording
from tests.end_to_end.traffic import traffic

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

Visit = Callable[..., Page]


def test_a_recording_with_a_preset_a_source_marks_and_an_outcome(
    app: AppProcess, visitor: Visit, client_factory: Callable[..., SharedClient], topic: str
) -> None:
    page = visitor(f"{app.url}/record")
    choose(page, "Source", "Hall 9")
    page.get_by_text("no-camera", exact=True).first.click()
    expect(page.get_by_text("Left out: /j1/txt/1/i/cam").first).to_be_visible()
    with traffic(client_factory(), topic):
        start_recording(page, app, topic, "Browser test")
        await_messages(page, 5)
        settle(page)  # a shortcut works as soon as its button is there
        page.get_by_role("heading", name="Record", exact=True).click()
        page.keyboard.press("m")
        expect(page.get_by_text("1 mark, the last one at").first).to_be_visible()
        settle(page)  # the field is emptied by the run of the page that noted the mark
        field = page.get_by_role("textbox", name="What happens now")
        field.click()
        page.keyboard.type("mm gripper jams")
        field.press("Enter")
        expect(page.get_by_text("2 marks, the last one at").first).to_be_visible()
        post_mark(app, "from a program")
        expect(page.get_by_text("3 marks, the last one at").first).to_be_visible()
        page.get_by_role("button", name="Stop", exact=True).click()
        expect(page.get_by_text("Last recording").first).to_be_visible()
    path = only_session(app)
    with SessionReader.open(path) as reader:
        marks = [event.text for event in reader.events() if event.kind is EventKind.MARK]
        assert marks == ["", "mm gripper jams", "from a program"]
        assert (reader.metadata.source, reader.metadata.exclude) == ("Hall 9", ("/j1/txt/1/i/cam",))
    page.goto(f"{app.url}/sessions?session={Catalog(app.sessions).sessions()[0].id}")
    settle(page)
    page.get_by_test_id("stButtonGroup").get_by_text("not OK", exact=True).last.click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.").first).to_be_visible()
    entry = Catalog(app.sessions).sessions()[0]
    assert entry.metadata is not None
    assert entry.metadata.outcome is Outcome.NOT_OK
    assert verify(path).problems == []
    go_to(page, "Settings")
    expect(page.get_by_test_id("stException")).to_have_count(0)


def post_mark(app: AppProcess, text: str) -> None:
    """As a program on this machine would."""
    request = urllib.request.Request(
        f"{app.url}/api/recordings/current/mark",
        json.dumps({"text": text}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert json.load(answer)["name"] == "Browser test"
