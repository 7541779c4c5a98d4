"""`up --demo`: what it refuses before anything is started, and its dashboard as a process."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path

import pytest

from app import demo
from app.demo import Dashboard, check_demo, sample_session
from app.settings import BrokersSettings, ReplayBroker, Settings
from aps.order_trace import order_trace
from aps.order_values import OrderState
from core.errors import SessionManagerError, StorageError, UsageError
from mqtt.environments import Environment
from store.parts import open_session
from tests.ports import free_port


def settings(url: str = "mqtt://localhost:1883", *, may_publish: bool = True, port: int | None = None) -> Settings:
    replay = ReplayBroker(url=url, may_publish=may_publish)
    return Settings(environments=BrokersSettings(replay=replay), dashboard_port=port or free_port())


def test_a_broker_on_this_machine_and_a_free_port_will_do() -> None:
    check_demo(settings())


@pytest.mark.parametrize("url", ["mqtt://192.168.0.100:1883", "mqtts://localhost:8883", "ws://localhost:9001"])
def test_a_demo_goes_to_no_other_broker(url: str) -> None:
    """Never to one that may be a factory's, and only where the dashboard can listen."""
    with pytest.raises(UsageError, match=url):
        check_demo(settings(url))


def test_a_demo_goes_only_where_publishing_is_allowed() -> None:
    with pytest.raises(UsageError, match="mqtt://localhost"):
        check_demo(settings(may_publish=False))


def test_a_port_in_use_is_said_with_the_setting_that_changes_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"{port}.*SESSION_MANAGER_DASHBOARD_PORT"):
            check_demo(settings(port=port))


def test_without_the_sample_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "SAMPLES", tmp_path)
    with pytest.raises(StorageError, match="make sample"):
        check_demo(settings())


def test_the_sample_is_small_holds_a_storage_and_a_production_order_and_no_pictures() -> None:
    """Both of its files together stay below a megabyte."""
    path = sample_session()
    assert sum(file.stat().st_size for file in (path, path.with_suffix(".log"))) < 1_000_000
    with open_session(path) as reader:
        orders = order_trace(reader).orders
        assert not [one for one in reader.topics() if one.topic.endswith(("/cam", "/quality_check"))]
    assert [(one.type, one.colour, one.state) for one in orders] == [
        ("STORAGE", "WHITE", OrderState.FINISHED),
        ("PRODUCTION", "WHITE", OrderState.FINISHED),
    ]


def test_without_the_projects_folder_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "DASHBOARD", tmp_path / "dashboard.py")
    with pytest.raises(UsageError, match=r"dashboard\.py"):
        check_demo(settings())


def test_a_dashboard_that_ends_at_once_is_a_sentence_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Instead of waiting until it answers; and it is gone afterwards."""
    monkeypatch.setattr(demo, "DASHBOARD", tmp_path / "absent.py")
    with tempfile.TemporaryFile() as output:
        dashboard = Dashboard(Environment("replay", "mqtt://localhost:1", may_publish=True), free_port(), output)
        dashboard.start()
        pid = dashboard.pid
        assert pid is not None
        with pytest.raises(SessionManagerError, match=r"absent\.py"):
            dashboard.await_answer()
        dashboard.stop()
        dashboard.stop()
    assert dashboard.pid is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
