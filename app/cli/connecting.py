"""From --broker to a connected client, and back in order."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

from app.cli import output
from app.cli.interrupts import Interrupts
from app.settings import Settings
from core.clock import Clock
from core.errors import BrokerError, UsageError
from core.message import NS_PER_SECOND
from mqtt.client import SharedClient
from mqtt.connection_test import test_connection
from mqtt.environments import Environment, environment_for_url

PASSWORD_VARIABLE = "SESSION_MANAGER_BROKER_PASSWORD"  # noqa: S105 - a name, not a password
CONNECT_TIMEOUT_S = 10.0
"""Long enough for TLS over a slow line, short enough for somebody who waits."""
STOP_TIMEOUT_S = 5.0
TICK_S = 0.1
"""How late a signal or an end is noticed."""


def environment_for(broker: str | None, settings: Settings, default: str) -> Environment:
    """The environment that --broker means: a name in the settings, or a URL; without it the one named `default`.

    A URL of the settings stands for that environment, with its credentials. Raises UsageError.
    """
    configured = {one.name: one for one in settings.broker_environments()}
    chosen = broker or default
    if chosen in configured:
        found = configured[chosen]
    elif "://" not in chosen:
        names = " or ".join(f"'{name}'" for name in configured)
        raise UsageError(f"'{chosen}' is no broker: give a URL such as mqtt://localhost:1883, or {names}.")
    else:
        found = _by_url(chosen, list(configured.values()))
    password = os.environ.get(PASSWORD_VARIABLE)
    return replace(found, password=password) if password and not found.password else found


def _by_url(url: str, configured: list[Environment]) -> Environment:
    found = environment_for_url(url)
    if found.password:
        output.note(
            f"Warning: a password on the command line can be read by everybody on this machine. "
            f"Put it into {PASSWORD_VARIABLE} or the settings file."
        )
    same = next((one for one in configured if one.display_url == found.display_url), None)
    if same is None:
        return found
    return replace(same, username=found.username or same.username, password=found.password or same.password)


def check_reachable(environment: Environment) -> None:
    """Raises BrokerError with the reason why this broker cannot be used.

    Before the signals are taken over: nothing has begun yet, so Ctrl-C may end the waiting in the middle.
    """
    result = test_connection(environment, CONNECT_TIMEOUT_S)
    if not result.ok:
        raise BrokerError(result.reason)


@contextlib.contextmanager
def connected(
    environment: Environment, clock: Clock, interrupts: Interrupts, client_id: str = "", *, hears_itself: bool = True
) -> Iterator[SharedClient]:
    """A client of our own, connected, and stopped at the end. Raises BrokerError with the reason.

    Without `client_id` that is new each time: two programs with one id would throw each other out. `hears_itself` as
    for SharedClient.
    """
    name = client_id or f"session-manager-{uuid4().hex[:16]}"
    client = SharedClient(environment, clock, name, hears_itself=hears_itself)
    client.start()
    try:
        _await_connection(client, clock, interrupts)
        yield client
    finally:
        client.stop(STOP_TIMEOUT_S)


def _await_connection(client: SharedClient, clock: Clock, interrupts: Interrupts) -> None:
    until_ns = clock.now_ns() + int(CONNECT_TIMEOUT_S * NS_PER_SECOND)
    while not client.await_connected(TICK_S):
        interrupts.abort_if_requested()
        if clock.now_ns() >= until_ns:
            reason = client.connection().reason or "it does not answer."
            raise BrokerError(f"No connection to {client.label}: {reason}")
