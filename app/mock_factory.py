"""The environment `mock`: a broker of our own with a simulated factory on it."""

from __future__ import annotations

import threading
from dataclasses import replace
from uuid import uuid4

from aps.simulator import Faults, Scenario, Simulator, SimulatorStatus, fresh_seed
from core.clock import Clock
from core.errors import BrokerError
from mqtt.client import SharedClient
from mqtt.environments import Environment
from mqtt.local_broker import LocalBroker, start_private

NAME = "mock"
NOT_STARTED_URL = "mqtt://localhost:1"


def mock_environment(url: str = NOT_STARTED_URL) -> Environment:
    """The environment `mock`, with the address of its broker once that runs."""
    return Environment(name=NAME, url=url, may_publish=True, label="Simulated factory")


class MockFactory:
    """Owns the broker and the simulator; both are started on first use and end together. Thread-safe."""

    CONNECT_TIMEOUT = 10.0
    """Seconds; a broker on this machine answers within a fraction of one."""

    def __init__(self, clock: Clock, speed: float = 1.0) -> None:
        """`speed` is that of the factory, times the real one."""
        self._clock = clock
        self._scenario = Scenario(speed=speed, camera=True)
        self.faults = Faults()
        """What goes wrong in the factory; may be changed at any time."""
        self._lock = threading.Lock()
        self._broker: LocalBroker | None = None
        self._client: SharedClient | None = None
        self._simulator: Simulator | None = None
        self._seed: int | None = None

    def start_broker(self) -> Environment:
        """The environment with a running broker, started if necessary. Raises BrokerError."""
        with self._lock:
            return mock_environment(self._running_broker().url)

    def start(self) -> None:
        """Starts the simulated factory, and its broker if necessary; does nothing if it runs. Raises BrokerError."""
        with self._lock:
            url = self._running_broker().url
            if self._simulator is not None and self._simulator.status().running:
                return
            if self._client is None:
                self._client = self._connected_client(url)
            scenario = replace(self._scenario, seed=fresh_seed())  # no two recordings have the same order ids
            self._seed = scenario.seed
            self._simulator = Simulator(self._client, self._clock, scenario, self.faults, source=self._client)
            self._simulator.start()
            self._client.await_subscribed(self.CONNECT_TIMEOUT)  # a command that is sent now is heard

    def stop(self, timeout: float = 5.0) -> None:
        """Stops the simulated factory; its broker stays, so that what is connected to it stays connected."""
        with self._lock:
            if self._simulator is not None:
                self._simulator.stop(timeout)
                self._simulator = None

    @property
    def seed(self) -> int | None:
        """Of the last start: `simulate --seed` with it takes the same course; None: it was never started."""
        return self._seed

    @property
    def idle(self) -> bool:
        """Whether it does nothing by itself, but waits for orders and commands."""
        return self._scenario.idle

    def be_idle(self, idle: bool) -> None:
        """Starts the factory anew if that is another way of working. Raises BrokerError."""
        with self._lock:
            if self._scenario.idle == idle:
                return
            self._scenario = replace(self._scenario, idle=idle)
        self.stop()
        self.start()

    def status(self) -> SimulatorStatus | None:
        """What the simulated factory does; None if it is not running."""
        simulator = self._simulator
        return simulator.status() if simulator is not None else None

    def close(self, timeout: float = 5.0) -> None:
        """Stops everything. The object can be started again."""
        self.stop(timeout)
        with self._lock:
            if self._client is not None:
                self._client.stop(timeout)
                self._client = None
            if self._broker is not None:
                self._broker.stop(timeout)
                self._broker = None

    def _running_broker(self) -> LocalBroker:
        if self._broker is None:
            self._broker = start_private()
        elif self._broker.why_ended() is not None:
            self._broker.stop()
            self._broker = start_private(self._broker.port)  # where its clients look for it
        return self._broker

    def _connected_client(self, url: str) -> SharedClient:
        """The factory is a client of its own: it must not share what the recorder listens with."""
        client = SharedClient(mock_environment(url), self._clock, f"simulated-factory-{uuid4().hex[:8]}")
        client.start()
        if not client.await_connected(self.CONNECT_TIMEOUT):
            reason = client.connection().reason
            client.stop(self.CONNECT_TIMEOUT)
            raise BrokerError(f"The simulated factory cannot reach its own broker at {url}: {reason}")
        return client
