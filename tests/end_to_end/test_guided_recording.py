"""The guided way to a recording in a real browser, with a second one looking on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from mqtt.client import SharedClient
from store.catalog import Catalog
from store.metadata import Status
from store.verify import verify
from tests.end_to_end.app_process import AppProcess
from tests.end_to_end.conftest import choose, settle
from tests.end_to_end.traffic import traffic

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

Visit = Callable[..., Page]
Keep = Callable[[Page, str], None]


def button(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def configure(page: Page, topic: str, seconds: int) -> None:
    """Step 1: after each field the page has to take what was typed."""
    page.get_by_text("Guided", exact=True).first.click()
    expect(page.get_by_role("button", name="Create session")).to_be_visible()
    page.get_by_role("textbox", name="Name", exact=True).fill("Order of a red one")
    filters = page.get_by_role("textbox", name="Topic filters")
    filters.fill(f"{topic}/#")
    filters.press("Control+Enter")
    settle(page)
    exact = page.get_by_role("spinbutton", name="Exactly (s)")
    exact.fill(str(seconds))
    exact.press("Enter")
    slider = page.get_by_test_id("stSlider").filter(has_text="Duration")
    expect(slider.filter(has_text=f"{seconds} s").first).to_be_visible()  # the former one is there for a moment, hidden
    button(page, "Create session")


def test_a_guided_recording_with_a_reload_and_a_second_browser(
    app: AppProcess, visitor: Visit, client_factory: Callable[..., SharedClient], topic: str, artefact: Keep
) -> None:
    page, second = visitor(f"{app.url}/record"), visitor(f"{app.url}/record")
    with traffic(client_factory(), topic):
        configure(page, topic, seconds=20)
        expect(page.get_by_role("button", name="Assign the source")).to_be_visible()
        expect(second.get_by_role("button", name="Assign the source")).to_be_visible()
        waiting = Catalog(app.sessions).sessions()[0].metadata
        assert waiting is not None
        assert waiting.status is Status.RECORDING
        page.reload()
        choose(page, "Source", "Hall 9")
        button(page, "Assign the source")
        expect(second.get_by_role("button", name="Start the acquisition")).to_be_visible()
        expect(second.get_by_text("Hall 9").first).to_be_visible()
        expect(second.get_by_role("spinbutton", name="Exactly (s)")).to_have_value("20")
        artefact(page, "guided-start")
        button(second, "Start the acquisition")
        for one in (page, second):
            expect(one.get_by_text(" of 20, one per second").first).to_be_visible()
        for one in (page, second):
            expect(one.get_by_text("The duration was reached.").first).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    (entry,) = Catalog(app.sessions).sessions()
    assert entry.metadata is not None
    assert (entry.name, entry.metadata.source, entry.metadata.status) == (
        "Order of a red one",
        "Hall 9",
        Status.COMPLETED,
    )
    assert entry.summary is not None
    assert entry.summary.messages > 0
    assert verify(entry.path).problems == []


def test_cancel_leaves_nothing_behind_but_what_was_typed(app: AppProcess, visitor: Visit, topic: str) -> None:
    page = visitor(f"{app.url}/record")
    configure(page, topic, seconds=20)
    button(page, "Cancel")
    expect(page.get_by_text("Cancel this recording?").first).to_be_visible()
    page.get_by_role("button", name="Delete it").click()  # its name has an icon in it
    expect(page.get_by_role("button", name="Create session")).to_be_visible()
    expect(page.get_by_role("textbox", name="Topic filters")).to_have_value(f"{topic}/#")
    assert Catalog(app.sessions).sessions() == []
