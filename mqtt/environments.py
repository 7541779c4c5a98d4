"""Environments: which brokers there are, what may be done there, and the one client of each."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from core.clock import Clock
from core.errors import UsageError
from mqtt.client import SharedClient

DEFAULT_PORTS: Final = {"mqtt": 1883, "mqtts": 8883, "ws": 80, "wss": 443}
DEFAULT_WEBSOCKET_PATH: Final = "/mqtt"


@dataclass(frozen=True)
class Environment:
    """A broker and what may be done there. Raises UsageError for a URL that cannot be one."""

    name: str
    url: str
    """`mqtt://`, `mqtts://`, `ws://` or `wss://`; user and password in it are moved to the fields below."""
    may_publish: bool
    label: str = ""
    """For people; empty means name and broker."""
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    """Certificates to trust for TLS; None means those of the system."""
    verify_tls: bool = True

    def __post_init__(self) -> None:
        parts = _split(self.url)
        if parts.username and not self.username:
            object.__setattr__(self, "username", unquote(parts.username))
        if parts.password and not self.password:
            object.__setattr__(self, "password", unquote(parts.password))
        bare = parts._replace(netloc=parts.netloc.rpartition("@")[2])
        object.__setattr__(self, "url", bare.geturl())

    @property
    def display_url(self) -> str:
        """The URL without user and password."""
        return self.url

    @property
    def host(self) -> str:
        return _split(self.url).hostname or ""

    @property
    def port(self) -> int:
        parts = _split(self.url)
        return parts.port or DEFAULT_PORTS[parts.scheme]

    @property
    def websockets(self) -> bool:
        return _split(self.url).scheme in ("ws", "wss")

    @property
    def tls(self) -> bool:
        return _split(self.url).scheme in ("mqtts", "wss")

    @property
    def path(self) -> str:
        """The path of the WebSocket endpoint; `/mqtt` unless the URL names one."""
        path = _split(self.url).path
        return path if path not in ("", "/") else DEFAULT_WEBSOCKET_PATH


def _split(url: str) -> SplitResult:
    """The parts of a broker's URL. The error never repeats a password."""
    try:
        parts = urlsplit(url.strip())
        port_is_zero = parts.port == 0
    except ValueError as problem:
        raise UsageError(f"'{_hidden(url)}' is not a broker's URL: {problem}") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise UsageError(
            f"'{_hidden(url)}' is not a broker's URL: it must begin with mqtt://, mqtts://, ws:// or wss://"
        )
    if not parts.hostname or port_is_zero:
        raise UsageError(f"'{_hidden(url)}' is not a broker's URL: it names no {'port' if port_is_zero else 'host'}")
    return parts


def _hidden(url: str) -> str:
    """The URL without what may be a user and password in it."""
    scheme, separator, rest = url.strip().rpartition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"


def is_loopback(host: str) -> bool:
    """Whether `host` (a name or an address) is this machine itself, told without asking a name server."""
    if host.lower() == "localhost" or host.lower().endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def environment_for_url(url: str) -> Environment:
    """The environment for a URL given by hand: on a loopback address `replay`, where publishing is allowed;
    on any other address `live`, where it is not. Raises UsageError for a bad URL.
    """
    local = is_loopback(Environment("", url, may_publish=False).host)
    return Environment("replay" if local else "live", url, may_publish=local)


class Environments:
    """The environments of this process and their clients, each opened when it is first asked for."""

    def __init__(self, environments: Sequence[Environment], clock: Clock, installation: str) -> None:
        self._clock = clock
        self._installation = installation
        self._environments = {environment.name: environment for environment in environments}
        self._clients: dict[str, SharedClient] = {}
        self._lock = threading.Lock()

    def names(self) -> tuple[str, ...]:
        """All names, in the order given."""
        with self._lock:
            return tuple(self._environments)

    def get(self, name: str) -> Environment:
        """Raises UsageError for an unknown name."""
        with self._lock:
            return self._get(name)

    def client(self, name: str) -> SharedClient:
        """The one client of this environment, started. Raises UsageError for an unknown name."""
        with self._lock:
            environment = self._get(name)
            if name not in self._clients:
                client = SharedClient(environment, self._clock, f"{self._installation}-{name}")
                client.start()
                self._clients[name] = client
            return self._clients[name]

    def opened(self) -> dict[str, SharedClient]:
        """The clients that exist so far, by name."""
        with self._lock:
            return dict(self._clients)

    def replace(self, environment: Environment, timeout: float = 5.0) -> None:
        """Adds an environment, or puts it in the place of the one of the same name, whose client is closed."""
        with self._lock:
            if self._environments.get(environment.name) == environment:
                return
            self._environments[environment.name] = environment
            old = self._clients.pop(environment.name, None)
        if old is not None:
            old.stop(timeout)

    def close(self, timeout: float = 5.0) -> None:
        """Closes all clients; each gets `timeout` seconds at most."""
        with self._lock:
            clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            client.stop(timeout)

    def _get(self, name: str) -> Environment:
        if name not in self._environments:
            known = ", ".join(self._environments) or "none"
            raise UsageError(f"There is no environment '{name}'. Known are: {known}.")
        return self._environments[name]
