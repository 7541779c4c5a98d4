"""The environments of this process and the one client of each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from core.clock import Clock
from core.errors import UsageError
from mqtt.client import SharedClient
from mqtt.environment import Environment, environment_for_url, is_loopback
from mqtt.session_state import Resumption

__all__ = ["Environment", "Environments", "Resumption", "environment_for_url", "is_loopback"]


class Environments:
    """The environments of this process and their clients, each opened when it is first asked for."""

    def __init__(self, environments: Sequence[Environment], clock: Clock, installation: str) -> None:
        self._clock = clock
        self._installation = installation
        self._environments = {environment.name: environment for environment in environments}
        self._clients: dict[str, SharedClient] = {}
        self._lock = threading.RLock()  # `attach` may ask for the client, too

    def names(self) -> tuple[str, ...]:
        """All names, in the order given."""
        with self._lock:
            return tuple(self._environments)

    def get(self, name: str) -> Environment:
        """Raises UsageError for an unknown name."""
        with self._lock:
            return self._get(name)

    def client(
        self,
        name: str,
        *,
        client_id: str | None = None,
        resume: Resumption | None = None,
        attach: Callable[[SharedClient], None] | None = None,
    ) -> SharedClient:
        """The one client of this environment, started. Raises UsageError for an unknown name.

        If it does not exist yet, it gets `client_id` (None: one of this installation and environment), and takes up
        with `resume` what the broker has kept for it. `attach` is called with it before it connects, so that nothing
        passes by; or now, if it exists already.
        """
        with self._lock:
            environment = self._get(name)
            client = self._clients.get(name)
            if client is None:
                client = SharedClient(environment, self._clock, client_id or f"{self._installation}-{name}")
                self._clients[name] = client
            try:
                if attach is not None:
                    attach(client)
            except BaseException:
                if not client.started:
                    del self._clients[name]
                raise
            client.start(resume)
            return client

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
