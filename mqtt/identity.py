"""What are we connected to? Names the broker, and finds out where two could be taken for one."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from core.clock import SystemClock
from core.errors import BrokerError
from core.message import NS_PER_SECOND
from mqtt import retained
from mqtt.connect import Protocol
from mqtt.environment import Environment, is_loopback
from mqtt.link import Link
from mqtt.opening import Deaf, connect
from mqtt.problems import where

LIMIT_S: Final = 2.0
"""For the whole preflight: a replay is not to wait for what may be a broker's firewall."""
IDENTIFY_S: Final = 1.0
NOTICED_S: Final = 0.3
"""A broker ends the older of two connections with one client id at once, before it answers the newer one."""
VERSION: Final = "$SYS/broker/version"
UPTIME: Final = "$SYS/broker/uptime"
NS_PER_MINUTE: Final = 60 * NS_PER_SECOND
NOT_YET: Final = "0 seconds"
CLIENTS: Final = "$SYS/broker/clients/connected"
OTHER_DOOR: Final = {("mqtt", 1883): ("ws", 9001), ("ws", 9001): ("mqtt", 1883)}
"""Where a broker is usually to be found as well: dashboards in a browser take the one, programs the other."""
NOWHERE: Final = "192.0.2.1"
"""An address that nobody has (RFC 5737): which of ours would be used to reach it? Nothing is sent."""


@dataclass(frozen=True, slots=True)
class Preflight:
    """What was found out before a replay."""

    broker: str
    """What it is connected to, or why it is not, as a sentence."""
    warnings: tuple[str, ...] = ()
    since_ns: int | None = None
    """Since when the broker runs, to the minute; None if it does not say."""


def preflight(environment: Environment, ways: Sequence[str] | None = None, timeout: float = LIMIT_S) -> Preflight:
    """Names the broker, and warns when another one on this machine could be taken for it. Never raises.

    `ways`: URLs that should lead to the same broker; None: the usual ones. Nothing is published. After `timeout`
    seconds it says what it knows by then.
    """
    looking = _Looking(environment, ways, timeout)
    thread = threading.Thread(target=looking.run, name="preflight", daemon=True)
    thread.start()
    thread.join(timeout)
    return looking.found


def usual_ways(environment: Environment) -> tuple[str, ...]:
    """The other URLs under which people expect a broker of this machine; none for one elsewhere, or with TLS."""
    if environment.tls or not _is_here(environment.host):
        return ()
    scheme = "ws" if environment.websockets else "mqtt"
    hosts = [host for host in ("127.0.0.1", "::1", _address()) if host and host != environment.host]
    ways = [_url(scheme, host, environment.port) for host in hosts]
    door = OTHER_DOOR.get((scheme, environment.port))
    if door is not None:
        ways.insert(0, _url(door[0], environment.host, door[1]))
    return tuple(ways)


class _Looking:
    """The work, in a thread of its own: `found` is replaced whenever more is known."""

    def __init__(self, environment: Environment, ways: Sequence[str] | None, timeout: float) -> None:
        self._environment = environment
        self._ways = usual_ways(environment) if ways is None else ways
        self._deadline = time.monotonic() + timeout
        self.found = Preflight(f"{where(environment)} has not answered within {timeout:g} s.")

    def run(self) -> None:
        try:
            name, since_ns = self._name(self._environment)
            self.found = Preflight(f"{where(self._environment)} is {name}.", since_ns=since_ns)
        except BrokerError as problem:
            if self._left() > 0:  # else it has been said already that there was no answer in time
                self.found = Preflight(str(problem))
            return
        others: list[str] = []
        for url in self._ways:
            other = replace(self._environment, url=url)
            with contextlib.suppress(BrokerError):  # where nobody answers nobody can be mistaken for it
                if self._left() > 0 and self._is_another(other):
                    others.append(self._warning(other, others))
                    self.found = replace(self.found, warnings=tuple(others))

    def _warning(self, other: Environment, before: Sequence[str]) -> str:
        try:
            name = f" ({self._name(other)[0]})" if not before else ""
        except BrokerError:
            name = ""
        return (
            f"Two brokers run on this machine: {other.display_url}{name} is not the one at"
            f" {self._environment.display_url}, so whoever connects there gets nothing of the replay. Stop one of the"
            " two, or use the same address everywhere."
        )

    def _name(self, environment: Environment) -> tuple[str, int | None]:
        """What the broker says about itself, and since when it runs. Raises BrokerError if it does not answer."""
        within = min(IDENTIFY_S, max(0.1, self._left()))
        topics = (VERSION, UPTIME, CLIENTS)
        stored = retained.fetch(environment, tuple(Protocol), SystemClock(), _client_id(), topics, within)
        said = {message.topic: message.payload.decode("utf-8", "replace").strip() for message in stored}
        parts = [said.get(VERSION) or "a broker that does not say which"]
        if said.get(UPTIME) == NOT_YET:  # Mosquitto counts every ten seconds; until then it has no clients either
            return parts[0], None
        if said.get(CLIENTS):
            parts.append(f"{said[CLIENTS]} {'client' if said[CLIENTS] == '1' else 'clients'}")
        return ", ".join(parts), _since_ns(said.get(UPTIME, ""))

    def _is_another(self, other: Environment) -> bool:
        """Whether another broker answers there. Raises BrokerError if none does.

        A broker has one connection for a client id: a second one ends the first (MQTT 5.0, section 3.1.4). Where that
        does not happen on the same address either, nothing is known, and nothing is said.
        """
        return not self._ends_ours(other) and self._ends_ours(self._environment)

    def _ends_ours(self, other: Environment) -> bool:
        client_id = _client_id()
        with self._open(self._environment, client_id) as ours, self._open(other, client_id):
            until = time.monotonic() + NOTICED_S
            while time.monotonic() < until:
                if not ours.turn(0.05):
                    return True
        return False

    @contextlib.contextmanager
    def _open(self, environment: Environment, client_id: str) -> Iterator[Link]:
        link = connect(environment, tuple(Protocol), client_id, Deaf(), timeout=max(0.1, self._left()))
        try:
            yield link
            link.finish(NOTICED_S)
        finally:
            link.close()

    def _left(self) -> float:
        return self._deadline - time.monotonic()


def _client_id() -> str:
    return f"session-manager-look-{uuid.uuid4().hex[:8]}"


def _url(scheme: str, host: str, port: int) -> str:
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def _is_here(host: str) -> bool:
    return is_loopback(host) or (host == _address())


def _address() -> str:
    """This machine's address in its network; empty if it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((NOWHERE, 1))
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def _since_ns(uptime: str) -> int | None:
    """Mosquitto says `12345 seconds`. A duration would age on the page, a moment does not.

    To the minute: what it says is up to ten seconds old, and the moment is not to be another one at each look.
    """
    seconds, _, unit = uptime.partition(" ")
    if not seconds.isdecimal() or not unit.startswith("second"):
        return None
    since_ns = SystemClock().now_ns() - int(seconds) * NS_PER_SECOND
    return round(since_ns / NS_PER_MINUTE) * NS_PER_MINUTE
