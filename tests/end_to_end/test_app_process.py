"""The app as a process: one port for pages and HTTP, a few lines for people, an orderly end."""

from __future__ import annotations

import signal
import socket
import urllib.request
from pathlib import Path

import pytest

from app.services import product_version
from mqtt.mosquitto import speaks_mqtt
from tests.end_to_end.app_process import start_app
from tests.ports import free_port


def test_the_app_serves_pages_and_health_on_one_port_and_ends_in_order(broker: str, tmp_path: Path) -> None:
    """Pages at /, health at /api/health, exit code 0 after SIGTERM, and nothing on standard error."""
    app = start_app(tmp_path, broker, cold=True)
    try:
        health = app.await_health()
        assert (health["status"], health["version"]) == ("ok", product_version())
        assert (health["recording"], health["replay"]) == (None, None)
        assert (health["environment"], health["broker"]["url"]) == ("replay", broker)
        with urllib.request.urlopen(app.url, timeout=10) as page:
            assert "<title>" in page.read().decode()
    finally:
        code, out, err = app.stop(signal.SIGTERM)
    assert (code, err) == (0, "")
    assert f"http://localhost:{app.port}" in out
    assert broker.removeprefix("mqtt://").split("@")[-1].split(":")[-1] in out


def test_ctrl_c_ends_it_without_a_traceback(broker: str, tmp_path: Path) -> None:
    """As on a terminal."""
    app = start_app(tmp_path, broker, cold=True)
    try:
        app.await_health()
    finally:
        code, _, err = app.stop(signal.SIGINT)
    assert (code, err) == (0, "")


def test_an_impatient_second_ctrl_c_changes_nothing(broker: str, tmp_path: Path) -> None:
    """It must neither cut short what finalises a recording nor show how the program looks inside."""
    app = start_app(tmp_path, broker)
    try:
        app.await_health()
        for _ in range(5):
            app.process.send_signal(signal.SIGINT)
    finally:
        code, _, err = app.stop(signal.SIGINT)
    assert (code, err) == (0, "")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_broker_that_was_started_for_the_app_ends_with_it(tmp_path: Path, how: signal.Signals) -> None:
    """Also when somebody closes the terminal."""
    port = free_port()
    app = start_app(tmp_path, f"mqtt://localhost:{port}")
    try:
        app.await_health()
        assert speaks_mqtt("localhost", port)[0]
    finally:
        code, _, err = app.stop(how)
    assert (code, err) == (0, "")
    assert not speaks_mqtt("localhost", port)[0]


def test_a_port_in_use_is_one_sentence(broker: str, tmp_path: Path) -> None:
    """It names the port and the option that changes it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, out, err = start_app(tmp_path, broker, "--port", str(port)).await_end()
    assert code == 2
    assert str(port) in err
    assert "--port" in err
    assert len(err.strip().splitlines()) == 1
    assert "Traceback" not in out + err


def test_it_does_not_listen_where_others_can_reach_it(broker: str, tmp_path: Path) -> None:
    """There is no access control yet."""
    code, _, err = start_app(tmp_path, broker, "--host", "0.0.0.0").await_end()
    assert code == 2
    assert "0.0.0.0" in err


def test_a_sessions_folder_that_cannot_be_written_is_one_sentence(broker: str, tmp_path: Path) -> None:
    """It is said at the start, not when the first recording fails."""
    (tmp_path / "file").write_text("a file where a folder should be")
    code, _, err = start_app(tmp_path, broker, SESSIONS_FOLDER=str(tmp_path / "file" / "sessions")).await_end()
    assert code == 1
    assert "sessions folder" in err
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize(("name", "value"), [("ENVIRONMENT", "factory"), ("PROT", "8507")])
def test_a_wrong_setting_is_one_sentence_that_names_it(broker: str, tmp_path: Path, name: str, value: str) -> None:
    """A wrong value and a wrong key."""
    code, _, err = start_app(tmp_path, broker, cold=False, **{name: value}).await_end()
    assert code == 2
    assert name.lower() in err.lower()
    assert len(err.strip().splitlines()) == 1
