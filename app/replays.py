"""Replays on the environments of the app: who may receive one, and who watches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final
from uuid import uuid4

from core.clock import Clock
from core.errors import BrokerError, PublishRefused, SessionManagerError, StateError
from core.ports import Publisher
from mqtt.client import SharedClient
from mqtt.confirmed import ConfirmedPublisher
from mqtt.environments import Environment, Environments
from replay.player import Player, ReplayRequest, ReplayStatus

WITNESS_CONNECTS_S: Final = 10.0
WITNESS_STOPS_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What a replay was started with."""

    run_id: str
    request: ReplayRequest
    environment: str
    """Its name, not its label."""
    prove: bool


class Replays:
    """Starts replays. Thread-safe."""

    def __init__(self, player: Player, environments: Environments, clock: Clock) -> None:
        self._player = player
        self._environments = environments
        self._clock = clock
        self.last: Asked | None = None
        """How the newest replay was started; None: there was none."""

    def again(self) -> ReplayStatus:
        """The last one once more, with the same settings. Raises StateError if there was none, and what `start` raises.

        What a person has confirmed for one replay does not hold for the next.
        """
        last = self.last
        if last is None:
            raise StateError("Nothing has been replayed since the start of the program; start a replay first.")
        return self.start(last.request, last.environment, prove=last.prove)

    def start(self, request: ReplayRequest, name: str, *, prove: bool = False, confirmed: str = "") -> ReplayStatus:
        """Starts the player on an environment. Raises what Player.start raises, BrokerError without a witness.

        `prove`: a second client of its own checks the delivery. `confirmed`: the broker's address, which a person has
        given to show that an environment is meant that is not marked for publishing.
        """
        client = self._environments.client(name)
        publisher = self._publisher(client, confirmed)
        witness = self._witness(client.environment) if prove else None
        closing: Callable[[], None] | None = None
        if witness is not None:
            closing = lambda: witness.stop(WITNESS_STOPS_S)  # noqa: E731
        try:
            started = self._player.start(request, publisher, source=client, witness=witness, closing=closing)
        except SessionManagerError:
            if closing is not None:
                closing()
            raise
        self.last = Asked(started.run_id, request, name, prove)
        return started

    def _publisher(self, client: SharedClient, confirmed: str) -> Publisher:
        address = client.environment.display_url
        if client.may_publish or not confirmed:
            return client
        if confirmed.strip() != address:
            raise PublishRefused(f"'{confirmed}' is not the address of this broker, {address}: nothing was sent.")
        return ConfirmedPublisher(client)

    def _witness(self, environment: Environment) -> SharedClient:
        """Connected. It cannot publish."""
        listening = replace(environment, may_publish=False)
        witness = SharedClient(listening, self._clock, f"session-manager-witness-{uuid4().hex[:12]}")
        witness.start()
        if not witness.await_connected(WITNESS_CONNECTS_S):
            reason = witness.connection().reason or "It does not answer."
            witness.stop(WITNESS_STOPS_S)
            raise BrokerError(f"The second client, which proves the delivery, has no connection. {reason}")
        return witness
