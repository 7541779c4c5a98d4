"""The tab Templates in a real browser: a field becomes a rule, and the rule leads to the message that breaks it."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable

import pytest
from jsonschema import Draft202012Validator
from playwright.sync_api import Page, expect

from store.reader import SessionReader
from tests.analysis.sessions import message, write_session
from tests.end_to_end.app_process import AppProcess
from tests.end_to_end.conftest import settle

pytestmark = pytest.mark.browser

BOX_PX, HEAD_PX, ROW_PX = 16, 36, 30
"""Where a table, which is painted, has the boxes to tick."""


def tick(page: Page, table: int, row: int) -> None:
    """Selects a row of a table that is in view as a whole."""
    box = page.get_by_test_id("stDataFrame").nth(table).bounding_box()
    assert box
    page.mouse.click(box["x"] + BOX_PX, box["y"] + HEAD_PX + (row + 0.5) * ROW_PX)
    settle(page)


def test_a_rule_made_in_the_browser_finds_the_message_that_breaks_it(
    app: AppProcess, visitor: Callable[..., Page], artefact: Callable[[Page, str], None]
) -> None:
    colours = ["red", "green", "blue", "red", "green", "pink"]
    messages = [
        message("plant/line1/order", number, json.dumps({"n": number, "colour": colour}).encode())
        for number, colour in enumerate(colours)
    ]
    with SessionReader.open(write_session(app.sessions, messages)) as reader:
        session = reader.metadata.id
    page = visitor(f"{app.url}/analyse?session={session}&tab=Templates", viewport={"width": 1400, "height": 2200})
    expect(page.get_by_role("heading", name="plant/line1/order")).to_be_visible()
    settle(page)
    tick(page, table=1, row=1)
    expect(page.get_by_role("textbox", name="Values, one in each line")).to_have_value("blue\ngreen\npink\nred")
    page.get_by_role("combobox", name="Kind").click()
    page.get_by_role("option", name="Enumeration").click()
    page.get_by_role("textbox", name="Values, one in each line").fill("red\ngreen\nblue")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("1 change, not saved").first).to_be_visible()
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON Schema").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        schema = json.loads(archive.read("plant-line1-order.schema.json"))
    assert not Draft202012Validator(schema).is_valid({"n": 1, "colour": "pink"})
    page.get_by_text("Check the messages in view").click()
    expect(page.get_by_text("Rejected").first).to_be_visible()
    settle(page)
    artefact(page, "templates")
    tick(page, table=2, row=0)
    expect(page).to_have_url(re.compile(r"tab=Messages.*message=6\b"))
