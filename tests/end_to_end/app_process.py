"""The real app as a process of its own, as `session-manager up` starts it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.ports import free_port
from tests.warm import start

START_TIMEOUT = 60.0
STOP_TIMEOUT = 30.0
"""Seconds after which something is broken rather than slow."""


@dataclass
class AppProcess:
    """A running app with its own sessions folder."""

    process: subprocess.Popen[str]
    port: int
    sessions: Path

    @property
    def url(self) -> str:
        """Where its pages are."""
        return f"http://localhost:{self.port}"

    def health(self) -> dict[str, Any]:
        """What GET /api/health says."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/health", timeout=5) as answer:
            return dict(json.load(answer))

    def await_health(self) -> dict[str, Any]:
        """Blocks until the app answers; fails with its output if it ends before."""
        deadline = threading.Event()
        timer = threading.Timer(START_TIMEOUT, deadline.set)
        timer.start()
        try:
            while not deadline.wait(0.1):
                if self.process.poll() is not None:
                    raise AssertionError(f"the app ended at once: {self.process.communicate()}")
                try:
                    return self.health()
                except (urllib.error.URLError, ConnectionError, TimeoutError):
                    continue
            raise AssertionError(f"the app did not answer within {START_TIMEOUT} s")
        finally:
            timer.cancel()

    def await_end(self) -> tuple[int, str, str]:
        """Blocks until it has ended by itself; returns exit code, standard output and standard error."""
        try:
            out, err = self.process.communicate(timeout=START_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, err = self.process.communicate()
            raise AssertionError(f"the app did not end by itself: {out} {err}") from None
        return self.process.returncode, out, err

    def stop(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        """Ends it with a signal; returns exit code, standard output and standard error."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            out, err = self.process.communicate(timeout=STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, err = self.process.communicate()
            raise AssertionError(f"the app did not end within {STOP_TIMEOUT} s: {out} {err}") from None
        return self.process.returncode, out, err


def start_app(folder: Path, broker_url: str, *arguments: str, cold: bool = False, **settings: str) -> AppProcess:
    """Starts the app in an empty folder; `settings` become SESSION_MANAGER_* variables. `cold`: see tests/warm.py."""
    port, sessions = free_port(), folder / "sessions"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SESSION_MANAGER_")}
    environment |= {
        "SESSION_MANAGER_ENVIRONMENTS__REPLAY__URL": broker_url,
        "SESSION_MANAGER_SESSIONS_FOLDER": str(sessions),
        **{f"SESSION_MANAGER_{name}": value for name, value in settings.items()},
    }
    process = start(
        "up",
        "--port",
        str(port),
        *arguments,
        cold=cold,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return AppProcess(process, port, sessions)
