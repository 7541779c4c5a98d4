"""Every page, wide and narrow, light and dark, empty and full: it fits, it shows no error, it calls nobody outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Dialog, Page, Request, expect

from core.clock import SystemClock
from core.message import LIVE, Message
from store.catalog import Catalog
from store.metadata import SessionMetadata, Status
from store.writer import SessionWriter
from tests.end_to_end.app_process import AppProcess, start_app

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

Visit = Callable[..., Page]
Keep = Callable[[Page, str], None]

PAGES = ("Home", "Record", "Sessions", "Analyse", "Replay", "Settings")
WIDTHS = {"wide": 1400, "laptop": 1280, "narrow": 420}
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
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"{name} is {overflow} pixels wider than the window"
    assert page.evaluate(CUT_FIGURES) == [], f"{name} shows figures that end in an ellipsis"


def address(app: AppProcess, name: str) -> str:
    return app.url if name == "Home" else f"{app.url}/{name.lower()}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_fits_and_stays_at_home(
    full_app: AppProcess, visitor: Visit, artefact: Keep, width: str, scheme: str
) -> None:
    """No horizontal scrolling, no error, no request to another machine, and hostile names do nothing."""
    page = visitor("about:blank", viewport={"width": WIDTHS[width], "height": 1000}, color_scheme=scheme)
    outside, dialogs = watch(page)
    for name in PAGES:
        page.goto(address(full_app, name))
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
    for name, words in {"Home": "Try it without a factory", "Analyse": "Record", "Replay": "Record"}.items():
        page.goto(address(app, name))
        expect(page.get_by_role("main").get_by_text(words).first).to_be_visible()


def test_enter_marks_a_moment_and_the_page_shows_it(app: AppProcess, visitor: Visit) -> None:
    """And what was typed is gone from the field, so that the next mark can follow."""
    page = visitor(f"{app.url}/record")
    page.get_by_role("button", name="Start recording").click()
    field = page.get_by_label("What happens now")
    for number, text in enumerate(("order sent", "gripper jams"), start=1):
        field.fill(text)
        field.press("Enter")
        expect(page.get_by_text(f"{number} mark")).to_be_visible()
        expect(page.get_by_text(text)).to_be_visible()
        expect(field).to_have_value("")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Last recording")).to_be_visible()
