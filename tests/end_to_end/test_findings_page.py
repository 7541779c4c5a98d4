"""Correlation and Quality in a real browser: the diagram is drawn with no network, a row leads to its message."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.app.screens.conftest import message, write_session
from tests.end_to_end.app_process import AppProcess
from tests.end_to_end.conftest import settle
from tests.hostile import MARKUP, write_hostile_session

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

ROW_PX, CHECKBOX_PX = 30, 20
"""The height of a row of the tables, and where the box to select it is."""


def test_an_id_is_drawn_and_a_finding_opens_its_message(
    app: AppProcess, visitor: Callable[..., Page], artefact: Callable[[Page, str], None]
) -> None:
    app.sessions.mkdir(exist_ok=True)
    topics = ("ccu/order/request", "module/v1/ff/SVR3QA0022/order", "module/v1/ff/SVR3QA0022/state")
    payload = b'{"orderId":"order-4711-a","n":%d,"state":"RUNNING"}'
    moments = [*range(30), *range(60, 90)]
    messages = [message(n, topics[n % 3], payload % n, at_s=float(at)) for n, at in enumerate(moments)]
    session = write_session(app.sessions, "A silence", messages)
    hostile, _ = write_hostile_session(app.sessions)
    page = visitor("about:blank")
    abroad: list[str] = []

    def only_home(route: Route) -> None:
        if route.request.url.startswith((app.url, "data:", "blob:")):
            route.continue_()
        else:
            abroad.append(route.request.url)
            route.abort()

    page.route("**/*", only_home)
    page.goto(f"{app.url}/analyse?session={session}&tab=Correlation")
    diagram = page.get_by_role("img", name="Who told whom")
    expect(diagram).to_be_visible()
    settle(page)
    artefact(page, "correlation")
    assert diagram.evaluate("one => one.naturalWidth || one.getBoundingClientRect().width") > 100
    assert [url for url in abroad if "streamlit" not in url] == []

    page.get_by_role("tab", name="Quality").click()
    silences = page.get_by_test_id("stDataFrame").first
    expect(silences).to_be_visible()
    settle(page)
    silences.click(position={"x": CHECKBOX_PX, "y": 1.6 * ROW_PX})
    page.wait_for_url(re.compile(r"tab=Messages.*message=31\b"))  # the first one after the silence

    page.goto(f"{app.url}/analyse?session={hostile}&tab=Correlation")
    page.get_by_role("textbox", name="Or any value").fill(MARKUP.replace("'", ""))
    page.keyboard.press("Enter")
    expect(page.get_by_role("img", name="Who told whom")).to_be_visible()
    settle(page)
    assert page.evaluate("window.hacked") is None
    expect(page.get_by_test_id("stException")).to_have_count(0)
