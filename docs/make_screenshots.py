"""Takes the pictures of the README again: `make screenshots`. Shows the sample session and the simulated factory."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

from mqtt.local_broker import start_private
from replay.status import ReplayRequest
from store.catalog import Catalog
from tests.end_to_end.app_process import AppProcess, start_app
from tests.end_to_end.conftest import QUIET, find_browser, settle
from tests.end_to_end.dashboards import SAMPLE, stand

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "screenshots"
LIBRARY = {"First storage order": ("white",), "Before the update": (), "After the update": ("update", "white")}
SIZE: ViewportSize = {"width": 1400, "height": 900}
HIGHEST = 1300
"""Pixels; of a longer page the beginning is shown."""


@contextmanager
def running_app() -> Iterator[AppProcess]:
    """The app on a copy of the sample, with a broker of its own."""
    broker = start_private()
    folder = Path(tempfile.mkdtemp(prefix="session-manager-pictures-"))
    try:
        fill(folder / "sessions")
        app = start_app(folder, broker.url)
        try:
            app.await_health()
            yield app
        finally:
            app.stop()
    finally:
        broker.stop()
        shutil.rmtree(folder)


def fill(folder: Path) -> None:
    """A library of copies of the sample: the pictures show how it looks, not what it holds."""
    folder.mkdir()
    sample = next((ROOT / "data" / "sessions").glob("sample_*.db"))
    catalog = Catalog(folder)
    for name, tags in LIBRARY.items():
        catalog.update(catalog.import_file(sample, name=name).entry.id, tags=tags)


def take(page: Page, name: str, *, whole: bool = False) -> None:
    """Saves what the page shows when it has come to rest; `whole` also what one would scroll to."""
    page.get_by_text("Connected, MQTT").wait_for()
    settle(page)
    if whole:  # the page scrolls inside of the window, so the window has to be as high as the page
        height = page.get_by_test_id("stMain").evaluate("main => main.scrollHeight")
        page.set_viewport_size({"width": SIZE["width"], "height": min(HIGHEST, max(SIZE["height"], height))})
        settle(page)
    page.mouse.move(SIZE["width"] - 1, SIZE["height"] - 1)  # over nothing that would show a sign of it
    page.screenshot(path=TARGET / f"{name}.png")
    page.set_viewport_size(SIZE)


def open_page(page: Page, app: AppProcess, name: str) -> None:
    """Goes to a page by its address; an empty name is Home."""
    page.goto(f"{app.url}/{name}")
    settle(page)


def main() -> None:
    """The pages, and the dashboard."""
    TARGET.mkdir(exist_ok=True)
    with running_app() as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=list(QUIET))
        page = browser.new_context(viewport=SIZE, timezone_id="Europe/Berlin", locale="en-GB").new_page()
        open_page(page, app, "")
        take(page, "home")
        open_page(page, app, "settings")
        take(page, "settings", whole=True)
        open_page(page, app, "sessions")
        page.mouse.click(*first_row(page))
        page.get_by_role("button", name="Verify").wait_for()  # the details of the selected session are there
        take(page, "sessions", whole=True)
        open_page(page, app, "analyse")
        page.get_by_role("tab", name="Timeline").or_(page.get_by_text("Timeline", exact=True)).first.click()
        take(page, "analyse", whole=True)
        open_page(page, app, "replay")
        page.get_by_role("button", name="Start replay").click()
        page.get_by_text("to go").first.wait_for()
        page.wait_for_function("""() => document.querySelector('[data-testid="stMetricValue"]').innerText > '0:12'""")
        take(page, "replay")
        page.get_by_role("button", name="Stop", exact=True).click()
        record(page, app)
        steering(page, app)
        dashboard(page)
        browser.close()


def dashboard(page: Page) -> None:
    """The dashboard of examples/, in the middle of the sample's second order."""
    broker = start_private()
    try:
        with stand(broker.url) as factory:
            factory.play(ReplayRequest(SAMPLE, start_s=60, end_s=119, speed=10))
            page.goto(factory.url)
            page.locator(".order").wait_for()
            factory.pause_at(113)
            page.get_by_text("2 of 12 steps").wait_for()
            settle_down(page)
            page.set_viewport_size({"width": SIZE["width"], "height": 1030})
            page.screenshot(path=TARGET / "dashboard.png")
    finally:
        broker.stop()


def settle_down(page: Page) -> None:
    """Until the vehicle's sign has come to rest."""
    page.locator(".vehicle:not(.glide)").wait_for()


def first_row(page: Page) -> tuple[float, float]:
    """Where the check box of a table's first row is: a table is drawn on a canvas, so it has no elements."""
    box = page.get_by_test_id("stDataFrame").first.bounding_box()
    assert box is not None
    return box["x"] + 16, box["y"] + 52


def record(page: Page, app: AppProcess) -> None:
    """The simulated factory, half a minute after the start."""
    open_page(page, app, "record")
    page.get_by_test_id("stSidebar").get_by_text("mock", exact=True).click()
    page.get_by_text("Simulated factory").first.wait_for()
    settle(page)
    page.get_by_role("button", name="Start recording").click()
    recorded = page.get_by_test_id("stMetric").filter(has_text="Recorded").get_by_test_id("stMetricValue")
    recorded.filter(has_text="30 s").wait_for(timeout=60_000)
    take(page, "record", whole=True)
    page.get_by_role("button", name="Stop", exact=True).click()


def steering(page: Page, app: AppProcess) -> None:
    """A sequence of the drilling station, begun a moment ago."""
    open_page(page, app, "steering?environment=mock")
    page.get_by_text("It waits for commands", exact=True).first.click()
    settle(page)
    page.get_by_text("Stations", exact=True).first.click()
    page.get_by_role("button", name="Prepare the sequence").first.click()
    page.get_by_role("button", name="Send all").first.click()
    page.get_by_text("PICK running").first.wait_for()
    take(page, "steering", whole=True)


if __name__ == "__main__":
    main()
