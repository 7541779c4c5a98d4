"""The tab Orders in a real browser: what is drawn can be clicked, and leads to the message behind it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from aps.order_trace import order_trace
from store.reader import SessionReader
from tests.analysis.sessions import START_NS, write_session
from tests.aps.simulator import traffic
from tests.end_to_end.app_process import AppProcess
from tests.end_to_end.conftest import settle

pytestmark = pytest.mark.browser


def test_a_click_on_a_bar_opens_the_first_message_behind_the_step(
    app: AppProcess, visitor: Callable[..., Page], artefact: Callable[[Page, str], None]
) -> None:
    messages = [one._replace(at_ns=one.at_ns - traffic.START_NS + START_NS) for one in traffic.simulate(300)]
    with SessionReader.open(write_session(app.sessions, messages)) as reader:
        found = order_trace(reader)
        session = reader.metadata.id
    longest = max(found.orders[0].steps, key=lambda step: step.duration_s or 0.0)
    assert longest.evidence.first
    page = visitor(f"{app.url}/analyse?session={session}&tab=Orders")
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    chart = page.locator(".js-plotly-plot").nth(1)
    bar = chart.locator(".bartext", has_text=longest.command or longest.name).first
    bar.scroll_into_view_if_needed()
    settle(page)
    artefact(page, "orders")
    place = bar.bounding_box()
    assert place
    page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    expect(chart.locator(".hovertext").filter(has_text=longest.name)).to_be_visible()
    page.mouse.down()
    page.mouse.up()
    expect(page).to_have_url(re.compile(rf"tab=Messages.*message={longest.evidence.first.id}\b"))
    assert problems == []
