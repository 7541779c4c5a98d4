"""Messages and fields in a real browser: a condition, a row, a picture, a command, and from a bar to its message."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.analysis.test_pictures import drawn
from tests.app.screens.conftest import message, write_session
from tests.end_to_end.app_process import start_app
from tests.end_to_end.conftest import settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

STATE = "module/v1/ff/SVR3QA0022/state"


def write_factory(folder: Path) -> str:
    """A camera's picture, and 200 messages of a state that changes every ten and a temperature."""
    picture = {"ts": 1, "data": f"data:image/png;base64,{b64encode(drawn('PNG', 40, 30)).decode()}"}
    states = [
        {"orderId": str(n), "actionState": {"state": ("RUNNING", "FINISHED")[n // 10 % 2]}, "temperature": 20 + n % 7}
        for n in range(200)
    ]
    messages = [message(0, STATE, json.dumps(one).encode(), at_s=n / 2) for n, one in enumerate(states)]
    return write_session(folder, "Factory", [message(0, "cam", json.dumps(picture).encode()), *messages])


def test_from_a_condition_to_a_message_and_from_a_bar_to_its_message(
    broker: str, tmp_path: Path, visitor: Callable[..., Page], artefact: Callable[[Page, str], None]
) -> None:
    (tmp_path / "sessions").mkdir()
    session = write_factory(tmp_path / "sessions")
    app = start_app(tmp_path, broker)
    try:
        app.await_health()
        page = visitor(f"{app.url}/analyse?session={session}&tab=Messages&message=1")
        image = page.get_by_alt_text("Picture in the payload").first
        expect(image).to_be_visible()
        assert image.evaluate("one => [one.naturalWidth, one.naturalHeight]") == [40, 30]
        search(page)
        open_row(page)
        page.get_by_text("Publish again").first.click()
        expect(page.get_by_text("mosquitto_pub -h localhost").first).to_be_visible()
        artefact(page, "analyse-messages")
        page.get_by_role("tab", name="Fields").click()
        expect(page.get_by_text("400 values of 2 fields").first).to_be_visible()
        artefact(page, "analyse-fields")
        open_bar(page)
    finally:
        app.stop()


def search(page: Page) -> None:
    """By a condition that half of the messages fulfil; the address carries it."""
    field = page.get_by_role("textbox", name="JSON condition").first
    field.fill('$.actionState.state == "FINISHED"')
    field.press("Enter")
    expect(page.get_by_text("1 to 50 of 100 messages").first).to_be_visible()
    page.wait_for_url(re.compile("json="))
    settle(page)
    page.get_by_role("button", name="chevron_right").first.click()
    expect(page.get_by_text("51 to 100 of 100 messages").first).to_be_visible()
    settle(page)


def open_row(page: Page) -> None:
    """The first row of the table, which is painted: its box to tick has no element of its own."""
    page.get_by_test_id("stDataFrame").first.click(position={"x": 16, "y": 50})
    expect(page.get_by_text(re.compile(r"^Message\s112\s·\s")).first).to_be_visible()
    page.wait_for_url(re.compile("message=112"))
    settle(page)


def open_bar(page: Page) -> None:
    """The second one, which began with message 12."""
    bar = page.locator(".js-plotly-plot .barlayer .point path").nth(1).bounding_box()
    assert bar is not None
    page.mouse.click(bar["x"] + bar["width"] / 2, bar["y"] + bar["height"] / 2)
    page.wait_for_url(re.compile(r"tab=Messages.*message=12(&|$)"))
    expect(page.get_by_text(re.compile(r"^Message\s12\s·\s")).first).to_be_visible()
