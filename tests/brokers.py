"""Real brokers for tests: a shared one for the whole run, and private ones that a test may stop and start again."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from core.errors import BrokerError
from mqtt.mosquitto import Mosquitto, find_mosquitto, speaks_mqtt, with_listeners
from tests.ports import free_port

ROOT = Path(__file__).parent.parent
SETTINGS = ROOT / "mosquitto.conf"
IMAGE = "eclipse-mosquitto:2"
MISSING = (
    "The tests need a real broker: install Mosquitto (`apt-get install mosquitto` or `brew install mosquitto`), start a"
    " Docker engine, or name a running broker in SESSION_MANAGER_TEST_BROKER (mqtt://localhost:1883)."
)


@dataclass
class PrivateBroker:
    """A Mosquitto with the project's settings on a port that stays the same over stops and starts."""

    folder: Path
    extra: str = ""
    """More lines of configuration, in place of the project's settings of the same name."""
    websockets: bool = False
    certificate: tuple[Path, Path] | None = None
    """Certificate and key: then there is a TLS listener, too; with `websockets` it speaks WebSockets."""
    port: int = field(default_factory=free_port)
    websocket_port: int = field(default_factory=free_port)
    tls_port: int = field(default_factory=free_port)
    _process: Mosquitto | None = None

    @property
    def url(self) -> str:
        return f"mqtt://localhost:{self.port}"

    @property
    def tls_url(self) -> str:
        return f"mqtts://localhost:{self.tls_port}"

    @property
    def secure_websocket_url(self) -> str:
        return f"wss://localhost:{self.tls_port}"

    @property
    def websocket_url(self) -> str:
        return f"ws://localhost:{self.websocket_port}"

    def start(self) -> None:
        program = find_mosquitto()
        if program is None:
            pytest.fail(MISSING)
        conf = self.folder / f"mosquitto-{self.port}.conf"
        # As root Mosquitto would become another user, who cannot read the test's files.
        own = [f"user {getpass.getuser()}", *self.extra.splitlines()]
        words = {line.split(" ")[0] for line in own}
        common = [line for line in SETTINGS.read_text("utf-8").splitlines() if line.split(" ")[0] not in words]
        websocket_port = self.websocket_port if self.websockets else None
        lines = [*own, with_listeners("\n".join(common), self.port, websocket_port)]
        if self.certificate is not None:
            certificate, key = self.certificate
            lines += [f"listener {self.tls_port} 127.0.0.1", f"certfile {certificate}", f"keyfile {key}"]
            lines += ["protocol websockets", "socket_domain ipv4"] * self.websockets
        conf.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._process = Mosquitto(program, conf, self.port)
        self._process.start()

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None

    def freeze(self) -> None:
        """From now on it neither takes nor confirms anything, while its connections stay."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it was frozen."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        assert self._process._process is not None
        os.kill(self._process._process.pid, number)


def start_on_a_free_port(folder: Path, **settings: Any) -> PrivateBroker:
    """Another program can take the port before Mosquitto does: then the next one is tried."""
    for attempt in range(5):
        broker = PrivateBroker(folder, **settings)
        try:
            broker.start()
        except BrokerError:
            if attempt == 4:
                raise
        else:
            return broker
    raise AssertionError


@contextmanager
def shared_broker() -> Iterator[str]:
    """The URL of the broker that all tests share."""
    given = os.environ.get("SESSION_MANAGER_TEST_BROKER")
    if given:
        yield given
    elif find_mosquitto() is not None:
        with tempfile.TemporaryDirectory(prefix="session-manager-tests-") as folder:
            broker = start_on_a_free_port(Path(folder))
            try:
                yield broker.url
            finally:
                broker.stop()
    elif docker_runs():
        with container() as url:
            yield url
    else:
        pytest.fail(MISSING)


def docker_runs() -> bool:
    """Whether a Docker engine answers."""
    docker = shutil.which("docker")
    if docker is None:
        return False
    try:
        return subprocess.run([docker, "info"], capture_output=True, timeout=20, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


@contextmanager
def container() -> Iterator[str]:
    """Eclipse Mosquitto in a container, with the project's settings open to the host."""
    from testcontainers.core.container import DockerContainer

    # Through the command, not a volume: the engine may run on another machine.
    settings = SETTINGS.read_text("utf-8").replace(" 127.0.0.1", "")
    script = 'printf "%s" "$SETTINGS" > /tmp/mosquitto.conf && exec mosquitto -c /tmp/mosquitto.conf'
    box = DockerContainer(IMAGE).with_env("SETTINGS", settings).with_exposed_ports(1883)
    with box.with_command(["sh", "-c", script]) as running:
        host, port = running.get_container_host_ip(), int(running.get_exposed_port(1883))
        await_broker(host, port)
        yield f"mqtt://{host}:{port}"


def await_broker(host: str, port: int, patience: float = 30.0) -> None:
    """Blocks until a broker answers there."""
    deadline, pause = time.monotonic() + patience, threading.Event()
    while not speaks_mqtt(host, port)[0]:
        assert time.monotonic() < deadline, f"no broker answers at {host}:{port}"
        pause.wait(0.1)


def make_password_file(folder: Path, user: str, password: str) -> Path:
    """A password file of Mosquitto with one user."""
    program = shutil.which("mosquitto_passwd") or shutil.which("mosquitto_passwd", path="/opt/homebrew/bin")
    if program is None:
        pytest.fail(MISSING)
    path = folder / "passwords"
    subprocess.run([program, "-b", "-c", str(path), user, password], check=True, capture_output=True)
    return path


def make_certificate(folder: Path, host: str = "localhost") -> tuple[Path, Path]:
    """A certificate that signs itself, and its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    names = f"subjectAltName=DNS:{host}"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={host}"]
    command += ["-addext", names, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key
