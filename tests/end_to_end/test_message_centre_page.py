"""A message by hand in a real browser: begun from a command, refused with the reason, sent all the same, once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.app_process import AppProcess, start_app
from tests.end_to_end.conftest import choose, settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

Visit = Callable[..., Page]


@pytest.fixture
def app(broker: str, tmp_path: Path) -> Iterator[AppProcess]:
    """The app with the simulated factory as its environment."""
    process = start_app(tmp_path, broker, ENVIRONMENT="mock")
    process.await_health()
    yield process
    process.stop()


def test_a_command_that_breaks_its_template_goes_out_only_when_that_was_said(app: AppProcess, visitor: Visit) -> None:
    page = visitor(f"{app.url}/message_centre")
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()
    page.get_by_text("Pause", exact=True).first.click()  # a list that is open is closed when what is above it grows
    settle(page)
    page.get_by_text("Send a message", exact=True).first.click()
    page.get_by_role("button", name="Take it").first.hover()  # which waits until it moves no more
    choose(page, "Which", "Vehicle: charge")
    settle(page)
    page.get_by_role("button", name="Take it").first.click()
    payload = page.get_by_role("textbox", name="Payload", exact=True).first
    expect(payload).to_have_value(re.compile('"charge": true'))
    expect(page.get_by_text("It is as the template of its topic expects").first).to_be_visible()
    settle(page)
    payload.fill('{"charge": true}')
    payload.press("Control+Enter")
    expect(page.get_by_text("is missing").first).to_be_visible()
    settle(page)
    page.get_by_role("button", name="Send to mock").first.click()
    expect(page.get_by_text("$.serialNumber is missing. Correct it, or send it all the same.").first).to_be_visible()
    settle(page)
    page.get_by_text("Send it all the same", exact=True).first.click()
    settle(page)
    page.get_by_role("button", name="Send to mock").first.click()
    expect(page.get_by_text("It breaks its template; that was on purpose.").first).to_be_visible()
    expect(page.get_by_role("checkbox", name="Send it all the same").first).not_to_be_checked()
