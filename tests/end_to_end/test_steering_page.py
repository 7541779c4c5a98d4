"""The factory by hand in a real browser: ordered on one page, seen on another, recorded, and traced to its end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from aps.order_trace import order_trace
from aps.order_values import OrderState
from store.reader import SessionReader
from tests.end_to_end.app_process import AppProcess, start_app
from tests.end_to_end.conftest import settle
from tests.end_to_end.test_browser import go_to, only_session

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

Visit = Callable[..., Page]
Keep = Callable[[Page, str], None]

FAST = "15"
"""The order takes twelve seconds instead of three minutes: long enough to be seen under way on a slow machine."""


@pytest.fixture
def app(broker: str, tmp_path: Path) -> Iterator[AppProcess]:
    """The app with a fast simulated factory as its environment."""
    process = start_app(tmp_path, broker, ENVIRONMENT="mock", MOCK_SPEED=FAST)
    process.await_health()
    yield process
    process.stop()


def test_a_white_workpiece_is_ordered_seen_recorded_and_traced(app: AppProcess, visitor: Visit, artefact: Keep) -> None:
    page = visitor(f"{app.url}/steering")
    page.get_by_text("It waits for commands", exact=True).first.click()
    settle(page)
    overview = visitor(f"{app.url}/factory")
    expect(overview.get_by_text("0 active").first).to_be_visible()
    go_to(page, "Record")
    page.get_by_role("button", name="Start recording").first.click()
    expect(page.get_by_role("button", name="Stop", exact=True).first).to_be_visible()

    go_to(page, "Steering")
    page.get_by_role("button", name="Prepare the order").first.click()
    expect(page.get_by_role("textbox", name="Payload").first).to_have_value(re.compile('"type": "WHITE"'))
    page.get_by_role("button", name="Send to mock").first.click()
    expect(page.get_by_text("The broker of mock has confirmed it.").first).to_be_visible()
    expect(overview.get_by_text("PRODUCTION WHITE").first).to_be_visible()
    expect(overview.get_by_text(re.compile("last at (DRILL|AIQS)")).first).to_be_visible()
    artefact(overview, "factory-order")
    page.get_by_text("Vehicles", exact=True).first.click()
    settle(page)
    expect(overview.get_by_text("0 active, 1 ended").first).to_be_visible(timeout=60_000)
    expect(page.get_by_text(re.compile("At this moment: .+, last at DPS")).first).to_be_visible()  # without a click

    go_to(page, "Record")
    page.get_by_role("button", name="Stop", exact=True).first.click()
    expect(page.get_by_text("Last recording").first).to_be_visible()
    with SessionReader.open(only_session(app)) as reader:
        orders = order_trace(reader).orders
    assert [(one.type, one.colour, one.state) for one in orders] == [("PRODUCTION", "WHITE", OrderState.FINISHED)]
    assert {step.state for step in orders[0].steps} == {"FINISHED"}
    assert len(orders[0].steps) >= 12
