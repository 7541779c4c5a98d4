"""The main job in a real browser: record, look, replay."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app import format as fmt
from mqtt.client import SharedClient
from store.catalog import Catalog
from store.metadata import Status
from store.query import MessageQuery
from store.reader import SessionReader
from store.verify import verify
from tests.end_to_end.app_process import AppProcess
from tests.end_to_end.traffic import traffic

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

Visit = Callable[..., Page]
Keep = Callable[[Page, str], None]


def go_to(page: Page, name: str) -> None:
    """By the navigation in the sidebar."""
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name=name, exact=True).first).to_be_visible()


def metric(page: Page, label: str) -> str:
    """The value shown under this label."""
    return page.get_by_test_id("stMetric").filter(has_text=label).get_by_test_id("stMetricValue").first.inner_text()


def await_messages(page: Page, at_least: int) -> None:
    """Until the page itself says that so many messages are recorded."""
    page.wait_for_function(
        """(wanted) => [...document.querySelectorAll('[data-testid="stMetric"]')].some(
            box => box.innerText.startsWith('Messages')
                && box.querySelector('[data-testid="stMetricValue"]')?.innerText.replace(/[^0-9]/g, '') >= wanted)
        """,
        arg=at_least,
    )


def start_recording(page: Page, app: AppProcess, topic: str, name: str) -> None:
    go_to(page, "Record")
    page.get_by_role("textbox", name="Name", exact=True).fill(name)
    filters = page.get_by_role("textbox", name="Topic filters")
    filters.fill(f"{topic}/#")
    filters.press("Control+Enter")
    page.get_by_role("button", name="Start recording").click()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()


def only_session(app: AppProcess) -> Path:
    sessions = Catalog(app.sessions).sessions()
    assert len(sessions) == 1
    return sessions[0].path


def test_record_look_and_replay(
    app: AppProcess, visitor: Visit, client_factory: Callable[..., SharedClient], topic: str, artefact: Keep
) -> None:
    """Record while messages arrive, stop, open the analysis, replay, and read the verdict."""
    page = visitor(app.url)
    with traffic(client_factory(), topic):
        start_recording(page, app, topic, "Browser test")
        await_messages(page, 150)
        artefact(page, "recording")
        page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("Last recording").first).to_be_visible()
    artefact(page, "recorded")

    page.get_by_role("main").get_by_role("link", name="Analyse").first.click()
    expect(page.get_by_role("heading", name="Analyse", exact=True).first).to_be_visible()
    recorded = numbers(only_session(app))
    assert recorded == list(range(recorded[0], recorded[0] + len(recorded)))
    count = fmt.number(len(recorded))
    expect(page.get_by_test_id("stMetric").filter(has_text="Messages").filter(has_text=count).first).to_be_visible()
    artefact(page, "analyse-overview")
    for tab in ("Timeline", "Topics", "Messages"):
        page.get_by_text(tab, exact=True).first.click()
        artefact(page, f"analyse-{tab.lower()}")
    expect(page.get_by_test_id("stException")).to_have_count(0)

    go_to(page, "Replay")
    page.get_by_test_id("stButtonGroup").get_by_text("2x", exact=True).first.click()
    page.get_by_role("button", name="Start replay").click()
    expect(page.get_by_role("progressbar").first).to_be_visible()
    artefact(page, "replaying")
    expect(page.get_by_text("Last replay: Browser test (finished)").first).to_be_visible(timeout=120_000)
    expect(page.get_by_test_id("stMetric").filter(has_text="Confirmed").filter(has_text=count).first).to_be_visible()
    artefact(page, "replayed")
    assert app.health()["replay"] is None


def numbers(path: Path) -> list[int]:
    with SessionReader.open(path) as reader:
        return [json.loads(one.payload)["number"] for one in reader.stream(MessageQuery())]


def test_a_recording_goes_on_without_a_browser_and_a_second_browser_sees_it(
    app: AppProcess, visitor: Visit, client_factory: Callable[..., SharedClient], topic: str, artefact: Keep
) -> None:
    """The recording belongs to the program, not to the page that started it."""
    first = visitor(app.url)
    with traffic(client_factory(), topic):
        start_recording(first, app, topic, "Nobody looks")
        await_messages(first, 20)
        first.context.close()
        seen = app.health()["recording"]["messages"]
        second = visitor(f"{app.url}/record")
        expect(second.get_by_text("Nobody looks").first).to_be_visible()
        await_messages(second, seen + 20)
        artefact(second, "second-browser")
        second.get_by_role("button", name="Stop", exact=True).click()
        expect(second.get_by_text("Last recording").first).to_be_visible()
    assert verify(only_session(app)).problems == []


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_ending_the_program_finalises_a_running_recording(
    app: AppProcess,
    visitor: Visit,
    client_factory: Callable[..., SharedClient],
    topic: str,
    how: signal.Signals,
) -> None:
    """With a browser still open, as when somebody presses Ctrl-C."""
    page = visitor(app.url)
    with traffic(client_factory(), topic):
        start_recording(page, app, topic, "Cut short")
        await_messages(page, 20)
        code, out, err = app.stop(how)
    assert (code, err) == (0, "")
    assert "The recording 'Cut short' is finalised" in out
    path = only_session(app)
    assert verify(path).problems == []
    with SessionReader.open(path) as reader:
        assert reader.metadata.status is Status.COMPLETED
        assert reader.summary().messages >= 20


def test_a_newcomer_without_a_factory_gets_from_one_button_to_a_replay(
    app: AppProcess, visitor: Visit, artefact: Keep
) -> None:
    """Empty library, one click: factory, 30 seconds of recording, a look, a replay."""
    page = visitor(app.url)
    artefact(page, "home-empty")
    page.get_by_role("button", name="Try it without a factory").click()
    expect(page.get_by_text("Recording:").first).to_be_visible()
    artefact(page, "home-trial")
    expect(page.get_by_role("button", name="Look at the recording")).to_be_visible(timeout=60_000)
    artefact(page, "home-recorded")
    page.get_by_role("button", name="Look at the recording").click()
    expect(page.get_by_role("heading", name="Analyse", exact=True).first).to_be_visible()
    with SessionReader.open(only_session(app)) as reader:
        summary = reader.summary()
    assert summary.messages > 60
    assert 29 < summary.duration_s < 31
    artefact(page, "analyse-trial")
    go_to(page, "Replay")
    page.get_by_role("button", name="Start replay").click()
    expect(page.get_by_role("progressbar").first).to_be_visible()
