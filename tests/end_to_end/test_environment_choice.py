"""The environment that a visitor looks at stays, wherever he goes, and whatever his browser does."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.end_to_end.app_process import AppProcess
from tests.end_to_end.conftest import settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def choice(page: Page, name: str) -> Locator:
    return page.get_by_test_id("stSidebar").get_by_role("radio", name=name)


def expect_chosen(page: Page, name: str) -> None:
    settle(page)
    expect(choice(page, name)).to_be_checked()


def test_it_stays_over_a_reload_pages_and_the_way_back(app: AppProcess, visitor: Callable[..., Page]):
    page = visitor(f"{app.url}/record")
    expect_chosen(page, "replay")
    choice(page, "live").click()
    page.wait_for_url(re.compile("/record.*environment=live"))
    page.reload()
    expect_chosen(page, "live")
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Settings").click()
    page.wait_for_url(re.compile("/settings.*environment=live"))
    expect_chosen(page, "live")
    page.go_back()
    page.go_back()
    page.wait_for_url(re.compile("/record.*environment=live"))
    expect_chosen(page, "live")
    choice(page, "replay").click()
    page.wait_for_url(re.compile(r"/record$"))
    expect_chosen(page, "replay")
