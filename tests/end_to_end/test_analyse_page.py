"""Analyse in a real browser: a view is drawn, sent to somebody, leads to a message; strangers' markup stays text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.app.screens.conftest import message, write_session
from tests.end_to_end.app_process import AppProcess, start_app
from tests.end_to_end.conftest import settle
from tests.hostile import write_hostile_session

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def analysed(broker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[AppProcess, str, str]]:
    """The app with a session of a minute and a hostile one, to be looked at only; the ids of both."""
    folder = tmp_path_factory.mktemp("analysed")
    (folder / "sessions").mkdir()
    topics = ("ccu/order/active", "module/v1/ff/SVR3QA0022/state", "osf/arduino/gas/mq2-1/state")
    messages = [message(number, topics[number % 3], at_s=number / 5) for number in range(300)]
    calm = write_session(folder / "sessions", "A minute", messages)
    hostile, _ = write_hostile_session(folder / "sessions")
    process = start_app(folder, broker)
    process.await_health()
    yield process, calm, hostile
    process.stop()


SIXTH_MESSAGE = """() => {
    const chart = document.querySelectorAll(".js-plotly-plot")[1], layout = chart._fullLayout;
    const one = chart.calcdata[0][5], box = chart.getBoundingClientRect();
    const x = layout.xaxis._offset + layout.xaxis.c2p(one.x), y = layout.yaxis._offset + layout.yaxis.c2p(one.y);
    return [box.x + x, box.y + y, one.data[0]];
}"""
"""Where it is drawn on the page, and its id: ticks are one path, no elements."""


def draw_a_box(page: Page, chart: int, start: float, end: float) -> None:
    """Across a chart, from one part of its width to another."""
    box = page.locator(".js-plotly-plot .nsewdrag").nth(chart).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + start * box["width"], box["y"] + 0.4 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], box["y"] + 0.6 * box["height"], steps=5)
    page.mouse.up()


def test_a_view_is_drawn_sent_and_leads_to_a_message(
    analysed: tuple[AppProcess, str, str], visitor: Callable[..., Page], artefact: Callable[[Page, str], None]
) -> None:
    app, session, _ = analysed
    page = visitor(f"{app.url}/analyse?session={session}&tab=Timeline")
    expect(page.get_by_text("300 messages in the whole session").first).to_be_visible()
    settle(page)
    draw_a_box(page, 0, 0.25, 0.5)
    page.wait_for_url(re.compile("start=.*end="))
    in_view = page.get_by_text(re.compile(r"^7\d messages from \+0:1"))
    expect(in_view.first).to_be_visible()
    settle(page)
    words = in_view.first.inner_text()
    artefact(page, "analyse-timeline")

    colleague = visitor(page.url)
    expect(colleague.get_by_text(words).first).to_be_visible()

    x, y, message_id = page.evaluate(SIXTH_MESSAGE)
    page.mouse.click(x, y)
    page.wait_for_url(re.compile(rf"tab=Messages.*message={message_id}(&|$)"))
    settle(page)
    page.go_back()
    expect(page.get_by_text(words).first).to_be_visible()
    settle(page)
    page.go_back()
    expect(page.get_by_text("300 messages in the whole session").first).to_be_visible()


def test_what_strangers_publish_is_never_run(
    analysed: tuple[AppProcess, str, str], visitor: Callable[..., Page]
) -> None:
    app, _, hostile = analysed
    page = visitor(f"{app.url}/analyse?session={hostile}&tab=Overview")
    for tab in ("Overview", "Timeline", "Topics", "Messages", "Fields"):
        page.goto(f"{app.url}/analyse?session={hostile}&tab={tab}&message=100")
        expect(page.get_by_role("tab", name=tab).first).to_have_attribute("aria-selected", "true")
        settle(page)
        assert page.evaluate("window.hacked") is None, tab
        expect(page.get_by_test_id("stException")).to_have_count(0)
