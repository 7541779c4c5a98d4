"""Replays on the environments of the app: who may receive one, and who watches it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Final
from uuid import uuid4

from app.permission import permitted
from core.clock import Clock
from core.errors import BrokerError, PublishRefused, StateError
from mqtt.client import SharedClient
from mqtt.environments import Environment, Environments
from replay.guard import why_not
from replay.player import Player, ReplayRequest, ReplayStatus

WITNESS_CONNECTS_S: Final = 10.0
STOPS_S: Final = 5.0
"""How long the end of a connection may take that was made for one replay."""


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
        environment = permitted(self._environments.get(name), confirmed)
        with ExitStack() as stack:
            publisher = self._connection(stack, environment, "replay", hears_itself=False)
            if reason := why_not(publisher):
                raise PublishRefused(reason)
            witness = self._witness(stack, environment) if prove else None
            publisher.start()
            closing = stack.pop_all()
            try:
                started = self._player.start(
                    request, publisher, source=publisher, witness=witness, closing=closing.close
                )
            except BaseException:
                closing.close()
                raise
        self.last = Asked(started.run_id, request, name, prove)
        return started

    def _witness(self, stack: ExitStack, environment: Environment) -> SharedClient:
        """Connected. It cannot publish."""
        witness = self._connection(stack, replace(environment, may_publish=False), "witness")
        witness.start()
        if not witness.await_connected(WITNESS_CONNECTS_S):
            reason = witness.connection().reason or "It does not answer."
            raise BrokerError(f"The second client, which proves the delivery, has no connection. {reason}")
        return witness

    def _connection(
        self, stack: ExitStack, environment: Environment, role: str, *, hears_itself: bool = True
    ) -> SharedClient:
        """For this replay alone, ended with `stack`; not started yet.

        On the connection that the pages share the replay would hear all that it publishes, because it watches its own
        topics: at full speed a fifth of the work, and the broker's besides.
        """
        name = f"session-manager-{role}-{uuid4().hex[:12]}"
        client = SharedClient(environment, self._clock, name, hears_itself=hears_itself)
        stack.callback(client.stop, STOPS_S)
        return client
