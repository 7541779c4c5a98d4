"""Every page, wide and narrow, light and dark, empty and full: it fits, it shows no error, it calls nobody outside."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Dialog, Page, Request, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from core.clock import SystemClock
from core.message import LIVE, Message
from store.catalog import Catalog
from store.metadata import SessionMetadata, Status
from store.writer import SessionWriter
from tests.end_to_end.app_process import AppProcess, start_app
from tests.end_to_end.conftest import settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

Visit = Callable[..., Page]
Keep = Callable[[Page, str], None]

PAGES = ("Home", "Record", "Sessions", "Analyse", "Replay", "Message centre", "Factory", "Steering", "Settings")
FIRST_STEPS = {"Home": "Try it without a factory", "Analyse": "Record", "Replay": "Record"}
WIDTHS = {"wide": 1400, "laptop": 1280, "narrow": 420}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
CUT_FIGURES = """() => [...document.querySelectorAll('[data-testid="stMetricValue"], [data-testid="stMetricValue"] *')]
    .filter(one => one.scrollWidth > one.clientWidth && getComputedStyle(one).overflow !== "visible")
    .map(one => one.textContent)"""
HOSTILE = ("<img src=x onerror=alert(1)>", "**bold** :red[red] `code` $x^2$", "quote ' and \" and </script>")
"""Topic names that a page must show as text."""


@pytest.fixture(scope="module")
def full_app(broker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """The app with one session of hostile topics and names, to be looked at only."""
    folder = tmp_path_factory.mktemp("full")
    make_session(folder / "sessions")
    process = start_app(folder, broker)
    process.await_health()
    yield process
    process.stop()


def make_session(folder: Path) -> None:
    folder.mkdir(parents=True)
    start = SystemClock().now_ns()
    metadata = SessionMetadata(
        id="0" * 32, name="<b>Name</b> **with** :red[everything]", status=Status.IN_PROGRESS, started_ns=start
    )
    writer = SessionWriter.create(folder, metadata)
    writer.write(
        [
            Message(
                f"{HOSTILE[n % 3]}/{n % 7}", b'{"state": "<b>RUNNING</b>", "n": %d}' % n, n % 3, LIVE, start + n * 10**8
            )
            for n in range(600)
        ]
    )
    writer.close(metadata.with_changes(status=Status.COMPLETED, ended_ns=start + 60 * 10**9))
    assert Catalog(folder).sessions()[0].problem == ""


def watch(page: Page) -> tuple[list[str], list[str]]:
    """Collects what leaves this machine, and what the page complains about."""
    outside: list[str] = []
    dialogs: list[str] = []

    def see(request: Request) -> None:
        if urlparse(request.url).hostname not in ("localhost", "127.0.0.1", None, ""):
            outside.append(request.url)

    def answer(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("request", see)
    page.on("dialog", answer)
    return outside, dialogs


def check_page(page: Page, name: str) -> None:
    """A page that has settled."""
    expect(page.get_by_role("heading", name=name, exact=True).first).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    with contextlib.suppress(PlaywrightTimeout):  # a page needs a moment to fit into another window
        page.wait_for_function(f"{TOO_WIDE} <= 0 && ({CUT_FIGURES})().length === 0")
    overflow = page.evaluate(TOO_WIDE)
    assert overflow <= 0, f"{name} is {overflow} pixels wider than the window"
    assert page.evaluate(CUT_FIGURES) == [], f"{name} shows figures that end in an ellipsis"


def address(app: AppProcess, name: str) -> str:
    return app.url if name == "Home" else f"{app.url}/{name.lower().replace(' ', '_')}"


@pytest.mark.parametrize("window", [("wide", "laptop"), ("narrow",)], ids=["large", "small"])
def test_every_page_fits_and_stays_at_home(
    full_app: AppProcess, visitor: Visit, artefact: Keep, window: tuple[str, ...]
) -> None:
    """No horizontal scrolling, no error, no request to another machine, and hostile names do nothing.

    Each page is opened at one width, then looked at in another one and in the other colours, as visitors change them.
    """
    page = visitor("about:blank", viewport={"width": WIDTHS[window[0]], "height": 1000})
    outside, dialogs = watch(page)
    for name in PAGES:
        page.goto(address(full_app, name))
        for width in window:
            page.set_viewport_size({"width": WIDTHS[width], "height": 1000})
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                artefact(page, f"page-{name.lower()}-{width}-{scheme}")  # which waits for it to settle
                check_page(page, name)
    assert outside == []
    assert dialogs == []


def test_every_page_of_an_empty_library_says_the_first_step(app: AppProcess, visitor: Visit, artefact: Keep) -> None:
    """Nobody meets an empty table."""
    page = visitor(app.url)
    for name in PAGES:
        page.goto(address(app, name))
        artefact(page, f"empty-{name.lower()}")
        check_page(page, name)
        if name in FIRST_STEPS:
            expect(page.get_by_role("main").get_by_text(FIRST_STEPS[name]).first).to_be_visible()


def test_enter_marks_a_moment_and_the_page_shows_it(app: AppProcess, visitor: Visit) -> None:
    """And what was typed is gone from the field, so that the next mark can follow."""
    page = visitor(f"{app.url}/record")
    page.get_by_role("button", name="Start recording").click()
    field = page.get_by_label("What happens now")
    for number, text in enumerate(("order sent", "gripper jams"), start=1):
        field.fill(text)
        field.press("Enter")
        expect(page.get_by_text(f"{number} mark").first).to_be_visible()
        expect(page.get_by_text(text).first).to_be_visible()
        expect(field).to_have_value("")
        settle(page)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("Last recording").first).to_be_visible()
