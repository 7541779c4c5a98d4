"""The Replay page in a real browser: steered like a video recorder, and a second browser sees and does the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from core.clock import SystemClock
from core.message import LIVE, LIVE_RETAINED, NS_PER_MILLISECOND
from mqtt.client import SharedClient
from store.catalog import Catalog
from tests import builders
from tests.end_to_end.app_process import AppProcess
from tests.end_to_end.conftest import SLOW_MACHINE, settle
from tests.end_to_end.test_browser import metric

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

Visit = Callable[..., Page]
Keep = Callable[[Page, str], None]
MESSAGES = 301
"""One each second; those on `.../state` are stored by the broker."""


def write_session(folder: Path, topic: str) -> str:
    """Five minutes with two marks; its id."""
    content = [
        builders.message(
            f"{topic}/state" if number % 2 == 0 else f"{topic}/event",
            json.dumps({"number": number}).encode(),
            retain=LIVE if number % 2 else LIVE_RETAINED,
            offset_s=float(number),
        )
        for number in range(MESSAGES)
    ]
    marks = [builders.event("order sent", offset_s=60), builders.event("gripper jams", offset_s=200.5)]
    builders.session(folder, content, marks, name="Marked order")
    return Catalog(folder).sessions()[0].id


def key(page: Page, name: str) -> Locator:
    """The widget with this key, or with one that goes on after it with a hyphen."""
    return page.locator(f'[class~="st-key-{name}"], [class*="st-key-{name}-"]').filter(visible=True)


def button(page: Page, name: str) -> Locator:
    return key(page, name).get_by_role("button").first


def await_metric(page: Page, label: str, value: str | re.Pattern[str]) -> None:
    whole = re.compile(f"^{re.escape(value)}$") if isinstance(value, str) else value
    boxes = page.get_by_test_id("stMetric").filter(has_text=label)
    expect(boxes.get_by_test_id("stMetricValue").filter(has_text=whole).first).to_be_visible()


def press(page: Page, shortcut: str) -> None:
    """With nothing in focus, on a page that has come to rest: a shortcut works as soon as its button is there."""
    settle(page)
    page.get_by_role("heading", name="Replay", exact=True).click()
    page.keyboard.press(shortcut)


def await_stored(client: SharedClient, topic: str, number: int) -> None:
    """Until the broker stores this one on `.../state`: a page may show the new place a moment before."""
    end_ns = SystemClock().now_ns() + SLOW_MACHINE * NS_PER_MILLISECOND
    while (found := [json.loads(one.payload)["number"] for one in client.fetch_retained((f"{topic}/#",))]) != [number]:
        assert SystemClock().now_ns() < end_ns, found


def thumbs(page: Page) -> Locator:
    """What sliders show: one that another has taken the place of can stay, hidden."""
    return page.get_by_test_id("stSliderThumbValue").filter(visible=True)


def await_slider(page: Page, place: str) -> None:
    """Until it stands there, also after what somebody else has done, and the page has come to rest."""
    expect(thumbs(page).filter(has_text=place)).to_have_count(1)
    settle(page)
    expect(thumbs(page)).to_have_count(1)
    expect(thumbs(page).filter(has_text=place)).to_have_count(1)


def hold_the_slider(page: Page, share: float) -> None:
    """Drags it to a place, and lets go after the figures above it have changed twice."""
    settle(page)
    box = page.get_by_test_id("stSlider").filter(visible=True)
    place, track = box.get_by_role("slider").bounding_box(), box.bounding_box()
    assert place is not None
    assert track is not None
    height = place["y"] + place["height"] / 2
    page.mouse.move(place["x"] + place["width"] / 2, height)
    page.mouse.down()
    page.mouse.move(track["x"] + track["width"] * share, height, steps=8)
    chosen = thumbs(page).inner_text()
    for _ in range(2):
        shown = metric(page, "Position")
        expect(page.get_by_test_id("stMetric").filter(has_text="Position").first).not_to_contain_text(shown)
    assert thumbs(page).inner_text() == chosen
    page.mouse.up()


def test_a_replay_is_steered_like_a_video_recorder_in_two_browsers(
    app: AppProcess, visitor: Visit, client_factory: Callable[..., SharedClient], topic: str, artefact: Keep
) -> None:
    observer = client_factory()
    session = write_session(app.sessions, topic)
    page = visitor(f"{app.url}/replay?session={session}")
    page.get_by_text("Start paused").first.click()
    page.get_by_text("Prove the delivery").first.click()
    settle(page)
    page.get_by_role("button", name="Start replay").click()
    second = visitor(f"{app.url}/replay")
    await_metric(page, "Published", f"0 of {MESSAGES}")
    press(page, "n")
    await_metric(page, "Published", f"1 of {MESSAGES}")
    press(page, "n")
    await_metric(page, "Published", f"2 of {MESSAGES}")
    await_metric(second, "Published", f"2 of {MESSAGES}")
    for published in (4, 6, 8, 10):  # at once, while each page is drawn anew for what the other has done
        button(page, "replay_step").click()
        button(second, "replay_step").click()
        await_metric(page, "Published", f"{published} of {MESSAGES}")

    topics = key(page, "replay_step_topic").get_by_role("combobox")
    topics.fill("+/nothing/#")  # a filter of one's own
    topics.press("Enter")
    button(page, "replay_step_to").click()
    expect(page.get_by_role("alert").filter(has_text="+/nothing/#").first).to_be_visible()

    settle(page)
    typed = page.get_by_role("textbox", name="Go to a time")
    typed.fill("2:00")
    typed.press("Enter")
    await_metric(page, "Position", "2:00.000")
    await_stored(observer, topic, 118)
    await_slider(second, "2:00.0")
    key(second, "replay_mark").get_by_role("combobox").first.click()
    second.get_by_role("option", name=re.compile("order sent")).first.click()
    await_metric(page, "Position", "1:00.000")
    await_slider(page, "1:00.0")
    await_stored(observer, topic, 58)
    artefact(page, "replay-paused")

    press(page, "Space")
    expect(button(second, "replay_pause")).to_be_visible()
    hold_the_slider(page, 0.48)
    await_metric(page, "Position", re.compile("^2:[23]"))
    button(second, "replay_pause").click()
    expect(button(page, "replay_resume")).to_be_visible()
    key(page, "replay_live_speed").get_by_text("max", exact=True).first.click()
    expect(key(second, "replay_any_speed").get_by_role("spinbutton")).to_have_value("")
    settle(page)
    press(page, "Space")

    expect(page.get_by_text("Last replay: Marked order (finished)").first).to_be_visible()
    expect(second.get_by_text("Last replay: Marked order (finished)").first).to_be_visible()
    settle(page)
    for one in (page, second):  # nobody has clicked anything that came too late
        expect(one.get_by_test_id("stToast")).to_have_count(0)
    expect(page.get_by_text("Certificate of delivery").first).to_be_visible()
    await_metric(page, "Missing", "0")
    await_stored(observer, topic, MESSAGES - 1)
    artefact(page, "replay-report")
    with page.expect_download() as download:
        page.get_by_role("button", name="Report as JSON").click()
    report = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert report["proof"]["expected"] == report["proof"]["delivered"] > MESSAGES / 2

    page.get_by_role("button", name="Replay again").click()
    await_metric(page, "Published", f"0 of {MESSAGES}")
    button(page, "replay_stop").click()
    expect(page.get_by_text(f"Stopped by hand before the first of {MESSAGES} messages.").first).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
