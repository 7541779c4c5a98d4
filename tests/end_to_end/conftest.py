"""Fixtures of the tests that drive the real app in a real browser."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as BrowserTimeoutError

from tests.brokers import ROOT
from tests.end_to_end.app_process import AppProcess, start_app

ARTEFACTS = ROOT / "artefacts"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = tuple(f"/Applications/{name}.app/Contents/MacOS/{name}" for name in ("Google Chrome", "Chromium"))
QUIET = ("--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run", "--no-sandbox")  # fmt: skip
"""The browser shall talk to nobody but the app; without a sandbox, because containers often run as root."""
SLOW_MACHINE = 60_000
"""Milliseconds that an expectation may take: with two busy cores a page needs a few seconds."""


def find_browser() -> str:
    """The system's Chromium or Chrome; of those that are there the first that runs."""
    given = os.environ.get("SESSION_MANAGER_TEST_CHROMIUM")
    for program in [given] if given else [*NAMES, *MAC]:
        found = shutil.which(program)
        if found is not None and subprocess.run([found, "--version"], capture_output=True, check=False).returncode == 0:
            return found
    pytest.fail("The browser tests need a Chromium that runs: sh tests/system_packages.sh says how to get one.")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's browser, headless."""
    expect.set_options(timeout=SLOW_MACHINE)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=find_browser(), args=list(QUIET))
        yield running
        running.close()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages of visitors who know nothing of each other; keywords are those of a browser context."""
    contexts: list[BrowserContext] = []

    def open_page(url: str, **settings: Any) -> Page:
        options: dict[str, Any] = {
            "viewport": {"width": 1400, "height": 1000},
            "timezone_id": "Europe/Berlin",
            "locale": "en-GB",
            **settings,
        }
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.set_default_timeout(SLOW_MACHINE)
        page.goto(url)
        return page

    yield open_page
    for one in contexts:
        one.close()


@pytest.fixture
def app(broker: str, tmp_path: Path) -> Iterator[AppProcess]:
    """The real app on its own folder, with the shared broker as environment `replay`."""
    process = start_app(tmp_path, broker)
    process.await_health()
    yield process
    process.stop()


AT_REST = """() => document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === 'notRunning'
    && !document.querySelector('[data-testid="stSkeleton"], [data-stale="true"]')"""
NOTHING_RETAINED = "() => !document.querySelector('[data-retained]')"
A_WHILE = 3_000
"""Milliseconds in which Streamlit takes away what another widget has taken the place of; it can miss one, hidden."""
OFFERED = 10_000
"""Milliseconds in which a list offers what was typed, on a busy machine, too."""
OPENINGS = 3
WHAT_MOVES = """() => [document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState,
    ...[...document.querySelectorAll('[data-testid="stSkeleton"], [data-stale="true"]')]
        .map(one => one.outerHTML.slice(0, 600))].join('\\n')"""


def settle(page: Page) -> None:
    """Waits until the page shows what it is going to show: script at rest, its code loaded, no placeholder left.

    While a script runs the page has old elements beside new ones: some are shown still, others hidden (`data-retained`:
    a widget whose place another one has taken). A locator that fits both fails at once, so after each action that
    makes the script run this comes first, and then what is expected of a single element. Where widgets are made anew
    while parts of the page refresh by themselves, only what can be seen should be looked for: `filter(visible=True)`.
    """
    try:
        page.wait_for_function(AT_REST)
        page.wait_for_load_state("networkidle")  # a widget's code is loaded when it is first drawn
        page.wait_for_function(AT_REST)
    except BrowserTimeoutError as error:
        raise AssertionError(f"The page does not come to rest: {page.evaluate(WHAT_MOVES)}") from error
    with contextlib.suppress(BrowserTimeoutError):
        page.wait_for_function(NOTHING_RETAINED, timeout=A_WHILE)


def choose(page: Page, label: str, text: str) -> None:
    """Types something into a selection box, and takes it when it is offered.

    By a click, for Enter takes what is marked, which is nothing once the list has closed: the frontend closes it when
    what it hangs on moves. Then it is opened again, as people do.
    """
    field, offered = page.get_by_role("combobox", name=label), page.get_by_role("option")
    for _ in range(OPENINGS):
        field.click()
        field.fill(text)
        try:
            offered.filter(has_text=text).first.click(timeout=OFFERED)
        except BrowserTimeoutError:
            continue
        return
    raise AssertionError(f"{text} cannot be chosen as {label}: {offered.all_inner_texts()}")


@pytest.fixture
def artefact() -> Callable[[Page, str], None]:
    """Keeps a picture of a page for people to look at."""

    def keep(page: Page, name: str) -> None:
        ARTEFACTS.mkdir(exist_ok=True)
        settle(page)
        page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=True)

    return keep
