"""`up --demo`: the dashboard of examples/dashboard as a process of its own, and the sample session replayed to it."""

from __future__ import annotations

import contextlib
import http.client
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from app.ending import undisturbed
from app.local_broker import PROJECT_FOLDER, REPLAY, replay_environment
from app.services import Services
from app.settings import Settings
from core.errors import BrokerError, SessionManagerError, StorageError, UsageError
from mqtt.environment import is_loopback
from mqtt.environments import Environment
from mqtt.guard import Guard
from mqtt.mosquitto import is_taken
from replay.status import ReplayRequest, TimeShift

DASHBOARD = PROJECT_FOLDER / "examples" / "dashboard" / "dashboard.py"
SAMPLES = PROJECT_FOLDER / "data" / "sessions"
PAUSE_S = 3.0
"""Between the end of the sample and its next beginning."""
CONNECT_TIMEOUT_S = 10.0
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 5.0
"""Seconds; Streamlit ends in a fraction of one."""
LOOK_S = 0.2
"""How often it is looked whether the dashboard answers."""


class Dashboard:
    """The dashboard's process. It has a session of its own, so the terminal's Ctrl-C does not reach it: the program
    that started it ends things in order, and if it cannot (`kill -9`), a guard does.
    """

    def __init__(self, environment: Environment, port: int, output: IO[bytes]) -> None:
        """`output`: a file for what it says, of which the last line is the reason if it ends at once."""
        self.port = port
        self._broker = environment
        self._output = output
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: Guard | None = None

    @property
    def pid(self) -> int | None:
        """Of the process, None if it does not run."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Returns at once; `await_answer` tells when it is there."""
        broker = self._broker
        variables = {"MQTT_HOST": broker.host, "MQTT_PORT": str(broker.port)}
        if broker.username:
            variables |= {"MQTT_USER": broker.username, "MQTT_PASSWORD": broker.password}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", DASHBOARD.name, "--server.port", str(self.port)],
            cwd=DASHBOARD.parent,  # where its theme is
            env=os.environ | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._output,
            start_new_session=True,
        )
        self._guard = Guard(self._process.pid)

    def await_answer(self) -> None:
        """Blocks until its page can be opened. Raises SessionManagerError if it has ended, or does not answer."""
        process, waiting = self._process, threading.Event()
        for _ in range(int(START_TIMEOUT_S / LOOK_S)):
            if process is None or process.poll() is not None:
                raise SessionManagerError(f"The dashboard has ended at once: {self._last_line()}.")
            if _answers(self.port):
                return
            waiting.wait(LOOK_S)
        raise SessionManagerError(f"The dashboard does not answer on port {self.port}: try again.")

    def stop(self) -> None:
        """Asks the process to end, and ends it if it does not. Calling it twice does no harm."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            if self._guard is not None:
                self._guard.dismiss()
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _last_line(self) -> str:
        self._output.seek(0)
        lines = self._output.read().decode("utf-8", "replace").split("\n")
        return next((line.strip().rstrip(".") for line in reversed(lines) if line.strip()), "it said nothing")


def check_demo(settings: Settings) -> None:
    """Before anything is started. Raises UsageError if the demo cannot run like this."""
    environment = replay_environment(settings)
    if not is_loopback(environment.host) or not environment.may_publish or environment.tls or environment.websockets:
        raise UsageError(
            f"The demo replays to a broker on this machine over plain MQTT, and the environment 'replay' is at "
            f"{environment.display_url}. Leave out --demo, or set environments.replay.url to mqtt://localhost:1883."
        )
    if not DASHBOARD.is_file():
        raise UsageError(f"The demo needs the project's folder: {DASHBOARD} is not there. Leave out --demo.")
    sample_session()
    if is_taken(settings.dashboard_port):
        raise UsageError(
            f"Port {settings.dashboard_port}, on which the demo's dashboard would be, is in use. Perhaps the demo "
            "already runs; otherwise choose another one with SESSION_MANAGER_DASHBOARD_PORT."
        )


def sample_session() -> Path:
    """The session that comes with the project. Raises StorageError if it is gone."""
    found = sorted(SAMPLES.glob("sample_*.db"))
    if not found:
        raise StorageError(f"The sample session is not in {SAMPLES} any more. `make sample` makes it again.")
    return found[0]


@contextlib.contextmanager
def dashboard_running(settings: Settings) -> Iterator[Dashboard]:
    """The dashboard, for as long as the block runs; it may not answer yet."""
    with tempfile.TemporaryFile() as output:
        dashboard = Dashboard(replay_environment(settings), settings.dashboard_port, output)
        try:
            dashboard.start()
            yield dashboard
        finally:
            with undisturbed():
                dashboard.stop()


def replay_sample(services: Services) -> None:
    """Replays the sample session over and over, until somebody stops it, as if it happened now.

    Raises BrokerError if there is no broker.
    """
    client = services.client(REPLAY)
    if not client.await_connected(CONNECT_TIMEOUT_S):
        raise BrokerError(f"The demo cannot reach its broker: {client.connection().reason}")
    request = ReplayRequest(sample_session(), loop=None, loop_pause_s=PAUSE_S, shift=TimeShift.RUN, clear_retained=True)
    services.start_replay(request, REPLAY)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1.0)
    try:
        connection.request("GET", "/_stcore/health")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
