"""In and out in a real browser: a file of another program is imported, and goes out again as a report and as CSV."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from store.formats.detect import source_for, zone_named
from tests.end_to_end.app_process import AppProcess
from tests.end_to_end.conftest import settle

pytestmark = pytest.mark.browser

ROWS = "".join(
    f'plant/{topic},"{{""n"": {number}, ""x"": ""<img src=x onerror=alert(1)>""}}",1,False,176374474{number}.5,1\r\n'
    for number, topic in enumerate(["a", "=b", "a", "c"])
)


def test_a_foreign_recording_comes_in_and_goes_out_as_a_report_and_as_csv(
    app: AppProcess,
    visitor: Callable[..., Page],
    browser: Browser,
    artefact: Callable[[Page, str], None],
    tmp_path: Path,
) -> None:
    recording = tmp_path / "from elsewhere.csv"
    recording.write_text(ROWS)
    page = visitor(f"{app.url}/sessions")
    expect(page.get_by_text("No sessions yet").first).to_be_visible()
    settle(page)
    page.locator("input[type=file]").set_input_files(recording)
    expect(page.get_by_role("button", name="Import", exact=True)).to_be_enabled()
    settle(page)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("4 messages from").first).to_be_visible()
    settle(page)
    page.get_by_role("link", name="Analyse").last.click()
    expect(page.get_by_role("heading", name="Analyse")).to_be_visible()
    settle(page)
    report = downloaded(page, "Report", tmp_path / "report.html")
    artefact(page, "export")
    table = downloaded(page, "CSV", tmp_path / "table.csv")
    assert sum(1 for _ in source_for(table, zone_named("UTC")).items()) == 4

    context = browser.new_context(offline=True)
    asked: list[str] = []
    offline = context.new_page()
    offline.on("request", lambda request: asked.append(request.url))
    offline.on("dialog", lambda dialog: pytest.fail(f"it ran a script: {dialog.message}"))
    offline.goto(report.as_uri())
    expect(offline.get_by_role("heading", name="from elsewhere")).to_be_visible()
    expect(offline.get_by_role("cell", name="plant/=b")).to_be_visible()
    assert asked == [report.as_uri()]
    context.close()


def downloaded(page: Page, wanted: str, target: Path) -> Path:
    """What Export makes of the session."""
    if not page.get_by_role("button", name="Write the file").is_visible():
        page.get_by_role("button", name="Export").click()
    page.get_by_test_id("stPopoverBody").get_by_text(wanted, exact=True).click()
    settle(page)
    page.get_by_role("button", name="Write the file").click()
    expect(page.get_by_role("button", name=f"Download {target.suffix} (").first).to_be_visible()
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Download {target.suffix} (").first.click()
    download.value.save_as(target)
    return target
