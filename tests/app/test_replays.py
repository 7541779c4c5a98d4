"""Replays on the environments of the app: each over a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from app.replays import Replays
from core.clock import SystemClock
from core.errors import PublishRefused
from core.message import LIVE, Message
from core.ports import ConnectionState
from mqtt.client import SharedClient
from mqtt.environments import Environment, Environments
from replay.player import Player, ReplayRequest, ReplayStatus

PATIENCE = 30.0
Clients = Callable[..., SharedClient]


class Catcher:
    """A player that keeps what it was given."""

    def start(
        self,
        request: ReplayRequest,
        publisher: SharedClient,
        *,
        source: SharedClient,
        witness: SharedClient | None = None,
        closing: Callable[[], None],
    ) -> ReplayStatus:
        self.publisher, self.source, self.witness, self.closing = publisher, source, witness, closing
        return ReplayStatus()


@pytest.fixture
def environments(broker: str) -> Iterator[Environments]:
    places = [Environment("replay", broker, may_publish=True), Environment("live", broker, may_publish=False)]
    made = Environments(places, SystemClock(), "test-replays")
    yield made
    made.close(PATIENCE)


@pytest.fixture
def caught() -> Iterator[Catcher]:
    player = Catcher()
    yield player
    if hasattr(player, "closing"):
        player.closing()


def test_a_replay_does_not_hear_itself_and_the_pages_do(
    environments: Environments, caught: Catcher, client_factory: Clients, topic: str, tmp_path: Path
):
    """What comes back would be work for nothing."""
    Replays(cast("Player", caught), environments, SystemClock()).start(ReplayRequest(tmp_path), "replay")
    assert caught.source is caught.publisher
    assert caught.publisher.await_connected(PATIENCE)
    page = environments.client("replay")
    heard: dict[str, list[bytes]] = {"replay": [], "page": []}
    marked = {name: threading.Event() for name in heard}

    def listener(name: str) -> Callable[..., None]:
        def listen(messages: list[Message]) -> None:
            heard[name] += [one.payload for one in messages]
            if b"marker" in heard[name]:
                marked[name].set()

        return listen

    for name, client in (("replay", caught.source), ("page", page)):
        client.subscribe_listener((topic,), listener(name))
        assert client.await_subscribed(PATIENCE)
    assert caught.publisher.publish_batch([Message(topic, b"replayed", 1, LIVE, 0)]).wait(PATIENCE)
    assert client_factory().publish_batch([Message(topic, b"marker", 1, LIVE, 0)]).wait(PATIENCE)
    assert all(event.wait(PATIENCE) for event in marked.values())
    assert heard == {"replay": [b"marker"], "page": [b"replayed", b"marker"]}


def test_its_connections_end_with_it(environments: Environments, caught: Catcher, tmp_path: Path):
    replays = Replays(cast("Player", caught), environments, SystemClock())
    replays.start(ReplayRequest(tmp_path), "replay", prove=True)
    assert caught.witness is not None
    assert not caught.witness.may_publish
    caught.closing()
    assert caught.publisher.connection().state is ConnectionState.CLOSED
    assert caught.witness.connection().state is ConnectionState.CLOSED


def test_where_nothing_may_be_published_no_connection_is_made_for_it(
    environments: Environments, caught: Catcher, tmp_path: Path
):
    replays = Replays(cast("Player", caught), environments, SystemClock())
    for confirmed in ("", "mqtt://another:1883"):
        with pytest.raises(PublishRefused):
            replays.start(ReplayRequest(tmp_path), "live", confirmed=confirmed)
    assert not hasattr(caught, "publisher")
    replays.start(ReplayRequest(tmp_path), "live", confirmed=environments.get("live").display_url)
    assert caught.publisher.may_publish
    assert not environments.get("live").may_publish
