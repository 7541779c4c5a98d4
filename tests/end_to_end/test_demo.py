"""`session-manager up --demo`: broker, app and dashboard from one command, and all of them gone after Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from mqtt.mosquitto import is_taken
from tests.end_to_end.app_process import start_app
from tests.end_to_end.dashboards import active
from tests.ports import free_port

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def test_the_demo_shows_a_factory_at_once_and_ends_in_order(visitor: Callable[..., Page], tmp_path: Path) -> None:
    """The dashboard shows the sample's order, the app what is replayed; Ctrl-C ends all three and leaves nothing."""
    broker_port, dashboard_port = free_port(), free_port()
    url = f"mqtt://localhost:{broker_port}"
    app = start_app(tmp_path, url, "--demo", cold=True, DASHBOARD_PORT=str(dashboard_port))
    try:
        replay = app.await_health()["replay"]
        assert (replay["session"], replay["state"]) == ("sample", "playing")
        page = visitor(f"http://localhost:{dashboard_port}")
        expect(active(page).first).to_be_visible()
        expect(page.locator(".card")).to_have_count(7)
    finally:
        code, out, err = app.stop(signal.SIGINT)
    assert (code, err) == (0, "")
    for address in (app.url, f"http://localhost:{dashboard_port}", str(broker_port)):
        assert address in out
    assert not [port for port in (app.port, dashboard_port, broker_port) if is_taken(port)]
