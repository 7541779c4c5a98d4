"""An environment: one broker, how to reach it, and what may be done there."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from core.errors import UsageError

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


JOINER: Final = "\u2060"
"""The pages put it into addresses, so that browsers make no links of them; who copies one from there copies it, too."""


@lru_cache(maxsize=100)
def _split(url: str) -> SplitResult:
    """The parts of a broker's URL. The error never repeats a password."""
    try:
        parts = urlsplit(url.replace(JOINER, "").strip())
        port_is_zero = parts.port == 0
    except ValueError as problem:
        raise UsageError(f"'{without_credentials(url)}' is not a broker's URL: {problem}") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise UsageError(
            f"'{without_credentials(url)}' is not a broker's URL: it must begin with mqtt://, mqtts://, ws:// or wss://"
        )
    if not parts.hostname or port_is_zero:
        raise UsageError(
            f"'{without_credentials(url)}' is not a broker's URL: it names no {'port' if port_is_zero else 'host'}"
        )
    return parts


def without_credentials(url: str) -> str:
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
