"""Mosquitto as a child process: found, configured, started, awaited, ended."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final

from core.errors import BrokerError
from mqtt import connection_test
from mqtt.environment import Environment
from mqtt.guard import Guard
from mqtt.problems import Problem

ELSEWHERE: Final = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin", "/opt/homebrew/bin")
"""Debian and Homebrew put it where the PATH of ordinary users does not look."""
START_TIMEOUT_S: Final = 10.0
OF_A_LISTENER: Final = ("listener", "protocol", "socket_domain")
NO_CONF: Final = "Unable to open config file"
LOG_TIME: Final = re.compile(r"^\d+: ")
PRIVATE_SETTINGS: Final = """\
allow_anonymous true
max_inflight_messages 1000
max_queued_messages 100000
set_tcp_nodelay true
persistence false
log_dest stderr
log_type error
log_type warning
connection_messages false
"""
"""The settings of the project's mosquitto.conf, which says why; here for an installation that has no such file."""


def find_mosquitto() -> str | None:
    """Where Mosquitto is installed, or None."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path=":".join(ELSEWHERE))


def speaks_mqtt(host: str, port: int, timeout: float = 3.0) -> tuple[bool, Problem | None]:
    """Whether an MQTT broker answers there, also one that does not let us in; and what is wrong, if anything."""
    environment = Environment("local", f"mqtt://{f'[{host}]' if ':' in host else host}:{port}", may_publish=False)
    found = connection_test.test_connection(environment, timeout)
    return found.ok or found.problem is Problem.CREDENTIALS, found.problem


class MayNotRead(BrokerError):
    """The system keeps Mosquitto from its settings: the AppArmor profile of some Ubuntu versions does."""


class Mosquitto:
    """One Mosquitto process. It has a session of its own, so the terminal's Ctrl-C does not reach it: the program that
    started it ends things in order, and if it cannot (`kill -9`), a guard does.
    """

    def __init__(
        self, program: str, conf: Path, port: int, folder: tempfile.TemporaryDirectory[str] | None = None
    ) -> None:
        """`folder` is removed when the process has ended."""
        self._command: Sequence[str] = (program, "-c", str(conf))
        self._port = port
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self._guard: Guard | None = None
        self._lines: list[str] = []
        self._reader: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """Of the process, None if it does not run."""
        return None if self._process is None else self._process.pid

    def start(self, timeout: float = START_TIMEOUT_S) -> None:
        """Returns when the broker answers.

        Raises MayNotRead, or BrokerError with the last line that it printed if it ends before.
        """
        try:
            if is_taken(self._port):
                raise BrokerError(f"Port {self._port} is taken by another program: stop it, or choose another port.")
            self._launch()
            self._await_answer(timeout)
        except BaseException:
            self.stop()
            raise

    def stop(self, timeout: float = 5.0) -> None:
        """Asks the process to end, and ends it after `timeout` seconds. Calling it twice does no harm."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            self._dismiss_guard()
            try:
                process.wait(timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if self._reader is not None:
                self._reader.join(timeout)
            if process.stderr is not None:
                process.stderr.close()
        if self._folder is not None:
            self._folder.cleanup()

    def why_ended(self) -> BrokerError | None:
        """What happened to the process, if it has ended by itself; None while it runs, and when it was stopped."""
        process = self._process
        if process is None or process.poll() is None:
            return None
        self._dismiss_guard()
        return BrokerError(f"Mosquitto on port {self._port} has ended ({_how(process)}): start it again.")

    def _dismiss_guard(self) -> None:
        guard, self._guard = self._guard, None
        if guard is not None:
            guard.dismiss()

    def _launch(self) -> None:
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._process = process
        self._guard = Guard(process.pid, self._folder.name if self._folder is not None else "")
        assert process.stderr is not None
        name = f"mosquitto-{self._port}"
        self._reader = threading.Thread(target=self._read, args=(process.stderr,), name=name, daemon=True)
        self._reader.start()

    def _await_answer(self, timeout: float) -> None:
        assert self._process is not None
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            answers = speaks_mqtt("127.0.0.1", self._port, timeout=1.0)[0]
            # Also after an answer: it could be another's, who took the port in between, and our process ends just now.
            if self._has_ended_within(0.05):
                raise self._why_not_started()
            if answers:
                return
        raise BrokerError(f"Mosquitto was started, but does not answer on port {self._port} after {timeout:g} s.")

    def _has_ended_within(self, seconds: float) -> bool:
        assert self._process is not None
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _why_not_started(self) -> BrokerError:
        assert self._process is not None
        if self._reader is not None:
            self._reader.join(1.0)
        # The last line alone can be no more than "Error found at mosquitto.conf:1".
        said = " ".join(self._lines[-2:]) or f"{_how(self._process)}, and not a word"
        kind = MayNotRead if any(NO_CONF in line for line in self._lines) else BrokerError
        return kind(f"Mosquitto cannot start on port {self._port}: {said.rstrip('.')}.")

    def _read(self, stream: IO[str]) -> None:
        """Keeps the pipe empty, so that the child never blocks on it."""
        for line in stream:
            if line.strip():
                self._lines = [*self._lines[-19:], LOG_TIME.sub("", line.strip())]


def _how(process: subprocess.Popen[str]) -> str:
    code = process.returncode
    return f"code {code}" if code >= 0 else f"by the signal {signal.Signals(-code).name}"


def is_taken(port: int) -> bool:
    """Whether a program on this machine listens there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
    except OSError:
        return False
    return True


def start_configured(program: str, settings: str, port: int, websocket_port: int | None) -> Mosquitto:
    """Starts Mosquitto with `settings` and these listeners on loopback. Raises BrokerError."""
    folder = tempfile.TemporaryDirectory(prefix="session-manager-broker-")
    conf = Path(folder.name) / "mosquitto.conf"
    conf.write_text(with_listeners(settings, port, websocket_port), encoding="utf-8")
    broker = Mosquitto(program, conf, port, folder)
    broker.start()
    return broker


def with_listeners(settings: str, port: int, websocket_port: int | None) -> str:
    """The settings with their listeners replaced by these, on loopback."""
    kept = [line for line in settings.splitlines() if line.split(" ")[0] not in OF_A_LISTENER]
    lines = [*kept, f"listener {port} 127.0.0.1"]
    if websocket_port is not None:
        lines += [f"listener {websocket_port} 127.0.0.1", "protocol websockets", "socket_domain ipv4"]
    return "\n".join(lines) + "\n"
