"""The program as its user starts it: a process of its own, in a folder of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from paho.mqtt import publish as paho_publish
from paho.mqtt import subscribe as paho_subscribe

from tests.warm import start

WAIT_S = 60
"""For a slow machine; nothing here takes as long."""


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error_line(self) -> str:
        """The one line on stderr; fails if there are more, or a traceback."""
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        return lines[0]


class Program:
    """`session-manager` in `folder`, with the sessions in `folder`/sessions and no other settings.

    `cold`: with all that a start takes; see tests/warm.py.
    """

    def __init__(self, folder: Path, *, cold: bool = False) -> None:
        self.folder = folder
        self._cold = cold
        self.sessions = folder / "sessions"

    def environment(self) -> dict[str, str]:
        """The variables, without this machine's own settings."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SESSION_MANAGER_")}
        return {**clean, "SESSION_MANAGER_SESSIONS_FOLDER": str(self.sessions), "PYTHONIOENCODING": "utf-8"}

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        return start(
            *arguments,
            cold=self._cold,
            cwd=self.folder,
            env={**self.environment(), **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def run(self, *arguments: str, **variables: str) -> Result:
        return ended(self.start(*arguments, **variables))

    def stems(self) -> list[str]:
        """The sessions that are on disk."""
        return sorted(path.stem for path in self.sessions.glob("*.db"))


def first_line(process: subprocess.Popen[str]) -> str:
    """Waits for the first line on stdout."""
    assert process.stdout
    return process.stdout.readline()


def await_line(process: subprocess.Popen[str], text: str) -> None:
    """Reads stdout up to the line with `text`: on a slow machine there are lines of progress before it."""
    while line := first_line(process):
        if text in line:
            return
    raise AssertionError(f"it never said '{text}': {ended(process)}")


def ended(process: subprocess.Popen[str], sent: signal.Signals | None = None) -> Result:
    """Sends a signal, if any, and waits for the end."""
    if sent is not None:
        process.send_signal(sent)
    try:
        out, err = process.communicate(timeout=WAIT_S)
    finally:
        process.kill()
    return Result(process.returncode, out, err)


def until(condition: Callable[[], bool]) -> None:
    """Waits until `condition` holds; fails if it does not within WAIT_S."""
    never = threading.Event()
    for _ in range(WAIT_S * 20):
        if condition():
            return
        never.wait(0.05)
    raise AssertionError("it did not come to pass")


def publish(url: str, *messages: tuple[str, bytes], retain: bool = False) -> None:
    """Publishes at QoS 1 with a client that is not ours; returns when the broker has confirmed all."""
    parts = urlsplit(url)
    paho_publish.multiple(
        [{"topic": topic, "payload": payload, "qos": 1, "retain": retain} for topic, payload in messages],
        hostname=parts.hostname or "localhost",
        port=parts.port or 1883,
    )


def await_message(url: str, topic: str) -> None:
    """Blocks until a live message comes on a topic."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    paho_subscribe.simple(topic, hostname=parts.hostname, port=parts.port, retained=False)  # type: ignore[no-untyped-call]
